"""CommonMark, read once into a small tree that each platform's renderer folds.

A renderer is one function, `Rule`: it is given a node and what became of its children, and returns a string. `render`
calls it from the leaves up. Raw HTML is text here; tables, strikethrough and bare web addresses are understood.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markdown_it.token import Token

from agents.log.fences import MOST_BRACKETS, normalised, parser

Kind: TypeAlias = Literal[
    "document", "paragraph", "heading", "list", "item", "quote", "code", "rule", "table", "row", "cell",
    "text", "strong", "emphasis", "strike", "code_span", "link", "image", "break",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A piece of the text.

    ``text`` is the content of text and code and the description of an image; ``info`` the language of code, the
    address of a link or an image, the marks of emphasis as written, the alignment of a cell (``left``, ``right``,
    ``center`` or empty). ``level`` is a heading's 1 to 6, 1 for a cell of a table's head, and the first number of an
    ordered list plus one (0: bullets). ``tight`` paragraphs have no space around them. ``depth`` counts the lists
    around a list.
    """

    kind: Kind
    children: "tuple[Node, ...]" = ()
    text: str = ""
    info: str = ""
    level: int = 0
    tight: bool = False
    depth: int = 0


Rule: TypeAlias = Callable[[Node, Sequence[str]], str]
"""What a node becomes, given what its children became."""

_PARSER = parser().enable("strikethrough")
_WITHOUT_LINKS = parser(links=False).enable("strikethrough")

_DEEPEST = 120
"""Markup inside more layers than this is shown without them."""

_BLOCKS: dict[str, Kind] = {
    "paragraph_open": "paragraph", "heading_open": "heading", "bullet_list_open": "list", "ordered_list_open": "list",
    "list_item_open": "item", "blockquote_open": "quote", "table_open": "table", "tr_open": "row", "th_open": "cell",
    "td_open": "cell", "strong_open": "strong", "em_open": "emphasis", "s_open": "strike", "link_open": "link",
}  # fmt: skip

_PROSE = re.compile(r"[^\W\d_](?:[ ,.;:?!'\"()’“”–—…-]*[^\W_])*[.?!:…)’”'\"]*")
"""One line of words, in which no character means anything to Markdown. A digit in front might number a list."""

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?'*_~]")
_SAFE_ADDRESS = re.compile(r"https?://[^\s<>\"]+|mailto:[\w.+-]+@[\w.-]+", re.IGNORECASE)


def parse(text: str) -> Node:
    """``text`` as a tree, read as whoever runs its code reads it; its root is a ``document``."""
    text = normalised(text).removesuffix("\n")
    paragraphs = text.split("\n\n")
    if all(map(_PROSE.fullmatch, paragraphs)):  # much of a chat is: the parser would take seven times as long
        return Node(kind="document", children=tuple(map(_paragraph, paragraphs)))
    reader = _PARSER if text.count("[") <= MOST_BRACKETS else _WITHOUT_LINKS
    return Node(kind="document", children=_Builder().built(reader.parse(f"{text}\n")))


def render(node: Node, rule: Rule) -> str:
    """Fold the tree with a renderer's rule."""
    return rule(node, [render(child, rule) for child in node.children])


def words(node: Node) -> str:
    """The text of a node without any markup."""
    match node.kind:
        case "text" | "code" | "code_span":
            return node.text
        case "image":
            return node.text or node.info
        case "break":
            return "\n"
        case _:
            return "".join(words(child) for child in node.children)


def is_safe(address: str) -> bool:
    """Whether a link may lead there: the web or a mailbox, never a script or a file."""
    return _SAFE_ADDRESS.fullmatch(address) is not None


def markers(node: Node) -> Iterator[str]:
    """What stands before each item of a list: ``1.``, ``2.`` … or a bullet that changes with its depth."""
    for number, _ in enumerate(node.children):
        yield f"{node.level - 1 + number}." if node.level else "•◦▪"[min(node.depth, 2)]


