"""Long CommonMark in parts that a platform takes.

A part is a slice of the text with, where the cut fell inside a code fence, a table or a list, what it takes to
close the construct and to open it again. The slices alone, joined, are the text.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from adapters.shared.blocks import Layout, layout
from adapters.shared.graphemes import last_cut
from agents.log.fences import normalised
from agents.log.files import NamedFile
from agents.ports import Capabilities

SMALLEST_LIMIT = 64
"""Below this there is no room for a fence and a character."""

_UNTEARABLE = re.compile(r"(?<!`)(`++).+?(?<!`)\1(?!`)|!?\[[^\[\]\n]*\]\([^()\n]*\)|<[^<>\s]+>")
"""Code spans, links, autolinks and mentions within one line."""

_OPENS_FENCE = re.compile(r" {0,3}(?:`{3}|~{3})")


def utf16_units(text: str) -> int:
    """The length of a text as JavaScript and Discord count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """``body`` is a slice of the original; ``opened`` and ``closed`` were added so that the part stands alone."""

    body: str
    opened: str = ""
    closed: str = ""

    @property
    def text(self) -> str:
        """What is posted."""
        return self.opened + self.body + self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is posted for one text: ``texts`` in order, with the whole text as a file where they would be too many."""

    texts: tuple[str, ...]
    overflow: NamedFile | None = None


def split(text: str, limit: int, length: Callable[[str], int] = len) -> tuple[Part, ...]:
    """Cut ``text`` into parts of which ``length(part.text) <= limit``.

    Cuts fall between paragraphs, else between lines; only a line that is too long itself is torn, then between
    words and never inside a character. ``length`` may count anything (units, bytes, the rendered form) as long as
    more text is not shorter. Raises ValueError for a limit below `SMALLEST_LIMIT`.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"A part needs at least {SMALLEST_LIMIT} characters; {limit} were given.")
    if length(text) <= limit:
        return (Part(body=text),) if text else ()
    return tuple(_Splitter(text, limit, length).parts())


def join(parts: Sequence[Part]) -> str:
    """The text that was split."""
    return "".join(part.body for part in parts)


def fit(text: str, capabilities: Capabilities) -> Parts:
    """``text`` as the platform takes it.

    Where it would take more than ``max_parts`` and the platform has files, one part shows the beginning and the
    whole text goes along as ``message.md``. Blank parts are left out: platforms refuse them. Fences are put as they are
    read (`normalised`), for a platform that takes Markdown would read them otherwise.
    """
    text = normalised(text)
    most, limit = capabilities.max_parts, capabilities.max_length
    if not capabilities.files or capabilities.length(text) <= most * limit:
        parts = split(text, limit, capabilities.length)
        if len(parts) <= most or not capabilities.files:
            return Parts(texts=tuple(part.text for part in parts if part.body.strip()))
    note = f"\n\n*The whole message has {len(text):,} characters and is in the file message.md.*"
    whole = NamedFile(name="message.md", media_type="text/markdown", content=text.encode("utf-8", "replace"))
    return Parts(texts=(beginning(text, capabilities, note),), overflow=whole)


def beginning(text: str, capabilities: Capabilities, note: str) -> str:
    """As much of the beginning as fits into one part together with ``note``, which ends it."""

    def with_note(part: str) -> int:
        return capabilities.length(part + note)

    enough = text[: 2 * capabilities.max_length]  # what follows has no say in where the first part ends
    shown = enough if with_note(enough) > capabilities.max_length else text
    return split(shown, capabilities.max_length, with_note)[0].text.rstrip() + note


def whole_words(text: str) -> str:
    """``text`` as far as its last whole word: a word that still grows may be half a secret or half a mention."""
    if not text or text[-1].isspace():
        return text
    before = text.rsplit(maxsplit=1)
    return before[0] if len(before) == 2 else ""


class _Splitter:
    def __init__(self, text: str, limit: int, length: Callable[[str], int]):
        self._text, self._limit, self._length = text, limit, length
        self._layout: Layout = layout(text, too_heavy=lambda added: length(added) > limit // 2)
        self._starts = self._layout.starts

    def parts(self) -> Iterator[Part]:
        start = 0
        while start < len(self._text):
            end = self._cut(start)
            yield self._part(start, end)
            start = end

    def _part(self, start: int, end: int) -> Part:
        closed = self._layout.closing(end)
        newline = "\n" if closed and self._text[end - 1] not in "\r\n" else ""
        return Part(opened=self._layout.opening(start), body=self._text[start:end], closed=newline + closed)

    def _fits(self, start: int, end: int) -> bool:
        return self._length(self._part(start, end).text) <= self._limit

    def _cut(self, start: int) -> int:
        """Where the part that begins at ``start`` ends."""
        first = bisect_right(self._starts, start)
        last = first + _largest(lambda count: self._fits(start, self._line(first + count - 1)), self._lines - first)
        if last == first:
            return self._tear(start, self._line(first))
        ends = [self._line(line) for line in range(last - 1, first - 1, -1)]
        return ends[0] if ends[0] == len(self._text) else self._best(start, ends)

    @property
    def _lines(self) -> int:
        """How many line ends there are, counted so that line ``i`` begins at ``_line(i)``."""
        return len(self._starts) + 1

    def _line(self, line: int) -> int:
        return self._starts[line] if line < len(self._starts) else len(self._text)

    def _best(self, start: int, ends: Sequence[int]) -> int:
        """The latest end between paragraphs, else outside blocks, else anywhere in a block but at its fences.

        The first of ``ends`` fits. Others need not, where a block must be closed there; they are measured last, because
        measuring is what takes long.
        """
        size = ends[0] - start
        for least, good in (
            (size // 2, self._layout.is_between_paragraphs),
            (size // 3, self._layout.is_between_blocks),
            (0, self._layout.is_inside_content),
        ):
            for end in ends:
                if end - start > least and good(end) and self._fits(start, end):
                    return end
        return ends[0]

    def _tear(self, start: int, line_end: int) -> int:
        """Cut within a line: between words, else between characters, both outside links and code spans if possible."""
        room = max(_largest(lambda count: self._fits(start, start + count), line_end - start), 1)
        end = start + room
        spans = (match.span() for match in _UNTEARABLE.finditer(self._text, start, min(line_end, end + self._limit)))
        within = {at for begin, stop in spans for at in range(begin + 1, stop)}

        def is_clean(at: int) -> bool:
            return at not in within and not _OPENS_FENCE.match(self._text, at)

        for at in range(end, start + room // 2, -1):
            if self._text[at - 1].isspace() and is_clean(at) and last_cut(self._text, start, at) == at:
                return at
        at = end
        while at > start:
            at = last_cut(self._text, start, at)
            if is_clean(at):
                return at
            at -= 1
        return last_cut(self._text, start, end)


def _largest(holds: Callable[[int], bool], most: int) -> int:
    """The largest ``n <= most`` for which ``holds(n)``, as it holds below and fails above; 0 if for none."""
    low, high = 0, 1
    while high <= most and holds(high):
        low, high = high, high * 2
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
