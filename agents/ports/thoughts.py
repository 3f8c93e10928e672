"""Speech and reasoning told apart, where a model writes both into one text: ``<think>hm</think>Hello``."""

import re

from agents.ports.model import TextDelta, ThoughtDelta

_WORDS = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")
_PAIRS = (
    *((f"<{word}>", f"</{word}>") for word in _WORDS),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
)
"""What models write around their thoughts; each counts in upper and in lower case."""

_OPENING = {opening: opening for opening, _ in _PAIRS}
_CLOSING = {closing: opening for opening, closing in _PAIRS}
_MARK = re.compile("|".join(map(re.escape, (*_OPENING, *_CLOSING))), re.IGNORECASE)
_BEGINNINGS = frozenset(mark[:length] for mark in (*_OPENING, *_CLOSING) for length in range(1, len(mark)))
_LONGEST = max(map(len, _BEGINNINGS))
_FIRST = re.compile(r"[<\[◁]")
_TOKEN = re.compile("`+|~+|\n|[^`~\n]+")


class ThinkTags:
    """Splits thoughts out of a text, also where a mark arrives in pieces, or within another pair of its kind.

    A mark in code is speech. ``text`` and ``thoughts`` are all there was so far.
    """

    def __init__(self) -> None:
        self.text = ""
        self.thoughts = ""
        self._pending = ""
        self._code = _Code()
        self._lone: list[tuple[int, int]] = []
        # Of the thoughts that are open: their mark, how many of its kind are open, where in the text they stand, where
        # they begin, and where within them something was closed last.
        self._open, self._kind, self._depth = "", "", 0
        self._opened_at = self._begin = self._closed_at = self._closed_to = 0

    def feed(self, piece: str) -> list[TextDelta | ThoughtDelta]:
        """The deltas that this piece completes; what may be the beginning of a mark is held back."""
        if not self._pending and not _FIRST.search(piece):
            return self._emit(piece)
        text = self._pending + piece
        keep = _held_back(text)
        self._pending = text[len(text) - keep :]
        return self._read(text[: len(text) - keep])

    def end(self) -> list[TextDelta | ThoughtDelta]:
        """The deltas left when nothing more comes.

        ``text`` is then put right where the marks were not in pairs. Words before a lone closing mark were reasoning,
        as some chat templates write the opening mark themselves. An opening mark in mid-speech that was never closed
        was speech; within thoughts it was a word of theirs.
        """
        deltas = self._read(self._pending)
        self._pending = ""
        if self._kind and self._closed_to:
            self.text = f"{self.text}{self.thoughts[self._closed_to :]}".lstrip()
            self.thoughts = self.thoughts[: self._closed_at]
        elif self._kind and self._opened_at:
            self.text += self._open + self.thoughts[self._begin :]
            self.thoughts = self.thoughts[: self._begin]
        elif len(self._lone) == 1:
            start, end = self._lone[0]
            self.thoughts += self.text[:start]
            self.text = self.text[end:].lstrip()
        return deltas

    def _read(self, text: str) -> list[TextDelta | ThoughtDelta]:
        deltas: list[TextDelta | ThoughtDelta] = []
        at = 0
        for mark in _MARK.finditer(text):
            deltas += self._emit(text[at : mark.start()])
            deltas += self._mark(mark[0])
            at = mark.end()
        return deltas + self._emit(text[at:])

    def _mark(self, mark: str) -> list[TextDelta | ThoughtDelta]:
        closed = _CLOSING.get(mark.lower(), "")
        if self._kind:
            if self._kind not in (closed, mark.lower()):
                return self._emit(mark)
            self._depth += -1 if closed else 1
            if not self._depth:
                self._kind, self._closed_to = "", 0
                return []
            before, deltas = len(self.thoughts), self._emit(mark)
            if closed:
                self._closed_at, self._closed_to = before, len(self.thoughts)
            return deltas
        if self._code.inside():
            return self._emit(mark)
        if closed:
            self._lone.append((len(self.text), len(self.text) + len(mark)))
            return self._emit(mark)
        self._open, self._kind, self._depth = mark, mark.lower(), 1
        self._opened_at, self._begin = len(self.text), len(self.thoughts)
        return []

    def _emit(self, words: str) -> list[TextDelta | ThoughtDelta]:
        if self._kind:
            self.thoughts += words
            return [ThoughtDelta(text=words)] if words else []
        if not self.text:
            words = words.lstrip()
        self.text += words
        self._code.feed(words)
        return [TextDelta(text=words)] if words else []


def without_thoughts(text: str) -> tuple[str, str]:
    """What a whole text says, and the thoughts that stood between marks in it.

    assert without_thoughts("<thinking>Ana or Ben?</thinking>Ben") == ("Ben", "Ana or Ben?")
    """
    if not _FIRST.search(text):
        return text.lstrip(), ""
    tags = ThinkTags()
    tags.feed(text)
    tags.end()
    return tags.text, tags.thoughts


class _Code:
    """Whether a growing text stands inside code: between backticks, or in a fenced block."""

    def __init__(self) -> None:
        self._fence = self._run = ""
        self._ticks = 0
        self._at_line_start = True

    def feed(self, words: str) -> None:
        for token in _TOKEN.findall(words):
            if token[0] in "`~":
                if not self._run.startswith(token[0]):
                    self._settle()
                self._run += token
                continue
            self._settle()
            if token == "\n":
                if self._ticks >= 3:  # no span of code, but a fence behind words, as models write it
                    self._fence = "`" * self._ticks
                self._ticks, self._at_line_start = 0, True
            elif not token.isspace():
                self._at_line_start = False

    def inside(self) -> bool:
        self._settle()
        return bool(self._fence or self._ticks)

    def _settle(self) -> None:
        """Take what the newest run of backticks or tildes means, now that it is complete."""
        run, self._run = self._run, ""
        if not run:
            return
        if self._fence:
            self._fence = "" if self._at_line_start and run.startswith(self._fence) else self._fence
        elif self._at_line_start and len(run) >= 3:
            self._fence = run
        elif run[0] == "`":
            self._ticks = 0 if self._ticks == len(run) else self._ticks or len(run)
        self._at_line_start = False


def _held_back(text: str) -> int:
    """The length of the longest end of ``text`` that may be the beginning of a mark."""
    for start in range(max(len(text) - _LONGEST, 0), len(text)):
        if text[start:].lower() in _BEGINNINGS:
            return len(text) - start
    return 0
