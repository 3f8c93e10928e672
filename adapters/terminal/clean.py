"""Text that is safe to show in a terminal: nothing in it moves the cursor, colours, hides or reorders anything."""

import re

_LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029\x0b\x0c]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_HALVES = re.compile(r"[\ud800-\udfff]")


def clean(text: str) -> str:
    """``text`` without control characters (below U+0020, U+007F to U+009F) and without marks that turn its direction.

    Line breaks and tabs stay; halves of characters become ``\N{REPLACEMENT CHARACTER}``.
    """
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def clean_line(text: str) -> str:
    """The same in one line, for names."""
    return " ".join(clean(text).split())


def clean_json(line: str) -> str:
    """A line of JSON with halves of characters escaped, so that it can be written as UTF-8."""
    return _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", line)
