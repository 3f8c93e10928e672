"""C60: what differs is told, and so is what is declared and does not."""

from dataclasses import replace

from tests.conformance.case import Case, talker
from tests.conformance.observed import Observed, heard
from tests.conformance.verdict import Kept, judged

CASE = Case(name="example", about="An example.", agents=(talker("a"),))
DEVIATES = replace(CASE, deviates={"0.2.40": "A reason."})
OURS = Observed(said=[("ana", "task"), ("a", "A1")], stop="rests")
THEIRS = [("ana", "task"), ("a", "A1"), ("a", "A2")]


def answers(case: Case, first: list[tuple[str, str]], second: list[tuple[str, str]], stop: str | None = None):
    kept = {"0.2.40": first, "0.7.5": second}
    return {one: {case.name: Kept(case=case.digest, said=said, stop=stop)} for one, said in kept.items()}


def test_the_same_words_agree_and_what_one_does_not_tell_is_not_compared():
    found = judged(CASE, OURS, answers(CASE, OURS.said, OURS.said))
    assert (found.word, found.wrong) == ("agrees", ())


def test_an_undeclared_difference_is_told_with_its_fields():
    found = judged(CASE, OURS, answers(CASE, OURS.said, THEIRS, stop="limit"))
    assert found.wrong == (
        "ours differs from 0.2.40 in stop, and no deviation is declared.",
        "ours differs from 0.7.5 in said, stop, and no deviation is declared.",
        "ours agrees with no reference; say in `ours` what it gives.",
    )
    assert found.word == "differs"


def test_a_declared_deviation_is_none_where_ours_agrees():
    assert judged(DEVIATES, OURS, answers(DEVIATES, THEIRS, OURS.said)).wrong == ()
    found = judged(DEVIATES, OURS, answers(DEVIATES, OURS.said, OURS.said))
    assert found.wrong == ("a deviation from 0.2.40 is declared, and there is none.",)


def test_what_ours_gives_instead_is_held():
    case = replace(DEVIATES, ours={"said": [["ana", "task"]], "stop": "rests"})
    assert judged(case, OURS, answers(case, THEIRS, OURS.said)).wrong == (
        "ours gives [['ana', 'task'], ['a', 'A1']] as said, not [['ana', 'task']].",
    )


def test_an_answer_about_an_earlier_form_of_a_case_is_out_of_date():
    other = replace(CASE, tasks=("another task",))
    assert judged(other, OURS, answers(CASE, OURS.said, OURS.said)).wrong == (
        "the kept answer of 0.2.40 is about an earlier form of the case; run `make conformance`.",
        "the kept answer of 0.7.5 is about an earlier form of the case; run `make conformance`.",
    )
    assert judged(CASE, OURS, {"0.2.40": {}, "0.7.5": {}}).wrong == (
        "no answer of 0.2.40 is kept; run `make conformance`.",
        "no answer of 0.7.5 is kept; run `make conformance`.",
    )


def test_a_finding_stays_in_sight_until_it_is_taken_out():
    case = replace(CASE, finding="Ours should go on.")
    assert judged(case, OURS, answers(case, THEIRS, THEIRS)).word == "open finding"
    assert judged(case, OURS, answers(case, OURS.said, OURS.said)).word == "mended finding"


def test_a_prompt_is_read_for_what_was_said_each_text_once_a_message():
    said = [("ana", "task"), ("a", "A1"), ("b", "A1 and more")]
    assert heard(["ana: task", "A1 and more", "nothing", "a: A1"], said) == ["task", "A1 and more", "A1"]
