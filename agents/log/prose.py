"""What of a text somebody says themselves: neither code nor a quotation."""

import re

GLUED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u318f"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
)
"""Letters of scripts that put no blanks between words, or put endings behind names, as a part of a character class."""

_TICKS = re.compile("`+")
_FENCE = re.compile(r"\s*(~{3,})")
_PRINTED = re.compile(r"[^\r\n]")


def prose(text: str) -> str:
    r"""``text`` with blanks in the place of code and of quoted lines, so that every offset stays what it was.

    An opening fence may stand behind words, as models write it.

        assert prose("run `x`\n> why?\nnow") == "run    \n      \nnow"
    """
    if "`" not in text and "~~~" not in text and ">" not in text:
        return text
    shown: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        if fence:
            shown.append(_blank(line))
            closing = line.strip()
            fence = "" if closing.startswith(fence) and not closing.strip(fence[0]) else fence
        elif line.lstrip().startswith(">"):
            shown.append(_blank(line))
        else:
            spoken, fence = _spoken(line)
            shown.append(spoken)
    return "".join(shown)


def _spoken(line: str) -> tuple[str, str]:
    """A line with its code blanked out, and the fence that it leaves open."""
    tildes = _FENCE.match(line)
    if tildes:
        return _blank(line), tildes[1]
    runs = [run.span() for run in _TICKS.finditer(line)]
    closing: dict[int, int] = {}
    partner = [0] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        start, end = runs[index]
        partner[index] = closing.get(end - start, 0)
        closing[end - start] = index
    shown, at, index = "", 0, 0
    while index < len(runs):
        start, end = runs[index]
        if partner[index]:
            end = runs[partner[index]][1]
            shown += line[at:start] + " " * (end - start)
            at, index = end, partner[index]
        elif end - start >= 3:
            return shown + line[at:start] + _blank(line[start:]), line[start:end]
        index += 1
    return shown + line[at:], ""


def _blank(line: str) -> str:
    return _PRINTED.sub(" ", line)
