"""Private words stay private: what is answered to them, and all that an agent does for it, is for the same people."""

import pytest

from agents.budget.limits import Limits
from agents.log.events import (
    Asked,
    Event,
    Joined,
    Noted,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.participants import EVERYBODY, SYSTEM, ParticipantId
from agents.log.records import to_json
from agents.log.transcript import Transcript
from agents.people.exported import visible_to
from agents.ports import Draft
from agents.team.policies import first, handed_over, mentioned, round_robin
from agents.team.team import Team
from agents.team.termination import max_turns
from agents.turn.ready_made import assistant, function_agent
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, BOB, EVA, LOBBY, Bell, House, Plain, calls, tool

ALICE, OTHER = "agent:alice", "agent:bob"
SECRET = "my PIN is 4711, repeat it"


def two(*answers: object, tools: bool = False) -> House:
    agents = [assistant("alice", tools=[tool("vault")] if tools else []), assistant("bob")]
    team = Team(agents=agents, speakers=first(mentioned, round_robin), termination=max_turns(4))
    return House(team, models=answers)


async def seen(house: House, person: ParticipantId) -> tuple[Event | None, ...]:
    return tuple(one.event for one in visible_to(person, await house.log()))


async def test_c46_an_answer_to_a_private_message_is_for_its_author_and_its_audience():
    house = two("the code is 4711", "B")
    await house.enter(Joined(participant=BOB.id, name="Bob"), BOB)
    await house.hears(SECRET, audience=(ALICE,))
    answer = (await house.transcript()).last
    assert (answer.by, answer.audience) == (ALICE, (ANA.id,))
    assert len(house.model.requests) == 1
    await house.hears("@bob and you?", BOB)
    theirs = [one for one in house.model.requests if one.messages[0].text.startswith("You are bob")]
    assert theirs
    assert "4711" not in str(theirs)
    assert "4711" not in str(await seen(house, BOB.id))
    assert "4711" in str(await seen(house, ANA.id))


async def test_c46_everybody_who_could_read_it_reads_the_answer():
    house = two("Noted.")
    await house.hears("between the three of us", audience=(ALICE, EVA.id))
    assert (await house.transcript()).last.audience == (ANA.id, EVA.id)


async def test_c46_a_turn_answers_what_addresses_its_agent_before_what_is_newer():
    house = two("For Ana.")
    await house.says("@alice psst", audience=(ALICE,))
    await house.says("what a nice day", BOB)
    await house.run()
    first_said = next(one for one in (await house.transcript()).messages if one.by == ALICE)
    assert first_said.audience == (ANA.id,)


async def test_c46_a_turn_that_answers_a_public_word_is_public_though_a_private_one_is_older():
    house = two("For Ana.", "For all.")
    await house.hears("psst", audience=(ALICE,))
    await house.hears("@alice what a nice day", BOB)
    assert [one.audience for one in (await house.transcript()).messages if one.by == ALICE] == [(ANA.id,), ()]


async def test_c46_an_agent_may_say_that_something_is_for_all_or_for_others():
    async def acts(turn: Turn) -> Acts:
        yield Said(text="to all", audience=(EVERYBODY,))
        yield Said(text="to Bob", audience=(BOB.id,))
        yield Said(text="to you")

    house = House(Team(agents=[Plain("alice", acts)], termination=max_turns(1)))
    await house.hears("psst", audience=(ALICE,))
    said = [one.audience for one in (await house.transcript()).messages if one.by == ALICE]
    assert said == [(), (BOB.id,), (ANA.id,)]
    await house.hears("@alice and now?")
    assert [one.audience for one in (await house.transcript()).messages if one.by == ALICE][3:] == [(), (BOB.id,), ()]


async def test_c46_a_function_says_that_something_is_for_all():
    agent = function_agent("alice", lambda transcript: Said(text="to all", audience=(EVERYBODY,)))
    house = House(Team(agents=[agent], termination=max_turns(1)))
    await house.hears("psst", audience=(ALICE,))
    assert (await house.transcript()).last.audience == ()


async def test_c46_calls_results_and_the_end_of_a_private_turn_are_in_nobody_elses_export():
    house = two(calls(("vault", '{"pin": 4711}')), "Done.", tools=True)
    await house.hears(SECRET, audience=(ALICE,))
    private = (ToolCalled, ToolReturned, TurnTaken, Said)
    mine, others = await seen(house, ANA.id), await seen(house, BOB.id)
    assert {type(one) for one in mine} >= {*private, TurnStarted}
    assert not any(isinstance(one, private) for one in others)
    assert any(isinstance(one, TurnStarted) for one in others)
    lines = [to_json(one) for one in await house.log() if isinstance(one.event, TurnStarted)]
    assert [line[:6] for line in lines] == ['{"v":2']  # an older Tertulia would show all of it to everybody


async def test_c46_a_draft_and_an_interrupted_word_of_a_private_turn_are_for_the_same_people():
    drafts: list[bool] = []
    bell = Bell()

    async def acts(turn: Turn) -> Acts:
        draft = await turn.ports.store.drafts.read(LOBBY)
        assert draft is not None
        drafts.extend(draft.visible_to(one) for one in (ANA.id, ALICE, BOB.id, None))
        yield Draft(text="your PIN is 47")
        await bell.wait()

    house = House(Team(agents=[Plain("alice", acts)], limits=Limits(turn_timeout=0.01)))
    await house.hears(SECRET, audience=(ALICE,))
    transcript = await house.transcript()
    assert (transcript.last.text, transcript.last.audience) == ("your PIN is 47", (ANA.id,))
    assert drafts == [True, True, False, False]
    assert not any(isinstance(one, TurnTaken) for one in await seen(house, BOB.id))


async def test_c46_a_stop_in_a_private_turn_is_for_all():
    async def acts(turn: Turn) -> Acts:
        yield Stopped(reason="It is over.")

    house = House(Team(agents=[Plain("alice", acts)]))
    await house.hears(SECRET, audience=(ALICE,))
    assert any(isinstance(one, Stopped) for one in await seen(house, BOB.id))


async def test_c46_a_question_in_a_private_turn_is_put_to_its_people_and_goes_on_in_private():
    house = two(calls(("ask_person", '{"question": "Is it 4711?"}')), "Then it is 4711.")
    await house.enter(Joined(participant=BOB.id, name="Bob"), BOB)
    await house.hears(SECRET, audience=(ALICE, EVA.id))
    (question,) = (await house.transcript()).open_questions
    assert (question.asked.of, question.asked.audience) == ((ANA.id, EVA.id), (ANA.id, EVA.id))
    assert "4711" not in str((await house.says("/status", BOB), await house.says("/next", BOB)))
    assert "4711" in str(await house.says("/status"))
    await house.answers(question.seq, "yes, 4711", by=ANA)
    await house.run()
    said = [one for one in (await house.transcript()).messages if one.by in (ANA.id, ALICE)]
    assert [(one.by, one.audience) for one in said[-2:]] == [
        (ANA.id, (ALICE, ANA.id, EVA.id)),
        (ALICE, (ANA.id, EVA.id)),
    ]
    assert "4711" not in str(await seen(house, BOB.id))


async def test_c46_a_question_that_names_somebody_else_is_for_them_too():
    async def acts(turn: Turn) -> Acts:
        yield Asked(text="May Ana know?", of=(BOB.id,))
        yield Asked(text="May she?", of=(BOB.id,), audience=(BOB.id,))

    house = House(Team(agents=[Plain("alice", acts)], termination=max_turns(1)))
    await house.says("hello", BOB)
    await house.hears("@alice psst", audience=(ALICE,))
    asked = [one.asked for one in (await house.transcript()).questions[-2:]]
    assert [(one.of, one.audience) for one in asked] == [((BOB.id,), (ANA.id, BOB.id)), ((BOB.id,), (BOB.id,))]


async def test_c46_what_others_could_not_read_still_waits_for_the_agent_that_could():
    house = two("For Bob.", "For Ana.")
    await house.says("psst", audience=(ALICE,))
    await house.says("@bob hello", BOB)
    await house.run()
    said = [(one.by, one.text) for one in (await house.transcript()).messages[2:]]
    assert said[:2] == [(OTHER, "For Bob."), (ALICE, "For Ana.")]


@pytest.mark.parametrize(("receiver", "sees"), [(OTHER, (ANA.id, OTHER)), ("stop", (ANA.id,)), (ANA.id, (ANA.id,))])
async def test_c46_whoever_is_handed_the_floor_in_private_reads_the_words_that_do_it(
    receiver: ParticipantId, sees: tuple[ParticipantId, ...]
):
    async def acts(turn: Turn) -> Acts:
        yield Said(text="over to you", handoff=receiver)

    team = Team(agents=[Plain("alice", acts), assistant("bob")], speakers=first(handed_over, round_robin))
    house = House(team, models=["For Ana."])
    await house.hears("psst", audience=(ALICE,))
    said = [(one.by, one.audience) for one in (await house.transcript()).messages[1:]]
    assert said[:2] == [(ALICE, sees), *([(OTHER, (ALICE, ANA.id))] if receiver == OTHER else [])]
    assert all(one.text != "psst" for request in house.model.requests for one in request.messages)


async def test_c46_people_are_reminded_of_a_private_question_in_private():
    house = two(calls(("ask_person", '{"question": "Is it 4711?"}')))
    await house.hears(SECRET, audience=(ALICE,))
    house.clock.advance(13 * 3600)
    await house.run()
    reminder = next(one.event for one in await house.log() if one.by == SYSTEM and isinstance(one.event, Said))
    assert isinstance(reminder, Said)
    assert reminder.audience == (ANA.id,)


async def test_c46_a_private_message_that_names_somebody_who_may_not_see_it_waits_for_nobody():
    house = two("For Ana.")
    await house.hears("@bob must not know", audience=(ALICE,))
    transcript = await house.transcript()
    assert [one.by for one in transcript.messages] == [ANA.id, ALICE]
    assert transcript.open_messages == transcript.messages[1:]


async def test_c46_a_function_is_given_nothing_that_is_private_to_others():
    given: list[Transcript] = []

    def look(transcript: Transcript) -> str:
        given.append(transcript)
        return "Seen."

    async def keep(turn: Turn) -> Acts:
        yield ToolCalled(call="1", tool="vault", arguments=turn.heard.last.text)
        yield Asked(text="Is it 4711?", of=(ANA.id,))
        yield Noted(key="pin", value="4711")

    house = House(Team(agents=[Plain("alice", keep), function_agent("bob", look)], speakers=first(mentioned)))
    await house.says(SECRET, audience=(ALICE,))
    await house.hears("@alice keep it", audience=(ALICE,))
    assert (await house.transcript()).note("pin") == "4711"
    assert await house.hears("@bob what do you see?", BOB) == [("bob", "Seen.")]
    assert "4711" not in str(given)
    assert given[-1].last.text == "@bob what do you see?"
    await house.hears("@bob now you know: 4711", audience=("agent:bob",))
    assert "now you know" in str(given[-1])
