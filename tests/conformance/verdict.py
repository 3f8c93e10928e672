"""Ours beside the kept answers of the references."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from tests.conformance.case import REFERENCES, Case
from tests.conformance.observed import Observed

KEPT = Path(__file__).parent / "references"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a case stands.

    theirs: what each reference gave, by version; without those that cannot express the case.
    ours: what ours gave, None where it cannot express the case.
    differs: by version, in what ours differs.
    wrong: what is undeclared, wrongly declared or out of date, each as a sentence; nothing where all is well.
    """

    case: Case
    theirs: Mapping[str, Observed]
    ours: Observed | None
    differs: Mapping[str, tuple[str, ...]]
    wrong: tuple[str, ...]

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        if self.case.finding:
            return "open finding" if self.wrong else "mended finding"
        if self.wrong:
            return "differs"
        if self.ours is None:
            return "not expressible"
        return "declared deviation" if self.case.deviates else "agrees"


@dataclass(kw_only=True)
class Kept(Observed):
    """A kept answer; ``case`` is the digest of the case as it was when it was run."""

    case: str


def kept(version: str) -> dict[str, Kept]:
    """The kept answers of a reference, by the case's name."""
    return msgspec.json.decode((KEPT / f"{version}.json").read_bytes(), type=dict[str, Kept])


def judged(case: Case, ours: Observed | None, answers: Mapping[str, Mapping[str, Kept]]) -> Verdict:
    """Compare what ours gave with each reference's answer, and with what the case declares."""
    theirs = {version: answers[version][case.name] for version in REFERENCES if case.name in answers[version]}
    differs = {} if ours is None else {version: difference(case, ours, one) for version, one in theirs.items()}
    wrong = [*_outdated(case, answers)]
    for version, fields in differs.items():
        if fields and version not in case.deviates:
            wrong.append(f"ours differs from {version} in {', '.join(fields)}, and no deviation is declared.")
        if not fields and version in case.deviates:
            wrong.append(f"a deviation from {version} is declared, and there is none.")
    if differs and all(differs.values()) and not case.ours:
        wrong.append("ours agrees with no reference; say in `ours` what it gives.")
    given: dict[str, object] = json.loads(json.dumps(asdict(ours))) if ours is not None else {}
    for field, value in case.ours.items():
        if ours is not None and given[field] != value:
            wrong.append(f"ours gives {given[field]!r} as {field}, not {value!r}.")
    return Verdict(case=case, theirs=theirs, ours=ours, differs=differs, wrong=tuple(wrong))


def difference(case: Case, one: Observed, other: Observed) -> tuple[str, ...]:
    """The compared fields in which two observations differ; what one of them does not tell differs in nothing."""
    pairs = ((field, getattr(one, field), getattr(other, field)) for field in case.compared)
    return tuple(field for field, mine, theirs in pairs if mine is not None and theirs is not None and mine != theirs)


def _outdated(case: Case, answers: Mapping[str, Mapping[str, Kept]]) -> list[str]:
    wrong: list[str] = []
    for version in REFERENCES:
        known = answers[version].get(case.name)
        if known is None and version not in case.cannot:
            wrong.append(f"no answer of {version} is kept; run `make conformance`.")
        elif known is not None and (version in case.cannot or known.case != case.digest):
            wrong.append(f"the kept answer of {version} is about an earlier form of the case; run `make conformance`.")
    return wrong
