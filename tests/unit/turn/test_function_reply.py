"""Plain functions as agents and replies: what they take, and what they may give back."""

import asyncio
import threading

import pytest
from msgspec.structs import replace

from agents import (
    SILENCE,
    Acts,
    Noted,
    Said,
    Team,
    Transcript,
    Turn,
    WrongUse,
    assistant,
    function_agent,
    max_turns,
    when,
)
from agents.log.files import NamedFile
from agents.log.transcript import Message
from agents.ports import ModelMessage
from agents.testing import until
from agents.turn.conversable import Conversable
from agents.turn.function_reply import answering_with
from agents.turn.ready_made import profile_of
from agents.turn.threads import call_aside
from tests.unit.house import ANA, BOB, House, Plain, says

BOARD = NamedFile(name="board.png", media_type="image/png", content=b"pixels")


def house_of(function: object, *others: object) -> House:
    return House(Team(agents=[function_agent("a", function), *others], termination=max_turns(1)))  # type: ignore[arg-type, list-item]


async def said_by(function: object) -> tuple[House, list[Message]]:
    """What a function agent says to Ana's message, in a room where Bob is too."""
    house = house_of(function, says("b"))
    await house.says("hello", BOB)
    await house.hears("@a go")
    return house, [one for one in (await house.transcript()).messages if one.by == "agent:a"]


async def test_c57_a_function_returns_a_said_with_names_that_are_read_as_meant():
    house, (message,) = await said_by(lambda transcript: Said(text="psst", audience=("Ana", "b"), handoff="b"))
    assert message.audience == (ANA.id, "agent:b")
    assert message.handoff == "agent:b"
    assert await house.stops() == ["The limit of 1 turns is reached."]


async def test_c57_one_name_as_the_audience_is_one_name():
    _, (message,) = await said_by(lambda transcript: Said(text="psst", audience="Ana"))  # type: ignore[arg-type]
    assert message.audience == (ANA.id,)


async def test_c57_a_file_whose_content_is_no_bytes_stops_the_room_with_a_sentence():
    def texts_for_bytes(transcript: Transcript) -> NamedFile:
        return replace(BOARD, content="pixels")

    house = house_of(texts_for_bytes)
    assert await house.hears("go") == []
    (reason,) = await house.stops()
    assert "The content of the file 'board.png' of the function texts_for_bytes is not bytes; text.encode()" in reason


async def test_c57_a_handoff_may_be_to_a_person_by_name_to_an_id_or_to_stop():
    for handoff, meant in (("Bob", BOB.id), (BOB.id, BOB.id), ("stop", "stop")):
        _, (message,) = await said_by(lambda transcript, handoff=handoff: Said(text="over", handoff=handoff))
        assert message.handoff == meant


async def test_c57_a_list_is_said_one_after_the_other():
    _, messages = await said_by(lambda transcript: ["one", Said(text="two"), "three"])
    assert [message.text for message in messages] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (BOARD, [("", ["board.png"])]),
        (["Look.", BOARD], [("Look.", ["board.png"])]),
        ((Said(text="Two."), BOARD, replace(BOARD, name="other.png")), [("Two.", ["board.png", "other.png"])]),
        ([BOARD, "Then words."], [("", ["board.png"]), ("Then words.", [])]),
        (["One.", BOARD, "Two."], [("One.", ["board.png"]), ("Two.", [])]),
    ],
)
async def test_c57_a_file_is_stored_and_goes_with_the_message_before_it(
    returned: object, said: list[tuple[str, list[str]]]
):
    house, messages = await said_by(lambda transcript: returned)
    assert [(message.text, [file.name for file in message.files]) for message in messages] == said
    (file,) = messages[0].files[:1]
    assert await house.ports.store.files.get(file.sha256) == b"pixels"
    assert (file.media_type, file.size) == ("image/png", 6)


