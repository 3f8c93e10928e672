"""Tables as aligned columns of plain characters, for platforms without tables."""

import unicodedata
from collections.abc import Sequence

from adapters.shared.markdown import Node, words


def width(text: str) -> int:
    """How many columns a terminal needs for it: two for wide characters, none for marks and joiners."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def aligned(table: Node) -> str:
    """The rows of a table as lines, with a line under the head."""
    rows = [[" ".join(words(cell).split()) for cell in row.children] for row in table.children]
    alignments = [cell.info for cell in table.children[0].children]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths, alignments) for row in rows]
    return "\n".join([lines[0], "─┼─".join("─" * one for one in widths), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int], alignments: Sequence[str]) -> str:
    cells = zip(row, widths, alignments, strict=True)
    return " │ ".join(_padded(cell, size, alignment) for cell, size, alignment in cells).rstrip()


def _padded(cell: str, size: int, alignment: str) -> str:
    room = size - width(cell)
    before = {"right": room, "center": room // 2}.get(alignment, 0)
    return " " * before + cell + " " * (room - before)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
