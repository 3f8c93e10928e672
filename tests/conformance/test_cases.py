"""C60: every case on ours, beside the answers of the references that are kept."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.case import REFERENCES, Case
from tests.conformance.cases import BEHAVIOURS, CASES
from tests.conformance.ours import drive
from tests.conformance.page import page
from tests.conformance.verdict import Verdict, judged, kept

ROOT = Path(__file__).parents[2]
ANSWERS = {version: kept(version) for version in REFERENCES}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {one.name: judged(one, None if "ours" in one.cannot else drive(one), ANSWERS) for one in CASES}


def _marked(case: Case):
    # Strict: a finding that was mended is to be taken out, or it would hide the next one.
    marks = [pytest.mark.xfail(reason=case.finding, strict=True)] if case.finding else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [_marked(one) for one in CASES])
def test_c60_ours_agrees_with_the_references_or_says_why_not(case: Case, verdicts: dict[str, Verdict]):
    assert verdicts[case.name].wrong == ()


def test_c60_there_are_at_least_ninety_cases_of_fifteen_behaviours():
    assert len(CASES) >= 90
    assert len(BEHAVIOURS) >= 15


def test_every_case_has_a_name_of_its_own():
    assert [name for name, n in Counter(one.name for one in CASES).items() if n > 1] == []


@pytest.mark.parametrize("version", REFERENCES)
def test_no_answer_is_kept_of_a_case_that_is_gone(version: str):
    assert set(ANSWERS[version]) - {one.name for one in CASES} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reason_is_one_sentence_about_a_known_reference(case: Case):
    reasons = {**case.cannot, **case.deviates}
    assert set(reasons) <= {*REFERENCES, "ours"}
    assert set(case.deviates).isdisjoint(case.cannot)
    sentences = [*reasons.values(), case.about, *([case.finding] if case.finding else [])]
    assert [one for one in sentences if not re.fullmatch(r"\S[^\n]{9,158}\.", one)] == []


def test_the_cases_and_what_is_observed_need_nothing_but_the_standard_library():
    files = [*(ROOT / "tests/conformance/cases").glob("*.py"), *(ROOT / "tests/conformance").glob("[co]*e[d.]*py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    wanted = {node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    assert wanted <= {"tests", "collections", "dataclasses", "hashlib", "pathlib", "typing"}


def test_the_page_tells_what_ours_gives_now(verdicts: dict[str, Verdict]):
    written = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    assert written == page(list(verdicts.values())), "run `make docs`"
