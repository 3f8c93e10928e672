"""Limits and endings look at the present exchange, and mentions come first whatever the rule is (C37, C38, C48)."""

import pytest

from agents import (
    Team,
    Transcript,
    along,
    code_runner,
    first,
    function_agent,
    handed_over,
    max_messages,
    max_turns,
    model_chooses,
    round_robin,
    said,
    two_agent_chat,
)
from agents import random as by_chance
from agents.log.events import Asked, Said, Stopped, ToolCalled, ToolReturned
from agents.log.participants import Mention
from agents.log.records import to_json
from agents.ports import RunResult
from agents.team.custom_policy import Speakers
from agents.team.situation import Choice
from agents.team.termination import Termination, max_seconds, max_tokens, tool_called
from agents.testing import FakeSandbox
from agents.turn.turn import Acts, Turn
from tests.unit.house import BOB, Bell, House, Plain, chatty, let_others, says

CODE = "```python\n1\n```"


def last_words(text: str, bell: Bell) -> Plain:
    """An agent that waits before its first words, and answers whatever comes after them."""

    async def acts(turn: Turn) -> Acts:
        if not bell.rung.is_set():
            await bell.wait()
            yield Said(text=text)
        elif turn.news:
            yield Said(text=f"Now: {turn.news[-1].text}")

    return Plain("planner", acts)


async def test_c37_greetings_do_not_use_up_the_turns_of_a_task():
    def code(transcript: Transcript) -> str:
        text = transcript.last.text
        return CODE if "task" in text else "hello" if transcript.last.by.startswith("person") else "done"

    def choose(transcript: Transcript) -> str | None:
        if transcript.last.code:
            return "runner"
        return "coder" if transcript.last.by != "agent:coder" else None

    sandbox = FakeSandbox(lambda run: RunResult(status="ok", exit_code=0, output="1"))
    agents = [function_agent("coder", code), code_runner("runner")]
    house = House(Team(agents=agents, speakers=choose, termination=max_turns(4)), sandbox=sandbox)
    for text in ("hi", "hi", "hi", "task"):
        await house.hears(text)
    assert (await house.speakers())[3:] == ["coder", "runner", "coder"]
    assert await house.stops() == []


async def test_c37_the_third_message_is_a_persons_and_begins_anew():
    house = House(Team(agents=[says("alice", "A", "B", "C")], termination=max_messages(3)))
    await house.hears("one")
    assert await house.hears("two") == [("alice", "B")]
    assert await house.stops() == []


async def test_c37_the_next_morning_is_another_exchange():
    house = House(Team(agents=[says("alice", "A", "B")], termination=max_seconds(3600)))
    await house.hears("good evening")
    house.clock.advance(50_000)
    assert await house.hears("good morning") == [("alice", "B")]
    assert await house.stops() == []


@pytest.mark.parametrize(
    "ends", [max_turns(2), max_messages(3), max_tokens(10**9) | max_turns(2), said("2 A", by="a") | max_turns(2)]
)
async def test_c37_a_limit_stops_within_the_exchange_and_the_next_message_is_answered(ends: Termination):
    house = House(Team(agents=[chatty("a"), chatty("b")], speakers=round_robin, termination=ends))
    for number in range(1, 4):
        await house.hears("go")
        assert len(await house.stops()) == number
        assert len(await house.speakers()) == 2 * number


async def test_c37_a_stop_that_follows_a_persons_message_is_not_followed_by_an_answer():
    house = House(Team(agents=[chatty("a"), chatty("b")], speakers=round_robin, termination=max_turns(1)))
    await house.hears("one")
    await house.hears("two")
    kinds = [type(one) for one in await house.events(Said, Stopped)]
    assert kinds == [Said, Said, Stopped] * 2


async def test_c37_an_answer_to_a_question_goes_on_with_the_same_exchange():
    async def acts(turn: Turn) -> Acts:
        if turn.transcript.questions:
            yield Said(text="Thanks.")
        else:
            yield Said(text="Well.")
            yield Asked(text="Which?")

    house = House(Team(agents=[Plain("a", acts), chatty("b")], speakers=round_robin, termination=max_turns(2)))
    await house.hears("go")
    await house.answers(await house.question(), "red")
    await house.run()
    assert await house.stops() == ["The limit of 2 turns is reached."]
    assert await house.speakers() == ["a", "a", "b"]


@pytest.mark.parametrize("words", ["All done. TERMINATE", "Nothing special"])
async def test_c38_a_message_during_the_last_turn_is_answered_and_the_stop_stands_once(words: str):
    bell = Bell()
    ends = said("TERMINATE") if "TERMINATE" in words else max_turns(1)
    house = House(Team(agents=[last_words(words, bell)], termination=ends))
    await house.says("list ten primes")
    async with house.running():
        await bell.rung.wait()
        await house.says("sum up sales by region from a CSV", BOB)
        await let_others()
        bell.go_on.set()
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Now: sum up sales by region from a CSV")
    stops = await house.stops()
    assert len(stops) == (1 if "TERMINATE" in words else 2)


async def test_c38_the_same_after_a_restart():
    bell = Bell()
    house = House(Team(agents=[last_words("Bye. TERMINATE", bell)], termination=said("TERMINATE")))
    await house.says("one")
    async with house.running():
        await bell.rung.wait()
        await house.says("two")
        await let_others()
        bell.go_on.set()
    first_log = [to_json(record) for record in await house.log()]
    house.restart()
    await house.run()
    assert [to_json(record) for record in await house.log()] == first_log
    assert (await house.talk())[-1] == ("planner", "Now: two")