async def test_c57_notes_are_given_on_as_they_are_and_files_pass_them_by():
    given: list[object] = []

    async def collect(turn: Turn) -> Acts:
        reply = answering_with(lambda t: [Noted(key="a", value=1), BOARD, "Two.", noted, BOARD])
        given.extend([event async for event in reply(turn)])
        yield SILENCE

    noted = Noted(key="b", value={"x": [2]})
    await House(Team(agents=[Plain("a", collect)])).hears("go")
    assert [one.key if isinstance(one, Noted) else (one.text, len(one.files)) for one in given] == [  # type: ignore[attr-defined]
        "a", ("", 1), ("Two.", 1), "b",
    ]  # fmt: skip


def by_name(turn):  # type: ignore[no-untyped-def]
    return f"{turn.profile.name} heard {turn.heard.last.text}"


def by_annotation(mine: Turn) -> str:
    return f"{mine.profile.name} heard {mine.heard.last.text}"


def by_written_annotation(mine: "Turn") -> str:
    return f"{mine.profile.name} heard {mine.heard.last.text}"


async def not_plain(turn: Turn) -> str:
    return f"{turn.profile.name} heard {turn.heard.last.text}"


class Object:
    def __call__(self, turn: Turn) -> str:
        return f"{turn.profile.name} heard {turn.heard.last.text}"


@pytest.mark.parametrize("function", [by_name, by_annotation, by_written_annotation, not_plain, Object()])
async def test_c57_a_function_may_take_the_turn_instead_of_the_transcript(function: object):
    assert await house_of(function).hears("hi") == [("a", "a heard hi")]


async def test_c57_a_function_that_does_not_tell_what_it_takes_is_given_the_transcript():
    assert "room='web:lobby'" in (await house_of(str).hears("hi"))[0][1]


@pytest.mark.parametrize(
    "returned", [3, True, {"text": "x"}, ["fine", 3], [["nested"]], [None], SILENCE, object(), b"x", ANA]
)
async def test_c57_anything_else_stops_the_room_with_a_sentence_that_names_the_function(returned: object):
    def wrong(transcript: Transcript) -> object:
        return returned

    house = house_of(wrong)
    assert await house.hears("go") == []
    (reason,) = await house.stops()
    assert reason.startswith("a could not answer: The function wrong returned ")
    assert reason.endswith("return a text, a Said, a Noted, a NamedFile, a list of these, or None.")


@pytest.mark.parametrize("said", [Said(text="x", handoff="bobb"), Said(text="x", audience=("Ana", "bobb"))])
async def test_c57_a_name_that_nobody_has_stops_the_room_with_the_names_there_are(said: Said):
    house, messages = await said_by(lambda transcript: said)
    assert messages == []
    assert await house.stops() == [
        "a could not answer: The function <lambda> names 'bobb', who is not here; present are Bob, Ana, b."
    ]


@pytest.mark.parametrize("function", [lambda: "x", lambda one, two: "x", 3, None, "text"])
def test_c57_a_function_that_does_not_take_one_argument_is_refused_when_the_agent_is_made(function: object):
    with pytest.raises(WrongUse, match="is no function of one argument; let it take the transcript, or the turn"):
        function_agent("a", function)  # type: ignore[arg-type]


async def test_c57_what_a_function_raises_is_a_bug_and_not_its_word():
    def broken(transcript: Transcript) -> str:
        return next(iter(()))

    house = house_of(broken)
    assert await house.hears("go") == []
    assert "An internal error (RuntimeError) stopped the conversation" in (await house.stops())[0]


class Meanwhile:
    """A plain function that waits for what only the event loop can do: fifty heartbeats."""

    def __init__(self) -> None:
        self.beaten = threading.Event()
        self.began = threading.Event()

    def wait(self) -> None:
        self.began.set()
        assert self.beaten.wait(timeout=10), "nothing else ran while the function did"

    async def beat(self) -> None:
        beats = 0
        while beats < 50:
            await asyncio.sleep(0)
            beats += self.began.is_set()
        self.beaten.set()


def agent_of(meanwhile: Meanwhile, place: str) -> Conversable:
    def function(transcript: Transcript) -> str:
        meanwhile.wait()
        return "done"

    def trigger(message: Message | None) -> bool:
        meanwhile.wait()
        return True

    def before_send(said: Said) -> Said:
        meanwhile.wait()
        return said

    def on_messages(messages: list[ModelMessage]) -> list[ModelMessage]:
        meanwhile.wait()
        return messages

    done = answering_with(lambda transcript: "done")
    match place:
        case "function":
            return function_agent("a", function)
        case "reply":
            return assistant("a").with_reply(answering_with(function))
        case "trigger":
            return Conversable(profile=profile_of("a"), replies=(when(trigger, done),))
        case "before_send":
            return Conversable(profile=profile_of("a"), replies=(done,), before_send=before_send)
        case _:
            return assistant("a", on_messages=on_messages)


