"""Which lines of a CommonMark text lie in a code fence, a table or a list, and how to close and reopen those there."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from agents.log.fences import normalised, parser

_LINE_END = re.compile(r"\r\n?|\n")
_DEEP = re.compile(r"(^|> )( {2,})")
_PREFIX = re.compile(r"[ >]*")
_MARKERS = re.compile(r"(?:[ >]|(?:[-*+]|\d{1,9}[.)])(?= ))*")
_LONGEST_INFO = 32
"""A longer info string is cut to its first word, or left out, where a fence is reopened."""

_PARSER = parser().disable("inline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines ``[start, end)`` that must not be parted silently; both strings are whole lines without their end."""

    start: int
    end: int
    reopened: str
    closed: str
    is_fence: bool


class Layout:
    """Where the lines of a text begin and what they lie in. Offsets are in characters."""

    def __init__(self, text: str, starts: tuple[int, ...], blocks: Sequence[Block], in_items: frozenset[int]):
        self.starts = starts
        self._text, self._blocks, self._in_items = text, blocks, in_items
        self._first_lines = [block.start for block in blocks]

    def opening(self, at: int) -> str:
        """What a part that begins at ``at`` needs in front."""
        block = self._block(at)
        if block:
            return block.reopened + "\n"
        line = self._line(at)
        if self.starts[line] != at:
            return _torn(_matched(_MARKERS, self._line_text(line))) if line in self._in_items else ""
        while line in self._in_items and not self._line_text(line).strip(" >\t\r\n"):
            line += 1
        return continued(_matched(_PREFIX, self._line_text(line))) if line in self._in_items else ""

    def closing(self, at: int) -> str:
        """What a part that ends at ``at`` needs behind, on a line of its own."""
        block = self._block(at)
        return block.closed if block else ""

    def is_between_blocks(self, at: int) -> bool:
        """Whether ``at`` begins a line outside fences and tables."""
        return self._block(at) is None

    def is_between_paragraphs(self, at: int) -> bool:
        """Whether ``at`` follows a blank line outside fences and tables."""
        line = self._line(at)
        return self._block(at) is None and line > 0 and not self._line_text(line - 1).strip()

    def is_inside_content(self, at: int) -> bool:
        """Whether a cut at ``at`` leaves content of its block on both sides."""
        block, line = self._block(at), self._line(at)
        return block is None or block.start + (1 if block.is_fence else 2) < line < block.end - 1

    def _block(self, at: int) -> Block | None:
        """The block that a cut at ``at`` would part."""
        if at >= len(self._text):
            return None
        index = bisect_right(self._first_lines, self._line(at)) - 1
        block = self._blocks[index] if index >= 0 else None
        if block is None or at == self.starts[block.start] or self._line(at) >= block.end:
            return None
        return block

    def _line(self, at: int) -> int:
        return bisect_right(self.starts, at) - 1

    def _line_text(self, line: int) -> str:
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self._text)
        return self._text[self.starts[line] : end]


def layout(text: str, *, too_heavy: Callable[[str], bool]) -> Layout:
    """The layout of ``text``; a block whose added lines are ``too_heavy`` is treated as plain lines."""
    starts = (0, *(match.end() for match in _LINE_END.finditer(text) if match.end() < len(text)))
    lines = [text[start:end] for start, end in zip(starts, (*starts[1:], len(text)), strict=True)]
    blocks: list[Block] = []
    in_items: set[int] = set()
    for token in _PARSER.parse(text):
        if token.map is None:
            continue
        start, end = token.map[0], min(token.map[1], len(lines))
        if token.type == "list_item_open":
            in_items.update(range(start, end))
        elif token.type == "fence" and end - start > 1:
            blocks.append(_fence(token, lines[start], start, end, in_item=start in in_items))
        elif token.type == "table_open":
            blocks.append(_table(lines[start : start + 2], start, end, in_item=start in in_items))
    kept = [block for block in blocks if not too_heavy(f"{block.reopened}\n{block.closed}")]
    return Layout(text, starts, kept, frozenset(in_items))


def close_fence(text: str) -> str:
    """``text`` as it is read (`normalised`), with its last fence closed where it breaks off inside one."""
    if "```" not in text and "~~~" not in text:
        return text
    text = normalised(text)
    fences = [token for token in _PARSER.parse(text) if token.type == "fence" and token.map]
    if not fences or not fences[-1].map:
        return text
    lines = _LINE_END.sub("\n", text).rstrip("\n").split("\n")
    start, end = fences[-1].map
    last = lines[min(end, len(lines)) - 1].strip(" >\t")
    is_closed = end - start > 1 and last.startswith(fences[-1].markup) and not last.strip(fences[-1].markup[0])
    if end < len(lines) or is_closed:
        return text
    return f"{text.rstrip()}\n{_fence(fences[-1], lines[start], start, end, in_item=False).closed}"


def continued(prefix: str) -> str:
    """The lines to put in front so that lines of a list that begin with ``prefix`` stay as deep; none at the margin."""
    if not _DEEP.search(prefix):
        return ""
    return f"{_DEEP.sub(_bullets, prefix).rstrip()} …\n{prefix.rstrip()}\n"


def _torn(prefix: str) -> str:
    """What the rest of a line needs in front, so that the lines after it stay in their list."""
    prefix = _spaces(prefix)
    return _DEEP.sub(_bullets, prefix) + "… " if _DEEP.search(prefix) else ""


def _spaces(prefix: str) -> str:
    """The prefix of a line as the lines after it continue it: list markers are blank there."""
    return re.sub(r"[^> ]", " ", prefix)


def _matched(pattern: re.Pattern[str], line: str) -> str:
    matched = pattern.match(line.expandtabs(4))
    return matched[0] if matched else ""


def _bullets(spaces: re.Match[str]) -> str:
    depth = max((len(spaces[2]) - 2) // 2, 1)
    return spaces[1] + ("- " * depth).ljust(len(spaces[2]))


def _fence(token: Token, opening: str, start: int, end: int, *, in_item: bool) -> Block:
    opening = opening.expandtabs(4)
    prefix = _spaces(opening[: opening.find(token.markup)])
    info = token.info.strip()
    if len(info) > _LONGEST_INFO:
        word = info.split()[0]
        info = word if len(word) <= _LONGEST_INFO else ""
    fence = f"{prefix}{token.markup}"
    reopened = f"{continued(prefix) if in_item else ''}{fence}{info}"
    return Block(start=start, end=end, reopened=reopened, closed=fence, is_fence=True)


def _table(head: Sequence[str], start: int, end: int, *, in_item: bool) -> Block:
    header = "".join(head).rstrip("\r\n")
    return Block(
        start=start, end=end, reopened=continued(_matched(_PREFIX, header)) + header, closed="", is_fence=False
    )
