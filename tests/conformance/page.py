"""docs/conformance.md, made from the cases, the kept answers and what ours gives now.

``python -m tests.conformance.page > docs/conformance.md``
"""

import sys
from collections.abc import Sequence

from tests.conformance.case import PERSON, REFERENCES, Case
from tests.conformance.cases import BEHAVIOURS
from tests.conformance.observed import Observed
from tests.conformance.ours import drive
from tests.conformance.verdict import Verdict, judged, kept

HEAD = """\
# Beside AutoGen

How Tertulia behaves where AutoGen's users know what to expect: {count} cases, run on `autogen-agentchat` 0.2.40 and
0.7.5 and on Tertulia, with scripted models. `make conformance` runs them all anew and makes this page; `make test` runs
them on Tertulia alone, beside the answers of the references that are kept in the repository.

{tally}. Each deviation has its reason below. A case that a reference has no words for stands as –.

The cells say who spoke, in order; a text is given where it matters. `ana` is the person who gives the task.
{open}"""


def verdicts() -> list[Verdict]:
    """Every case on ours now, beside the kept answers."""
    answers = {version: kept(version) for version in REFERENCES}
    cases = [case for cases in BEHAVIOURS.values() for case in cases]
    return [judged(case, None if "ours" in case.cannot else drive(case), answers) for case in cases]


def page(found: Sequence[Verdict]) -> str:
    """The whole page."""
    words = [one.word for one in found]
    order = ("agrees", "declared deviation", "not expressible", "open finding", "mended finding", "differs")
    tally = ", ".join(f"{words.count(word)} {_PLURALS[word]}" for word in order if word in words)
    lines = [HEAD.format(count=len(found), tally=tally, open=_OPEN if "open finding" in words else "")]
    by_name = {one.case.name: one for one in found}
    for behaviour, cases in BEHAVIOURS.items():
        lines.append(f"## {behaviour.capitalize()}\n")
        lines.append("| case | 0.2.40 | 0.7.5 | Tertulia | verdict |\n|---|---|---|---|---|")
        lines += [_row(by_name[case.name]) for case in cases]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


_PLURALS = {
    "agrees": "agree",
    "declared deviation": "deviate on purpose",
    "not expressible": "cannot be said in Tertulia yet",
    "open finding": "are to be mended",
    "mended finding": "are mended",
    "differs": "differ",
}
_OPEN = "\nWhat is to be mended says so.\n"


def _row(one: Verdict) -> str:
    cells = [one.case.about, *(cell(one.theirs.get(version), one.case) for version in REFERENCES)]
    return "| " + " | ".join(_escaped(each) for each in (*cells, cell(one.ours, one.case), reason(one))) + " |"


def reason(one: Verdict) -> str:
    """The verdict, and why."""
    if one.case.finding:
        return f"{one.word}: {one.case.finding}"
    if one.ours is None:
        return f"{one.word}: {one.case.cannot['ours']}"
    if one.wrong:
        return f"{one.word}: {' '.join(one.wrong)}"
    reasons = dict.fromkeys(one.case.deviates.values())
    versions = ", ".join(one.case.deviates)
    return f"{one.word} from {versions}: {' '.join(reasons)}" if reasons else one.word


def cell(observed: Observed | None, case: Case) -> str:
    """What was observed, in few words."""
    if observed is None:
        return "–"
    if case.compared == ("ran",):
        return "ran " + ", ".join(code for _, code in observed.ran or ()) if observed.ran else "nothing ran"
    scripted = {one.name: one.says for one in case.agents}
    turns: dict[str, int] = {}
    parts: list[str] = []
    for number, (who, text) in enumerate(observed.said):
        usual = f"{who.upper()}{turns.setdefault(who, 0) + 1}"
        turns[who] += 1
        if who == PERSON and text in case.tasks:
            parts += ["/"] if number else []
        else:
            told = "speakers" not in case.compared and text not in (usual, *scripted.get(who, ()))
            parts.append(f"{who} “{_shortened(text)}”" if told else who)
    ending = [observed.stop] if observed.stop in ("error", "refused", "waits") else []
    choosing = [f"({observed.choosing} asked)"] if observed.choosing else []
    return " ".join([*parts, *choosing, *(f"[{one}]" for one in ending)]) or "nobody"


def _shortened(text: str, limit: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")


if __name__ == "__main__":
    sys.stdout.write(page(verdicts()))
