"""In which order a model reads what was said and done, and that a prompt that grew is like one made anew."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.log.events import UNKNOWN, Answered, Asked, Pending, Said, TurnStarted, TurnTaken
from agents.log.fold import fold
from agents.log.participants import ParticipantId
from agents.log.records import Record
from agents.log.transcript import Transcript
from agents.ports import ModelMessage
from agents.team.team import Team
from agents.team.termination import max_turns
from agents.turn.ready_made import assistant
from agents.turn.turn import Acts, Turn
from agents.turn.view import Cut, View, everything, head_and_tail, last, token_budget
from tests.unit.house import Bell, House, Plain
from tests.unit.logs import AGENTS, logs
from tests.unit.story import ANA, BOB, CODER, PLANNER, Story, tool

ASK = Asked(text="Which?", pending=Pending(call="c", tool="ask_person", arguments='{"question": "Which?"}', digest=""))


def read(story: Story, agent: ParticipantId = CODER) -> list[ModelMessage]:
    return View(agent).messages(story.transcript, upto=story.transcript.seq)


def shown(messages: Sequence[ModelMessage]) -> list[tuple[str, str]]:
    return [(one.name or one.role, one.text) for one in messages]


def begins(story: Story, by: ParticipantId) -> int:
    """An agent gets the floor, having read everything so far."""
    return story.happens(TurnStarted(speaker=by, upto=story.transcript.seq, rung="r"), by=by)


def ends(story: Story, by: ParticipantId, start: int, text: str) -> None:
    story.happens(Said(text=text), by=by, turn=start)
    story.happens(TurnTaken(outcome="said"), by=by, turn=start)


def test_c40_what_an_answer_had_not_read_comes_after_it():
    story = Story()
    story.says(ANA, "one")
    start = begins(story, CODER)
    story.says(ANA, "two")
    ends(story, CODER, start, "thinking done")
    expected = [("ana", "one"), ("assistant", "thinking done"), ("ana", "two")]
    assert shown(read(story)) == expected
    assert shown(read(story, PLANNER)) == [("ana", "one"), ("coder", "thinking done"), ("ana", "two")]


def test_c40_what_came_while_a_tool_ran_comes_after_all_that_the_turn_did():
    story = Story()
    called, returned = tool("search")
    story.says(ANA, "one")
    start = begins(story, CODER)
    story.happens(called, by=CODER, turn=start)
    story.says(BOB, "two")
    story.happens(returned, by=CODER, turn=start)
    story.says(ANA, "three")
    ends(story, CODER, start, "found it")
    assert [text for _, text in shown(read(story))] == ["one", "", "done", "found it", "two", "three"]


def test_c40_what_came_before_a_turns_start_was_written_but_was_not_read_comes_after_it():
    story = Story()
    read_to = story.says(ANA, "one")
    story.says(BOB, "two")
    start = story.happens(TurnStarted(speaker=CODER, upto=read_to, rung="r"), by=CODER)
    ends(story, CODER, start, "done")
    assert shown(read(story)) == [("ana", "one"), ("assistant", "done"), ("bob", "two")]


def test_c40_a_question_stands_where_it_was_read_by_others_and_where_it_was_answered_by_its_asker():
    story = Story()
    story.says(ANA, "one")
    start = begins(story, CODER)
    story.says(BOB, "two")
    question = story.happens(ASK, by=CODER, turn=start)
    story.happens(TurnTaken(outcome="asked"), by=CODER, turn=start)
    story.says(BOB, "three")
    story.happens(Answered(question=question, text="red"), by=ANA)
    others = [("ana", "one"), ("coder", "Which?"), ("bob", "two"), ("bob", "three"), ("ana", "red")]
    assert shown(read(story, PLANNER)) == others
    assert [text for _, text in shown(read(story))] == ["one", "two", "three", "", "ana: red"]


def test_c40_a_call_that_is_repeated_after_a_crash_has_one_result_in_a_view_that_was_there_before():
    story, view = Story(), View(CODER)
    called, returned = tool("search")
    for result in (UNKNOWN, "done"):
        start = begins(story, CODER)
        story.happens(called, by=CODER, turn=start)
        story.happens(replace(returned, output=result, unknown=result == UNKNOWN), by=CODER, turn=start)
        story.happens(TurnTaken(outcome="crashed"), by=CODER, turn=start)
        _, answer = view.messages(story.transcript, upto=story.transcript.seq)
        assert answer.text == result


def test_c40_words_that_were_late_in_the_log_take_their_place_in_a_view_that_had_gone_on():
    story, view = Story(), View(CODER)
    start = begins(story, PLANNER)
    story.says(ANA, "one")
    assert shown(view.messages(story.transcript, upto=story.transcript.seq)) == [("ana", "one")]
    story.happens(Said(text="late"), by=PLANNER, turn=start)
    assert shown(view.messages(story.transcript, upto=story.transcript.seq)) == [("planner", "late"), ("ana", "one")]


async def test_c40_a_person_who_writes_while_an_agent_speaks_is_read_after_its_words_and_answered():
    bell = Bell()

    async def thinks(turn: Turn) -> Acts:
        await bell.wait()
        async for event in spoken.act(turn):
            yield event

    spoken = assistant("alice")
    house = House(Team(agents=[Plain("alice", thinks)], termination=max_turns(9)), models=["thinking done", "second"])
    await house.says("one")
    async with house.running():
        await bell.rung.wait()
        await house.says("two")
        bell.go_on.set()
    assert house.prompts[0] == [("Ana", "one")]
    assert house.prompts[1] == [("Ana", "one"), ("assistant", "thinking done"), ("Ana", "two")]


@settings(max_examples=60)
@given(st.lists(st.sampled_from([ANA, BOB, CODER, PLANNER, "meanwhile", "tool"]), max_size=25))
def test_c40_no_prompt_ends_with_ones_own_words_while_something_is_unheard(steps: list[str]):
    story, view = Story(), View(CODER)
    for number, step in enumerate(steps):
        if step in (ANA, BOB):
            story.says(step, f"{number}")
            continue
        speaker = PLANNER if step == PLANNER else CODER
        start = begins(story, speaker)
        if speaker == CODER and story.transcript.has_news(CODER):
            *_, newest = view.messages(story.transcript, upto=start - 1)
            assert newest.role == "user"
        if step == "tool":
            for event in tool("search"):
                story.happens(event, by=speaker, turn=start)
        if step == "meanwhile":
            story.says(BOB, f"{number} meanwhile")
        ends(story, speaker, start, f"{number} answer")


CUTS = st.sampled_from([everything, last(5), head_and_tail(2, 4), token_budget(60)])


@settings(max_examples=60)
@given(logs(), st.sampled_from(AGENTS), CUTS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_c40_a_view_that_grew_with_the_room_equals_one_made_anew(
    log: Sequence[Record], agent: ParticipantId, cut: Cut, looks: list[bool]
):
    transcript, grown, upto = Transcript(room="web:lobby"), View(agent), 0
    for record, looked, begins in zip(log, looks, looks[::-1], strict=False):
        transcript = fold(transcript, [record])
        upto = transcript.seq if begins else upto
        if looked:
            messages = grown.messages(transcript, upto=upto, cut=cut)
            assert messages == View(agent).messages(transcript, upto=upto, cut=cut)
    assert grown.messages(transcript, upto=transcript.seq) == View(agent).messages(transcript, upto=transcript.seq)
