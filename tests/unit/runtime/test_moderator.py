"""Turns: the floor is given, written down, and ended, whatever happens."""

import asyncio
from collections.abc import Sequence

import pytest

from agents import Team, assistant, first, mentioned, round_robin
from agents.budget.limits import Limits
from agents.errors import ModelFailed, SandboxUnavailable
from agents.log.events import (
    UNKNOWN,
    Answered,
    Asked,
    Halted,
    Joined,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
    Usage,
)
from agents.log.participants import Mention
from agents.log.records import THIS_TURN, Entry
from agents.ports import Draft, ModelAnswer
from agents.testing import Gate, Partway
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, BOB, LOBBY, Bell, House, Plain, let_others, says

PAIR = (assistant("planner"), assistant("coder"))
MENTIONED = first(mentioned, round_robin)


async def test_a_plain_turn_is_one_append_of_its_start_what_was_said_and_its_end():
    house = House(Team(agents=[says("planner", "Hello.")]))
    await house.says("Hi")
    watch = house.ports.store.log.watch(LOBBY)
    appends: list[list[str]] = []

    async def note(room: str, entries: Sequence[Entry]) -> None:
        appends.append([type(entry.event).__name__ for entry in entries])

    house.before_append(note)
    await house.run()
    assert appends == [["Joined"], ["TurnStarted", "Said", "TurnTaken"]]
    log = await house.log()
    start = next(one for one in log if isinstance(one.event, TurnStarted))
    assert [type(one.event) for one in log[start.seq - 1 :]][:3] == [TurnStarted, Said, TurnTaken]
    assert all(one.turn == start.seq for one in log[start.seq : start.seq + 2])
    await watch.aclose()


async def test_whoever_gets_the_floor_is_told_before_anything_of_the_turn_is_in_the_log():
    seen: list[tuple[str, int, Sequence[object]]] = []

    async def looks(turn: Turn) -> Acts:
        draft = await turn.ports.store.drafts.read(LOBBY)
        assert draft is not None
        seen.append((draft.started.speaker, turn.seq, await house.events(TurnStarted)))
        yield Said(text="I am here.")

    house = House(Team(agents=[Plain("looks", looks)]))
    await house.says("go")
    await house.run()
    assert seen == [("agent:looks", THIS_TURN, [])]
    assert await house.ports.store.drafts.read(LOBBY) is None


async def test_before_a_tool_runs_the_start_of_its_turn_is_in_the_log():
    seen: list[int] = []

    async def calls(turn: Turn) -> Acts:
        yield ToolCalled(call="c", tool="search", arguments="{}")
        (started,) = [one for one in await house.log() if isinstance(one.event, TurnStarted)]
        seen.extend([started.seq, turn.seq])
        yield ToolReturned(call="c", output="found", exit_code=None, files=())

    house = House(Team(agents=[Plain("calls", calls)]))
    await house.says("go")
    await house.run()
    start = seen[0]
    assert seen == [start, start]
    assert [one.turn for one in (await house.log())[start:]] == [start] * 3


async def test_an_alarm_that_rings_before_a_turns_own_time_is_up_ends_nothing(monkeypatch: pytest.MonkeyPatch):
    """One alarm serves all turns of a room, so it may have been set for an earlier one."""
    monkeypatch.setattr("agents.runtime.moderator.monotonic", lambda: 100.0)

    async def slow(turn: Turn) -> Acts:
        await asyncio.sleep(0.05)
        yield Said(text="Done.")

    house = House(Team(agents=[Plain("slow", slow)], limits=Limits(turn_timeout=0.01)))
    await house.says("go")
    await house.run()
    assert await house.outcomes() == ["said"]


async def test_a_turn_whose_time_is_up_while_its_start_is_written_is_written_once():
    async def calls(turn: Turn) -> Acts:
        yield ToolCalled(call="c", tool="search", arguments="{}")
        raise AssertionError("its time was up")

    house = House(Team(agents=[Plain("calls", calls)], limits=Limits(turn_timeout=0.01)))
    await house.says("go")

    async def slow(room: str, entries: Sequence[Entry]) -> None:
        if any(isinstance(entry.event, ToolCalled) for entry in entries):
            await asyncio.sleep(0.05)

    house.before_append(slow)
    await house.run()
    kinds = [type(one.event) for one in await house.log() if one.event is not None]
    assert kinds[kinds.index(TurnStarted) :][:4] == [TurnStarted, ToolCalled, ToolReturned, TurnTaken]
    assert kinds.count(TurnStarted) == 1
    assert await house.outcomes() == ["interrupted"]


async def test_p12_an_edit_that_addresses_an_agent_takes_the_floor_away_as_a_message_does():
    gate = Gate()
    house = House(Team(agents=PAIR[:1]), models=[Partway(first="On and ", then=gate), "That, then."])
    await house.says("do it")
    async with house.running():
        await gate.reached.wait()
        (message,) = (await house.transcript()).messages
        await house.edits(message.seq, "@planner no, do that")
    assert await house.outcomes() == ["interrupted", "said"]
    assert [text for _, text in await house.talk()][-1] == "That, then."


