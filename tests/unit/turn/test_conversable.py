"""Chains of reply functions: order, triggers, hooks (C1, C2)."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from agents import SILENCE, Conversable, Team, Transcript, answering_with, assistant, function_agent, max_turns, when
from agents.log.events import Said, TurnStarted
from agents.log.records import Entry
from agents.log.transcript import Message
from agents.ports import Draft, ModelMessage
from agents.turn.conversable import ReplyFunction, Trigger, matches
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, BOB, House, says


def saying(text: str) -> ReplyFunction:
    return answering_with(lambda transcript: text)


def chain(*replies: ReplyFunction) -> Conversable:
    return replace(function_agent("a", lambda transcript: None), replies=replies)


async def heard(agent: Conversable, text: str = "go") -> list[tuple[str, str]]:
    return await House(Team(agents=[agent])).hears(text)


async def passing(turn: Turn) -> Acts:
    return
    yield SILENCE


async def silent(turn: Turn) -> Acts:
    yield SILENCE


async def test_c1_the_first_final_reply_wins():
    assert await heard(chain(passing, saying("first"), saying("second"))) == [("a", "first")]


async def test_c1_nothing_final_is_a_pass_free_and_silent():
    house = House(Team(agents=[chain(passing, passing)]))
    assert await house.hears("go") == []
    assert await house.outcomes() == ["passed"]


async def test_c1_silence_is_final_and_says_nothing():
    assert await heard(chain(silent, saying("never"))) == []


async def test_c1_a_draft_alone_is_not_final():
    async def drafting(turn: Turn) -> Acts:
        yield Draft(text="hm")

    assert await heard(chain(drafting, saying("first"))) == [("a", "first")]


async def test_c1_the_newest_registered_is_tried_first_or_at_a_place_of_its_own():
    agent = chain(saying("old"))
    assert await heard(agent.with_reply(saying("new"))) == [("a", "new")]
    assert await heard(agent.with_reply(saying("last"), position=1)) == [("a", "old")]
    three = chain(passing, saying("old")).with_reply(saying("between"), position=1)
    assert await heard(three) == [("a", "between")]
    assert agent.replies != three.replies


async def test_c1_a_reply_function_is_a_plain_function_sync_or_async():
    async def later(transcript: Transcript) -> str:
        await asyncio.sleep(0)
        return transcript.last.text.upper()

    assert await heard(function_agent("a", later), "hm") == [("a", "HM")]
    assert await heard(function_agent("a", lambda transcript: None)) == []
    assert await heard(chain(answering_with(lambda t: None), saying("next"))) == [("a", "next")]


async def test_c1_a_hook_changes_a_message_before_it_is_sent():
    agent = replace(chain(saying("secret")), before_send=lambda said: replace(said, text=said.text.upper()))
    assert await heard(agent) == [("a", "SECRET")]


async def test_c1_a_hook_on_all_messages_changes_what_the_model_reads_but_not_the_log():
    def shout(messages: list[ModelMessage]) -> list[ModelMessage]:
        return [replace(one, text=one.text.upper()) for one in messages]

    house = House(Team(agents=[assistant("planner", on_messages=shout)]), models=["Hi."])
    await house.hears("go")
    assert house.prompts == [[("Ana", "GO")]]
    assert (await house.talk())[0] == ("Ana", "go")


ANA_SAYS = Message(seq=1, at=0.0, by=ANA.id, text="go")
CODER_SAYS = Message(seq=2, at=0.0, by="agent:coder", text="done")


async def in_the_end(message: Message | None) -> bool:
    await asyncio.sleep(0)
    return message is not None and message.text == "done"


@pytest.mark.parametrize(
    ("trigger", "fires"),
    [
        ("coder", [False, True, False]),
        ("agent:coder", [False, True, False]),
        (ANA.id, [True, False, False]),
        ("agent", [False, True, False]),
        ("person", [True, False, False]),
        ("reviewer", [False, False, False]),
        (None, [False, False, True]),
        (lambda message: message is not None and "go" in message.text, [True, False, False]),
        (in_the_end, [False, True, False]),
        (["reviewer", "coder", None], [False, True, True]),
        ([], [False, False, False]),
    ],
)
async def test_c1_a_trigger_is_an_agent_a_name_a_kind_a_predicate_a_list_or_no_sender(
    trigger: Trigger, fires: list[bool]
):
    assert [await matches(trigger, message) for message in (ANA_SAYS, CODER_SAYS, None)] == fires


async def test_c1_a_triggered_reply_is_tried_only_for_what_fires_it():
    agent = chain(when("person", saying("to a person")), when("b", saying("to b")), saying("to anybody"))
    house = House(Team(agents=[agent, says("b", "B")], speakers=lambda t: "b" if t.last.by == "agent:a" else "a"))
    assert (await house.hears("go"))[:3] == [("a", "to a person"), ("b", "B"), ("a", "to b")]


async def test_c1_the_received_message_is_the_newest_of_others_that_the_agent_may_see():
    seen: list[str] = []

    def look(message: Message | None) -> bool:
        seen.append(message.text if message else "-")
        return False

    house = House(Team(agents=[chain(when(look, passing), saying("mine"))]))
    await house.hears("one")
    await house.says("two", BOB)
    await house.deletes((await house.transcript()).last.seq, BOB)
    await house.says("psst", audience=(BOB.id,))
    await house.hears("@a three")
    assert seen == ["one", "@a three"]


async def test_c1_with_no_sender_at_all_the_trigger_none_fires():
    agent = chain(when(None, saying("Anybody here?")), saying("Hello."))
    house = House(Team(agents=[agent], speakers=lambda transcript: "a", termination=max_turns(1)))
    await house.says("psst", audience=(BOB.id,))
    await house.run()
    assert (await house.talk())[-1] == ("a", "Anybody here?")


async def test_c2_a_message_of_an_agent_can_be_for_some_only():
    async def whisper(turn: Turn) -> Acts:
        yield Said(text="psst", audience=(ANA.id,))

    house = House(Team(agents=[chain(whisper), says("b")]))
    await house.hears("go")
    assert (await house.transcript()).last.visible_to(ANA.id)
    assert not (await house.transcript()).last.visible_to("agent:b")


async def test_p3_a_function_takes_up_each_message_once_also_one_that_comes_with_its_turns_start():
    takes_up = function_agent("a", lambda room: " ".join(one.text for one in room.unheard("agent:a")) or None)
    house = House(Team(agents=[takes_up]))
    comes = iter([Entry(event=Said(text="and this"), by=ANA.id)])

    async def cuts_in(room: str, entries: Sequence[Entry]) -> None:
        if any(isinstance(one.event, TurnStarted) for one in entries):
            for entry in comes:
                await log.append(room, [entry])

    log = house.ports.store.log
    house.before_append(cuts_in)
    await house.hears("this")
    assert [text for name, text in await house.talk() if name == "a"] == ["this", "and this"]