async def test_c38_two_messages_during_the_last_turn_are_one_exchange():
    bell = Bell()
    house = House(Team(agents=[last_words("Bye. TERMINATE", bell)], termination=said("TERMINATE") | max_messages(4)))
    await house.says("one")
    async with house.running():
        await bell.rung.wait()
        await house.says("two")
        await house.says("three", BOB)
        await let_others()
        bell.go_on.set()
    assert (await house.talk())[-1] == ("planner", "Now: three")
    assert await house.stops() == ["planner ended the conversation."]
    assert (await house.transcript()).exchange.messages == 3


async def test_c38_a_tool_called_in_the_last_turn_ends_the_old_exchange_only():
    bell = Bell()

    async def acts(turn: Turn) -> Acts:
        if not bell.rung.is_set():
            await bell.wait()
            yield ToolCalled(call="1", tool="publish", arguments="{}")
            yield ToolReturned(call="1", output="ok", exit_code=None, files=())
            yield Said(text="Published.")
        elif turn.news:
            yield Said(text="Again?")

    house = House(Team(agents=[Plain("a", acts)], termination=tool_called("publish")))
    await house.says("publish it")
    async with house.running():
        await bell.rung.wait()
        await house.says("and then?", BOB)
        await let_others()
        bell.go_on.set()
    assert (await house.talk())[-1] == ("a", "Again?")
    assert await house.stops() == ["The tool publish was called."]


@pytest.mark.parametrize(
    "speakers",
    [
        round_robin,
        by_chance(5),
        "round_robin",
        handed_over,
        along({"a": ["b"], "b": ["a"], "c": []}),
        model_chooses(),
        lambda transcript: "a",
        first(lambda transcript: Choice(speaker="b")),
    ],
)
async def test_c48_a_mention_comes_first_whatever_the_rule_is(speakers: Speakers):
    agents = [function_agent(name, lambda t, name=name: name.upper()) for name in "abc"]
    house = House(Team(agents=agents, speakers=speakers, termination=max_turns(1)))
    await house.hears("@c what do you say?")
    assert await house.speakers() == ["c"]


async def test_c48_in_a_chat_of_two_as_well():
    house = House(two_agent_chat(says("student", "S"), says("expert", "E"), max_turns=1))
    assert await house.hears("@student what do you think?") == [("student", "S")]


async def test_c48_mentions_can_be_switched_off():
    agents = [says(name, name.upper()) for name in "abc"]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_turns(1), mentions=False))
    assert await house.hears("@c what do you say?") == [("a", "A")]


@pytest.mark.parametrize("text", ["@c, look", "c: look", "I think @c knows."])
async def test_c48_whom_a_function_addresses_speaks_next(text: str):
    agents = [function_agent("a", lambda t: text), says("b", "B"), says("c", "C")]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_turns(2)))
    assert (await house.hears("go"))[1] == ("c", "C")
    mentions = [one.mentions for one in await house.events(Said) if isinstance(one, Said)]
    start = text.index("c")
    at = start - 1 if "@" in text else start
    assert mentions[1] == (Mention(participant="agent:c", start=at, end=start + 1),)


@pytest.mark.parametrize("said_", [Said(text="@c look", result="call-1"), Said(text="```\n@c\n```")])
async def test_c48_what_a_program_printed_addresses_nobody(said_: Said):
    async def acts(turn: Turn) -> Acts:
        yield said_

    agents = [Plain("a", acts), says("b", "B"), says("c", "C")]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_turns(2)))
    assert (await house.hears("go"))[1] == ("b", "B")


async def test_c48_an_agent_says_itself_whom_it_addresses():
    async def acts(turn: Turn) -> Acts:
        yield Said(text="You there", mentions=(Mention(participant="agent:c", start=0, end=3),))

    agents = [Plain("a", acts), says("b", "B"), says("c", "C")]
    house = House(Team(agents=agents, speakers=round_robin, termination=max_turns(2)))
    assert (await house.hears("go"))[1] == ("c", "C")


async def test_c48_a_graph_binds_the_mentions_of_agents_and_not_those_of_people():
    graph = along({"a": ["b"], "b": ["c"], "c": []})
    agents = [says("a", "@c look", "A2"), says("b", "@c look"), says("c", "C1", "C2")]
    house = House(Team(agents=agents, speakers=graph))
    assert await house.hears("go") == [("a", "@c look"), ("b", "@c look"), ("c", "C1")]
    assert (await house.transcript()).floor.past[2].rung == "mentioned"
    assert (await house.hears("@c and you?"))[0] == ("c", "C2")


@pytest.mark.parametrize("ends", [said("TERMINATE"), max_turns(2)])
async def test_c38_a_message_during_a_later_turn_does_not_hide_that_the_turn_ends_the_exchange(ends: Termination):
    bell = Bell()
    agents = [says("a", "A"), last_words("Bye. TERMINATE", bell)]
    house = House(Team(agents=agents, speakers=round_robin, termination=ends))
    await house.says("one")
    async with house.running():
        await bell.rung.wait()
        await house.says("two", BOB)
        await let_others()
        bell.go_on.set()
    assert len(await house.stops()) == 1
    assert (await house.talk())[-1] == ("planner", "Now: two")
    transcript = await house.transcript()
    assert (transcript.exchange.messages, transcript.exchange.agent_turns) == (2, 1)