async def test_p12_what_is_edited_while_an_agent_reads_it_is_a_correction_that_is_answered():
    texts: list[str] = []

    async def reads(turn: Turn) -> Acts:
        texts.append(turn.news[-1].text)
        if len(texts) == 1:
            await house.edits(turn.news[-1].seq, "eight")
        yield Said(text=f"{texts[-1]} it is")

    house = House(Team(agents=[Plain("reads", reads)]))
    await house.hears("seven")
    assert texts == ["seven", "eight"]
    transcript = await house.transcript()
    correction = transcript.messages[1]
    assert (correction.text, correction.corrects) == ("eight", transcript.messages[0].seq)
    assert [one.seq for one in transcript.messages] == sorted(one.seq for one in transcript.messages)


async def test_c12_the_start_of_a_turn_says_who_speaks_why_and_what_it_had_read():
    house = House(Team(agents=[says("planner", "Hello.")], speakers=mentioned))
    await house.says("@planner hi")
    await house.run()
    (started,) = await house.events(TurnStarted)
    message = (await house.transcript()).messages[0]
    assert started == TurnStarted(
        speaker="agent:planner", upto=started.upto, rung="mentioned", reason="Ana addressed planner"
    )
    assert started.upto >= message.seq


async def test_a_turn_that_takes_too_long_is_ended_and_says_so():
    bell = Bell()

    async def slow(turn: Turn) -> Acts:
        yield Draft(text="One moment")
        await bell.wait()

    house = House(Team(agents=[Plain("slow", slow)], limits=Limits(turn_timeout=0.01)))
    await house.says("go")
    await house.run()
    transcript = await house.transcript()
    assert transcript.floor.past[0].outcome == "interrupted"
    assert transcript.floor.past[0].detail == "The turn took more than 0 seconds and was ended."
    assert transcript.last.text == "One moment"


async def test_a_timeout_of_the_agents_own_is_a_bug_of_the_agent():
    async def impatient(turn: Turn) -> Acts:
        raise TimeoutError("mine")
        yield

    house = House(Team(agents=[Plain("impatient", impatient)]))
    await house.says("go")
    await house.run()
    assert await house.outcomes() == ["crashed"]
    assert "TimeoutError" in (await house.stops())[0]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModelFailed("The endpoint is down; try later.", kind="server"), "The endpoint is down; try later."),
        (SandboxUnavailable("No engine; start Docker."), "No engine; start Docker."),
    ],
)
async def test_a_failed_turn_pauses_the_room_with_one_sentence_never_in_the_agents_voice(error: Exception, told: str):
    async def failing(turn: Turn) -> Acts:
        raise error
        yield

    house = House(Team(agents=[Plain("failing", failing), says("other", "me?")]))
    await house.says("go")
    await house.run()
    assert await house.stops() == [f"failing could not answer: {told}"]
    assert await house.talk() == [("Ana", "go")]
    assert await house.outcomes() == ["failed"]
    assert (await house.transcript()).floor.past[0].detail == told


async def test_c27_the_cost_of_a_failed_call_is_counted():
    failure = ModelFailed("Cut off.", kind="disconnected", usage=Usage(input_tokens=7, output_tokens=3, usd=0.5))
    house = House(Team(agents=PAIR[:1]), models=[failure])
    await house.says("go")
    await house.run()
    assert (await house.transcript()).usage["agent:planner"] == Usage(input_tokens=7, output_tokens=3, usd=0.5)


async def test_a_bug_in_an_agent_closes_its_turn_as_crashed():
    async def buggy(turn: Turn) -> Acts:
        yield Said(text="Before the bug.")
        raise ZeroDivisionError("oh")

    house = House(Team(agents=[Plain("buggy", buggy)]))
    await house.says("go")
    await house.run()
    past = (await house.transcript()).floor.past[0]
    assert (past.outcome, past.detail) == ("crashed", "ZeroDivisionError('oh')")
    assert (await house.talk())[-1] == ("buggy", "Before the bug.")


async def test_news_that_comes_while_a_crashed_turn_is_closed_does_no_harm():
    async def buggy(turn: Turn) -> Acts:
        yield Draft(text="x")
        raise ZeroDivisionError

    house = House(Team(agents=[Plain("buggy", buggy)]))
    await house.says("go")
    log = house.ports.store.log

    async def halt_first(room: str, entries: Sequence[Entry]) -> None:
        if any(isinstance(one.event, TurnTaken) for one in entries):
            await log.append(room, [Entry(event=Halted(), by=ANA.id)])
            await let_others()

    house.before_append(halt_first)
    await house.run()
    assert await house.outcomes() == ["crashed"]


async def test_what_no_agent_can_cause_is_a_bug_of_the_agent():
    async def usurper(turn: Turn) -> Acts:
        yield Joined(participant="agent:friend", name="Friend")

    house = House(Team(agents=[Plain("usurper", usurper)]))
    await house.says("go")
    await house.run()
    assert "TypeError" in (await house.stops())[0]
    assert "agent:friend" not in (await house.transcript()).present


