"""Where a text may be cut without tearing what people see as one character.

A shortened form of Unicode's rule for grapheme clusters (UAX #29): marks, joiners, emoji sequences, flags, Hangul
and surrogate pairs stay whole. The standard library has no such rule.
"""

import unicodedata

_JOINER = "\u200d"
_EXTENDERS = frozenset({_JOINER, "\u200c"})


def can_cut(text: str, at: int) -> bool:
    """Whether ``text`` may be cut between ``text[at - 1]`` and ``text[at]``."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if after < "\x80":
        return not (before == "\r" and after == "\n") and before != _JOINER
    if _extends(after) or before == _JOINER or _is_pair(before, after) or (_is_hangul(before) and _is_jamo(after)):
        return False
    return not (_is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2)


def last_cut(text: str, start: int, end: int) -> int:
    """The last place in ``(start, end]`` where ``text`` may be cut; ``end`` where one character fills it all."""
    for at in range(end, start, -1):
        if can_cut(text, at):
            return at
    return end


def _extends(char: str) -> bool:
    """Marks, joiners, variation selectors, skin tones and the tags of subdivision flags."""
    return (
        char in _EXTENDERS
        or unicodedata.category(char)[0] == "M"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_pair(before: str, after: str) -> bool:
    return "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return at - start


def _is_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff"


def _is_hangul(char: str) -> bool:
    return _is_jamo(char) or "\uac00" <= char <= "\ud7a3"
