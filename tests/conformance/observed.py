"""What is observed of a case, the same in all three implementations."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from tests.conformance.case import Case
from tests.conformance.cases import CASES


@dataclass(kw_only=True)
class Observed:
    """What came of a case. A field that is None is not told by the implementation, and not compared.

    said: who said what, in order, the person's tasks too.
    stop: why it ended: ``limit``, ``text``, ``speaker``, ``person``, ``handoff``, ``graph``, ``rests`` (nobody wants to
        speak), ``waits`` (for an answer), ``refused`` (it could not be built) or ``error``.
    asked: how often people were asked.
    choosing: how often a model was asked who speaks.
    ran: the programs that were run, each as (language, code).
    reads: for each observed agent its prompts, oldest first: which of what was said stood there, in order.
    """

    said: list[tuple[str, str]]
    stop: str | None = None
    asked: int | None = 0
    choosing: int | None = 0
    ran: list[tuple[str, str]] | None = None
    reads: dict[str, list[list[str]]] | None = None

    @property
    def speakers(self) -> list[str]:
        """Who spoke, in order."""
        return [who for who, _ in self.said]


class NobodyAnswers(Exception):
    """People have no further answer, so whoever asks waits for ever."""


Driver: TypeAlias = Callable[[Case], Observed]


def heard(prompt: Iterable[str], said: Sequence[tuple[str, str]]) -> list[str]:
    """Which of the texts that were said stand in a prompt, in its order; of texts within another only the longest."""
    texts = sorted({text for _, text in said if text}, key=len, reverse=True)
    found = (next((text for text in texts if text in message), None) for message in prompt)
    return [text for text in found if text is not None]


def answer(driver: Driver) -> None:
    """Run every case that can be expressed, and write what was observed as JSON: by name, with the case's digest.

    The command line says for which version, and into which file.
    """
    version, path = sys.argv[1:]
    found = {case.name: {"case": case.digest, **asdict(driver(case))} for case in CASES if version not in case.cannot}
    Path(path).write_text(json.dumps(found), encoding="utf-8")