async def test_c36_an_agent_may_withdraw_a_question_of_its_own():
    async def doubter(turn: Turn) -> Acts:
        for question in turn.transcript.open_questions:
            yield Answered(question=question.seq, text="Never mind.", withdrawn=True)
            return
        yield Asked(text="Which?")

    house = House(Team(agents=[Plain("doubter", doubter)]))
    await house.hears("go")
    await house.hears("@doubter well?", BOB)
    transcript = await house.transcript()
    assert transcript.open_questions == ()
    assert [turn.outcome for turn in transcript.floor.past] == ["asked", "passed"]


@pytest.mark.parametrize("withdrawn", [True, False])
async def test_c36_no_agent_answers_a_question_or_withdraws_that_of_another(withdrawn: bool):
    async def asker(turn: Turn) -> Acts:
        yield Asked(text="Which?")

    async def meddler(turn: Turn) -> Acts:
        (question,) = turn.transcript.open_questions
        yield Answered(question=question.seq, text="Red.", withdrawn=withdrawn)

    house = House(Team(agents=[Plain("asker", asker), Plain("meddler", meddler)]))
    await house.hears("@asker go")
    await house.hears("@meddler go", BOB)
    assert "TypeError" in (await house.stops())[0]
    assert len((await house.transcript()).open_questions) == 1


async def test_stopped_by_an_agent_ends_its_turn_there():
    async def ender(turn: Turn) -> Acts:
        yield Said(text="Bye.")
        yield Stopped(reason="The agent had enough.")
        yield Said(text="And another thing.")

    house = House(Team(agents=[Plain("ender", ender)]))
    assert await house.hears("go") == [("ender", "Bye.")]
    assert await house.stops() == ["The agent had enough."]
    assert await house.outcomes() == ["said"]


async def test_a_result_without_a_call_is_kept_and_disturbs_nobody():
    async def odd(turn: Turn) -> Acts:
        yield ToolReturned(call="none", output="?", exit_code=None, files=())

    house = House(Team(agents=[Plain("odd", odd)]))
    await house.says("go")
    await house.run()
    assert await house.outcomes() == ["passed"]


async def test_drafts_are_shown_while_they_grow_and_cleared_at_the_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("agents.runtime.moderator.DRAFT_SECONDS", 0)
    shown: list[str] = []

    async def slow(turn: Turn) -> Acts:
        for text in ("One", "One two", "One two three"):
            yield Draft(text=text)
            draft = await turn.ports.store.drafts.read(LOBBY)
            shown.append(draft.draft.text if draft else "")
        yield Said(text="One two three four")

    house = House(Team(agents=[Plain("slow", slow)]))
    await house.says("go")
    await house.run()
    assert shown == ["One", "One two", "One two three"]
    assert await house.ports.store.drafts.read(LOBBY) is None


async def test_a_turn_that_a_crash_left_open_is_closed_with_unknown_results():
    house = House(Team(agents=[says("planner", "Again.")]))
    await house.says("go")
    log = house.ports.store.log
    seq = (
        await log.append(
            LOBBY, [Entry(event=TurnStarted(speaker="agent:planner", upto=2, rung="r"), by="agent:planner")]
        )
    )[0].seq
    call = ToolCalled(call="c", tool="search", arguments="{}")
    await log.append(LOBBY, [Entry(event=call, by="agent:planner", turn=seq)])
    await house.run()
    assert await house.returned() == [UNKNOWN]
    assert (await house.outcomes())[0] == "crashed"
    assert (await house.talk())[-1] == ("planner", "Again.")


async def test_c5_asking_ends_the_turn_and_holds_nothing():
    async def asker(turn: Turn) -> Acts:
        if not turn.transcript.questions:
            yield Asked(text="Which?")

    house = House(Team(agents=[Plain("asker", asker)]))
    await house.says("go")
    slept = await house.run()
    assert (await house.transcript()).floor.turn is None
    assert await house.outcomes() == ["asked"]
    assert slept.wake_at is None


async def test_an_answer_without_words_is_a_pass():
    house = House(Team(agents=PAIR[:1]), models=[ModelAnswer(text="  "), ModelAnswer(text="")])
    await house.says("go")
    await house.run()
    assert await house.outcomes() == ["passed"]


async def test_p25_a_message_resolves_to_its_turn_with_model_cost_and_reason():
    house = House(Team(agents=PAIR[:1]), models=["Hello."])
    await house.says("go")
    await house.run()
    transcript = await house.transcript()
    message = transcript.last
    turn = next(one for one in transcript.floor.past if one.seq == message.turn)
    assert (turn.speaker, turn.model, turn.rung) == ("agent:planner", "fake", "round_robin")
    assert turn.usage == Usage(input_tokens=10, output_tokens=5, usd=0.0)
    assert message.mentions == () or isinstance(message.mentions[0], Mention)
