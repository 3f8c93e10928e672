"""How many tokens one model reads: as configured, as its endpoint tells when it refuses, or as it shows silently."""

import re

SMALLEST = 512
"""Numbers below are about something else."""

_SAYS = re.compile(
    r"(?:context (?:length|window|size)|n_ctx|limit(?:ed)?|maximum|max|at most|within|up to|<=?)\D{0,40}?(?:1, )?"
    r"(\d[\d,_]{2,9})|> ?(\d[\d,_]{2,9}) (?:maximum|limit)",
    re.IGNORECASE,
)


def window_in(complaint: str) -> int | None:
    """The number of tokens that a refusal says are the most; None where it says none."""
    for found in _SAYS.finditer(complaint[:4_000]):
        number = int(re.sub(r"\D", "", found[1] or found[2]))
        if number >= SMALLEST:
            return number
    return None


class Window:
    """What is known of one model's window; ``tokens`` is None while nothing is."""

    def __init__(self, tokens: int | None = None):
        self.tokens = tokens
        self._longest = self._read = 0

    def refused(self, complaint: str, estimate: int) -> None:
        """Learn from a refusal of a request that was estimated to have so many tokens."""
        told = window_in(complaint) or int(estimate * 0.8)
        self.tokens = told if self.tokens is None else min(self.tokens, told)

    def answered(self, characters: int, read: int) -> None:
        """Learn from an answer to a request of so many characters, of which the endpoint says it read ``read`` tokens.

        Some servers (Ollama) leave out the beginning of what is too long and say nothing: a prompt that has grown by a
        quarter, of which exactly as many tokens were read as before, was cut.
        """
        grown = characters > self._longest * 1.25 and self._longest > 4 * SMALLEST
        if grown and read == self._read and read >= SMALLEST:
            self.tokens = read if self.tokens is None else min(self.tokens, read)
        if characters > self._longest:
            self._longest, self._read = characters, read
