"""Half characters: JSON can hold one half of a surrogate pair, and endpoints do send the halves in two chunks."""

import re

_HALF = re.compile("[\ud800-\udfff]")
_FIRST_HALF = re.compile("[\ud800-\udbff]")


def mended(text: str) -> str:
    """The text with halves that stand together joined, and U+FFFD for each that is alone: it can be encoded."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parted(text: str) -> tuple[str, str]:
    """The text without the first half at its end, and that half: the other one may be on its way."""
    return (text[:-1], text[-1]) if text and _FIRST_HALF.match(text[-1]) else (text, "")
