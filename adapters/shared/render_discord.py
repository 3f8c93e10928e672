"""CommonMark as Discord's Markdown, which has no tables and no pictures, three headings and marks of its own."""

import re
from collections.abc import Sequence
from functools import lru_cache

from adapters.shared.markdown import Node, hang, is_safe, join_blocks, parse, render, words
from adapters.shared.mentions import neutralise_mentions
from adapters.shared.tables import aligned

_APART = "\u200b"
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}")
_LIVE = re.compile(r"\\(?=[^\w\s])|[*`]|~~|\|\||(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^(\s*\d*)(#{1,3} |-# |[-+] |>{1,3} |(?<=\d)\. )", re.MULTILINE)
_MARKS = {"strong": "**", "emphasis": "*", "strike": "~~"}


@lru_cache(maxsize=16)  # a post is measured before it is split, before it is sent, and then sent
def discord_markdown(text: str) -> str:
    """``text`` as Discord shows it, with no mention alive and no link unfolded into a preview."""
    return neutralise_mentions(render(parse(text), _rule))


def _rule(node: Node, children: Sequence[str]) -> str:
    match node.kind:
        case "document" | "item":
            return join_blocks(node.children, children)
        case "heading":
            title = "".join(children).replace("\n", " ").strip()
            return f"{'#' * node.level} {title}" if node.level < 4 and title else f"**{_escaped(words(node))}**"
        case "list":
            gap = "\n" if all(item.tight for item in node.children) else "\n\n"
            marks = (f"{node.level - 1 + number}. " if node.level else "- " for number, _ in enumerate(children))
            return gap.join(hang(mark, item) for mark, item in zip(marks, children, strict=True))
        case "quote":
            return "\n".join(f"> {line}" for line in join_blocks(node.children, children).split("\n"))
        case "code":
            return _fenced(node.text, node.info if _LANGUAGE.fullmatch(node.info) else "")
        case "rule":
            return "───────"
        case "table":
            return _fenced(aligned(node), "")
        case "text":
            return _escaped(node.text)
        case "code_span":
            return f"`` {node.text} ``" if "`" in node.text else f"`{node.text}`"
        case "link" | "image":
            return _link(node)
        case "break":
            return "\n"
        case "paragraph":
            return _LINE_START.sub(r"\1\\\2", "".join(children))
        case "strong" | "emphasis" | "strike":
            inner = "".join(children).strip()
            return f"{_MARKS[node.kind]}{inner}{_MARKS[node.kind]}" if inner else ""
        case "row" | "cell":
            return ""  # the table was drawn as a whole


def _link(node: Node) -> str:
    label = " ".join(words(node).split())
    if not is_safe(node.info):
        return _escaped(label)
    address = node.info.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    if address.startswith("mailto:"):
        mailbox = address.removeprefix("mailto:")
        return mailbox if label in ("", mailbox) else f"{_escaped(label)} ({mailbox})"
    if label in ("", node.info):
        return f"<{address}>"
    if "://" in label:
        return f"{_escaped(label)} (<{address}>)"  # Discord shows no label that looks like another address
    return f"[{_escaped(label).replace('[', '(').replace(']', ')')}](<{address}>)"


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.replace('```', f'``{_APART}`')}\n```"


def _escaped(text: str) -> str:
    return _LIVE.sub(lambda found: "".join(f"\\{char}" for char in found[0]), text)