def hang(marker: str, content: str) -> str:
    """``content`` behind a marker, its further lines indented as far."""
    return marker + re.sub(r"\n(?=[^\n])", "\n" + " " * len(marker), content)


def join_blocks(nodes: Sequence[Node], blocks: Sequence[str]) -> str:
    """Blocks one below the other, a blank line between two unless one is a tight paragraph or nothing."""
    out = ""
    before: Node | None = None
    for node, block in zip(nodes, blocks, strict=True):
        if not block:
            continue
        if before is not None:
            out += "\n" if before.tight or node.tight else "\n\n"
        out += block
        before = node
    return out


def _paragraph(text: str) -> Node:
    return Node(kind="paragraph", children=(Node(kind="text", text=text),))


class _Builder:
    """Makes nodes of the parser's flat tokens, with a stack of what is open."""

    def __init__(self) -> None:
        self._open: list[tuple[Token | None, list[Node]]] = [(None, [])]
        self._lists = 0

    def built(self, tokens: Sequence[Token]) -> tuple[Node, ...]:
        self._read(tokens)
        return tuple(self._open[0][1])

    def _read(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                self._read(token.children or [])
            elif token.nesting == 1 and token.type in _BLOCKS:
                self._open.append((token, []))
                self._lists += _BLOCKS[token.type] == "list"
            elif token.nesting == -1 and token.type.replace("_close", "_open") in _BLOCKS:
                self._close()
            elif token.nesting == 0:
                self._open[-1][1].extend(self._leaves(token))

    def _close(self) -> None:
        token, children = self._open.pop()
        assert token is not None, "the parser balances its tokens"
        kind = _BLOCKS[token.type]
        self._lists -= kind == "list"
        if len(self._open) > _DEEPEST:
            self._open[-1][1].extend(children)
            return
        node = Node(
            kind=kind,
            children=tuple(children),
            info=_info(token),
            level=_level(token),
            tight=token.hidden or (kind == "item" and all(child.tight or child.kind == "list" for child in children)),
            depth=self._lists if kind == "list" else 0,
        )
        self._open[-1][1].append(node)

    def _leaves(self, token: Token) -> Iterator[Node]:
        is_in_link = any(one is not None and one.type == "link_open" for one, _ in self._open)
        match token.type:
            case "softbreak" | "hardbreak":
                yield Node(kind="break")
            case "code_inline":
                yield Node(kind="code_span", text=token.content)
            case "fence" | "code_block":
                info = token.info.split()
                yield Node(kind="code", text=token.content.removesuffix("\n"), info=info[0] if info else "")
            case "hr":
                yield Node(kind="rule")
            case "image" if not is_in_link:
                yield Node(kind="image", text=token.content, info=str(token.attrGet("src") or ""))
            case _ if is_in_link:
                yield Node(kind="text", text=token.content)
            case _:
                yield from _linked(token.content)


def _info(token: Token) -> str:
    if token.type == "link_open":
        return str(token.attrGet("href") or "")
    if token.type in ("strong_open", "em_open"):
        return token.markup
    style = str(token.attrGet("style") or "")
    return style.removeprefix("text-align:")


def _level(token: Token) -> int:
    if token.type == "heading_open":
        return int(token.tag[1])
    if token.type == "ordered_list_open":
        start = token.attrGet("start")
        return 1 + (1 if start is None else int(start))
    return 1 if token.type == "th_open" else 0


def _linked(text: str) -> Iterator[Node]:
    """Plain text in which web addresses are links."""
    at = 0
    for found in _ADDRESS.finditer(text) if "://" in text else ():
        address = found[0]
        unopened = address.count(")") - address.count("(")
        address = address[: len(address) - max(0, min(unopened, len(address) - len(address.rstrip(")"))))]
        if found.start() > at:
            yield Node(kind="text", text=text[at : found.start()])
        yield Node(kind="link", info=address, children=(Node(kind="text", text=address),))
        at = found.start() + len(address)
    if at < len(text):
        yield Node(kind="text", text=text[at:])
