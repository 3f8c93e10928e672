"""The nearest name to a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(wrong: str, names: Iterable[str]) -> str:
    """``; did you mean "name"?`` or nothing, to end a sentence with."""
    near = get_close_matches(wrong, list(names), 1)
    return f'; did you mean "{near[0]}"?' if near else ""


def one_of(names: Iterable[str]) -> str:
    """``a, b or c``, in the given order."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