@pytest.mark.parametrize("place", ["function", "reply", "trigger", "before_send", "on_messages"])
async def test_c52_a_plain_function_that_computes_holds_up_nothing_else(place: str):
    meanwhile = Meanwhile()
    house = House(Team(agents=[agent_of(meanwhile, place)], termination=max_turns(1)), models=["done"])
    async with asyncio.TaskGroup() as group:
        group.create_task(meanwhile.beat())
        assert await house.hears("go") == [("a", "done")]


async def test_c52_a_plain_function_whose_turn_is_cut_off_is_left_to_itself():
    began, let_go, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def waits(transcript: Transcript) -> str:
        loop.call_soon_threadsafe(began.set)
        let_go.wait(timeout=10)
        ended.set()
        return "too late"

    house = house_of(waits)
    await house.says("go")
    async with house.running():
        await began.wait()
        await house.says("@a never mind")
        let_go.set()
    assert ("a", "too late") not in (await house.talk())[:2]
    assert ended.is_set()


def test_c52_a_function_that_outlives_the_event_loop_ends_alone():
    let_go = threading.Event()
    threads: list[threading.Thread] = []

    def outlives(argument: str) -> None:
        threads.append(threading.current_thread())
        let_go.wait(timeout=10)

    async def begin() -> None:
        task = asyncio.create_task(call_aside(outlives, "x"))
        await until(lambda: bool(threads))
        task.cancel()

    asyncio.run(begin())
    let_go.set()
    threads[0].join(timeout=10)
    assert not threads[0].is_alive()


async def test_c52_what_a_function_returns_after_its_turn_was_cut_off_is_dropped():
    let_go = threading.Event()
    begun: list[str] = []
    troubles: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: troubles.append(context))

    def returns_late(argument: str) -> str:
        begun.append(argument)
        let_go.wait(timeout=10)
        return argument

    task = asyncio.create_task(call_aside(returns_late, "x"))
    await until(lambda: bool(begun))
    task.cancel()
    await asyncio.wait({task})
    late = asyncio.create_task(call_aside(returns_late, "y"))
    let_go.set()
    assert await late == "y"
    assert task.cancelled()
    assert troubles == []


@pytest.mark.parametrize("returned", [None, "text", 3])
async def test_c52_a_hook_before_sending_that_returns_no_message_is_named(returned: object):
    def forgets(said: Said) -> object:
        return returned

    agent = Conversable(profile=profile_of("a"), replies=(answering_with(lambda t: "x"),), before_send=forgets)  # type: ignore[arg-type]
    house = House(Team(agents=[agent]))
    assert await house.hears("go") == []
    assert "The hook forgets returned" in (await house.stops())[0]


@pytest.mark.parametrize("returned", [None, "text", [1], [ModelMessage(role="user", text="x"), None]])
async def test_c52_a_hook_on_all_messages_that_returns_none_is_named(returned: object):
    house = House(Team(agents=[assistant("a", on_messages=lambda messages: returned)]), models=["x"])  # type: ignore[arg-type, return-value]
    assert await house.hears("go") == []
    assert await house.stops() == [
        "a could not answer: The hook <lambda> returned no list of messages; on_messages takes one and returns one."
    ]


async def test_c52_hooks_may_be_async():
    async def shout(said: Said) -> Said:
        await asyncio.sleep(0)
        return replace(said, text=said.text.upper())

    async def alone(messages: list[ModelMessage]) -> tuple[ModelMessage, ...]:
        return (messages[-1],)

    house = House(Team(agents=[assistant("a", before_send=shout, on_messages=alone)]), models=["yes"])  # type: ignore[arg-type]
    await house.hears("one")
    assert (await house.talk())[-1] == ("a", "YES")
