"""CommonMark as Slack's mrkdwn: for updates, captions and wherever a ``markdown`` block is not taken."""

import re
from collections.abc import Sequence

from adapters.shared.markdown import Node, hang, is_safe, join_blocks, markers, parse, render, words
from adapters.shared.mentions import neutralise_mentions
from adapters.shared.tables import aligned

_APART = "\u200b"
"""A space without width. Slack sees formatting only at the edge of words: this makes an edge, or takes one away."""

_LIVE = re.compile(r"(?<![^\W_])([*_~`])(?=\S)")
_QUOTE = re.compile(r"^(?=&gt;)", re.MULTILINE)
_MARKS = {"strong": "*", "emphasis": "_", "strike": "~"}


def slack_mrkdwn(text: str) -> str:
    """``text`` as mrkdwn: ``& < >`` are escaped once, and no mention, channel or command of Slack's is alive."""
    return neutralise_mentions(render(parse(text), _rule))


def _rule(node: Node, children: Sequence[str]) -> str:
    match node.kind:
        case "document" | "item":
            return join_blocks(node.children, children)
        case "heading":
            title = _spoken(" ".join(words(node).split()))
            return f"*{title}*" if title else ""
        case "list":
            gap = "\n" if all(item.tight for item in node.children) else "\n\n"
            items = zip(markers(node), children, strict=True)
            return gap.join(hang(f"{marker} ", item) for marker, item in items)
        case "quote":
            return "\n".join(f"> {line}".rstrip() for line in join_blocks(node.children, children).split("\n"))
        case "code":
            return f"```\n{_escaped(node.text.replace('```', f'``{_APART}`'))}\n```"
        case "rule":
            return "───────"
        case "table":
            return f"```\n{_escaped(aligned(node).replace('```', f'``{_APART}`'))}\n```"
        case "text":
            return _spoken(node.text)
        case "code_span":
            return f"`{_escaped(node.text.replace('`', 'ˋ'))}`"
        case "link" | "image":
            return _link(node)
        case "break":
            return "\n"
        case "strong" | "emphasis" | "strike":
            inner = _inline(node, children).strip()
            return f"{_MARKS[node.kind]}{inner}{_MARKS[node.kind]}" if inner else ""
        case "paragraph":
            return _QUOTE.sub(_APART, _inline(node, children))
        case "row" | "cell":
            return ""  # the table was drawn as a whole


def _inline(node: Node, children: Sequence[str]) -> str:
    """The children in a row, with an edge between formatted words and letters that touch them."""
    out, was_marked = "", False
    for child, text in zip(node.children, children, strict=True):
        is_marked = child.kind in _MARKS or child.kind == "code_span"
        touches = out and text and (is_marked or was_marked) and not (out[-1].isspace() or text[0].isspace())
        out += _APART + text if touches and (out[-1].isalnum() or text[0].isalnum()) else text
        was_marked = is_marked
    return out


def _link(node: Node) -> str:
    label = " ".join((words(node)).split())
    if not is_safe(node.info):
        return _escaped(label)
    address = _escaped(node.info.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E"))
    if label in ("", node.info, node.info.removeprefix("mailto:")):
        return f"<{address}>"
    if "://" in label:
        return f"{_escaped(label)} (<{address}>)"  # a label that looks like another address would mislead
    return f"<{address}|{_escaped(label.replace('|', '¦'))}>"


def _spoken(text: str) -> str:
    return _LIVE.sub(rf"\1{_APART}", _escaped(text))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
