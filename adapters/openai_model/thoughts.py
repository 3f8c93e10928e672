"""Speech and reasoning (``<think>`` tags) told apart in a text that arrives in pieces."""

from agents.ports import TextDelta, ThoughtDelta

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkTags:
    """Splits ``<think>…</think>`` out of a stream, also where a tag arrives in pieces.

    A tag in code (after a backtick, or inside a fence) is speech. ``text`` and ``thoughts`` are all there was so far.
    """

    def __init__(self) -> None:
        self.text = ""
        self.thoughts = ""
        self._pending = ""
        self._opened_at: int | None = None

    def feed(self, piece: str) -> list[TextDelta | ThoughtDelta]:
        """The deltas that this piece completes; what may be the beginning of a tag is held back."""
        if self._opened_at is None and not self._pending and "<" not in piece:
            return self._speech(piece)
        self._pending += piece
        deltas: list[TextDelta | ThoughtDelta] = []
        while True:
            tag = _OPEN if self._opened_at is None else _CLOSE
            before, found, after = self._pending.partition(tag)
            if not found:
                keep = _overlap(before, tag)
                self._pending = before[len(before) - keep :]
                return deltas + self._emit(before[: len(before) - keep])
            deltas += self._emit(before)
            self._pending = after
            if self._opened_at is not None:
                self._opened_at = None
            elif self._in_code():
                deltas += self._speech(_OPEN)
            else:
                self._opened_at = len(self.text)
                self._thoughts_before = len(self.thoughts)

    def end(self) -> list[TextDelta | ThoughtDelta]:
        """The deltas left when nothing more comes.

        ``text`` is then put right where the tags were not a pair: words before a lone closing tag were reasoning (some
        chat templates write the opening tag themselves), and an opening tag in mid-speech that was never closed was
        speech.
        """
        pending, self._pending = self._pending, ""
        deltas = self._emit(pending)
        if self._opened_at:
            self.text += _OPEN + self.thoughts[self._thoughts_before :]
            self.thoughts = self.thoughts[: self._thoughts_before]
        elif self.text.count(_CLOSE) == 1 and "`" not in self.text.partition(_CLOSE)[0]:
            reasoning, _, speech = self.text.partition(_CLOSE)
            self.text, self.thoughts = speech.lstrip(), self.thoughts + reasoning
        return deltas

    def _emit(self, words: str) -> list[TextDelta | ThoughtDelta]:
        if self._opened_at is None:
            return self._speech(words)
        self.thoughts += words
        return [ThoughtDelta(text=words)] if words else []

    def _speech(self, words: str) -> list[TextDelta | ThoughtDelta]:
        if not self.text:
            words = words.lstrip()
        self.text += words
        return [TextDelta(text=words)] if words else []

    def _in_code(self) -> bool:
        return self.text.endswith("`") or self.text.count("```") % 2 == 1


def _overlap(text: str, tag: str) -> int:
    """The length of the longest end of ``text`` that is a beginning of ``tag``."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:length]):
            return length
    return 0
