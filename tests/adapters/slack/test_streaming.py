"""R19: drafts that grow in Slack's own streams, in edits, or not at all, and end complete whatever happens."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from adapters.slack.places import person_id
from adapters.slack.streams import MOST_OPEN
from agents.log.events import Asked, Said, TurnTaken
from agents.log.participants import SYSTEM, Profile
from agents.ports import Post
from tests.adapters.slack.mortal import Moment, Thread
from tests.adapters.slack.stages import buttons, slack_stage, stage_of_own_apps, texts
from tests.fakes.slack import FakeMessage

FIRST = "Once upon a time there was a river"
SECOND = f"{FIRST} that ran uphill, which surprised"
WHOLE = f"{SECOND} the fish. The end."


@pytest.fixture
async def thread(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Thread]:
    async with slack_stage() as stage:
        thread = Thread(stage, monkeypatch)
        await thread.asked()
        yield thread


def the_only(thread: Thread) -> FakeMessage:
    """The one message of ours there is, which no stream holds open."""
    (message,) = thread.shown()
    assert message.streaming in (None, "stopped")
    return message


def words(message: FakeMessage) -> str:
    return "\n".join(texts(message))


async def test_r19_a_turn_that_answers_one_person_grows_in_a_stream_and_ends_as_any_message(thread: Thread):
    async with thread.process() as process:
        turn = await thread.turn()
        await thread.grown(turn, FIRST)
        (growing,) = thread.shown()
        assert (growing.streaming, growing.author, buttons(growing)) == ("open", "coder", ("Stop",))
        await thread.grown(turn, SECOND)
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    (started,) = thread.calls("chat.startStream")
    reader = thread.stage.ana.rpartition("/")[2]
    assert (started["recipient_user_id"], started["recipient_team_id"]) == (reader, "T1")
    assert (started["username"], started["icon_emoji"]) == ("coder", ":computer:")
    assert [one["markdown_text"] for one in thread.calls("chat.appendStream")] == [SECOND.removeprefix(FIRST)]
    assert [len(thread.calls(f"chat.{one}")) for one in ("stopStream", "update", "postMessage")] == [1, 1, 0]
    done = the_only(thread)
    assert (done.ts, words(done), buttons(done)) == (growing.ts, WHOLE, ())
    assert done.metadata is not None
    assert done.metadata["event_payload"]["id"] == f"{thread.room}#3/1"


STEPS: list[tuple[str, Moment]] = [
    (method, moment)
    for method in ("chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update")
    for moment in ("before", "after")
]


async def killed(thread: Thread, step: tuple[str, Moment]) -> int:
    """Ana's question is answered by a process that dies at that step; the turn."""
    is_at_the_end = step[0] in ("chat.stopStream", "chat.update")
    async with thread.process(dies=step) as process:
        turn = await thread.turn()
        await thread.draft(turn, FIRST + " next")
        if step[0] != "chat.startStream":
            await thread.until(lambda: any(FIRST in one.text for one in thread.shown()))
            await thread.draft(turn, SECOND + " next")
        if is_at_the_end:
            await thread.until(lambda: any(SECOND in one.text for one in thread.shown()))
            await thread.finish(turn, WHOLE)
        await process.dead()
    return turn


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
async def test_r19_the_final_words_are_complete_and_there_once_wherever_the_process_was_killed(
    thread: Thread, step: tuple[str, Moment]
):
    turn = await killed(thread, step)
    if step[0] in ("chat.startStream", "chat.appendStream"):
        await thread.finish(turn, WHOLE)
    await thread.again()
    await thread.again()
    assert words(the_only(thread)) == WHOLE


@pytest.mark.parametrize("step", STEPS[:4], ids=" ".join)
@pytest.mark.parametrize("later", [0.0, 400.0], ids=["soon", "when the stream is dead"])
async def test_r19_a_turn_that_died_with_its_process_is_marked_and_waits_for_no_more_words(
    thread: Thread, step: tuple[str, Moment], later: float
):
    turn = await killed(thread, step)
    thread.stage.clock.advance(later)
    await thread.append(TurnTaken(outcome="crashed"), by=SYSTEM, turn=turn)
    await thread.again()
    if step == ("chat.startStream", "before"):
        assert thread.shown() == []
        return
    message = the_only(thread)
    assert words(message).endswith("\n\n*(interrupted)*")
    assert words(message).startswith(FIRST)
    assert buttons(message) == ()


@pytest.mark.parametrize("step", STEPS[1:4], ids=" ".join)
@pytest.mark.parametrize("later", [0.0, 400.0], ids=["soon", "when the stream is dead"])
async def test_r19_a_turn_whose_words_only_slack_still_knows_keeps_them_and_is_marked_below(
    thread: Thread, step: tuple[str, Moment], later: float
):
    turn = await killed(thread, step)
    thread.stage.clock.advance(later)
    await thread.append(TurnTaken(outcome="crashed"), by=SYSTEM, turn=turn)
    await thread.ports.store.drafts.clear(thread.room)
    await thread.again()
    await thread.again()
    kept, note = thread.shown()
    assert (kept.streaming, buttons(kept)) == ("stopped", ())
    assert words(kept) == (SECOND if step == ("chat.appendStream", "after") else FIRST)
    assert words(note) == "*(interrupted)*"


async def test_r19_the_next_process_lets_a_stream_grow_on_in_edits(thread: Thread):
    turn = await killed(thread, ("chat.startStream", "after"))
    async with thread.process() as process:
        await thread.grown(turn, SECOND)
        (message,) = thread.shown()
        assert message.streaming == "stopped"
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert words(the_only(thread)) == WHOLE
    assert len(thread.calls("chat.startStream")) == 1


async def test_r19_a_stream_left_behind_is_told_from_what_else_stands_in_the_thread(thread: Thread):
    """Other agents' words, posts with a key, and words that begin otherwise."""
    thread.stage.slack.faults.refuse("chat.startStream", "channel_type_not_supported")
    async with thread.process() as process:
        for by, text in (("agent:planner", WHOLE), ("agent:coder", WHOLE)):
            turn = await thread.turn(by)
            await thread.append(Said(text=text), by=by, turn=turn)
            await thread.append(TurnTaken(outcome="said"), by=by, turn=turn)
        await process.lanes.drained()
    host = thread.stage.slack.world.apps[thread.stage.apps.host.app_id]
    root = thread.room.rpartition("/")[2]
    await thread.stage.slack.say_as_app(thread.stage.channel, host, FIRST, thread_ts=root)
    before = [(one.ts, words(one)) for one in thread.shown()]
    thread.stage.slack.faults.clear()
    turn = await killed(thread, ("chat.startStream", "before"))
    await thread.finish(turn, WHOLE)
    await thread.again()
    assert [(one.ts, words(one)) for one in thread.shown()[:-1]] == before
    assert words(thread.shown()[-1]) == WHOLE


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"])
@pytest.mark.parametrize("trouble", ["lose_answer", "lose_request", "server_error", "slow_down"])
async def test_r19_whatever_becomes_of_a_call_the_words_are_complete_and_there_once(
    thread: Thread, method: str, trouble: str
):
    getattr(thread.stage.slack.faults, trouble)(method)
    async with thread.process() as process:
        turn = await thread.turn()
        await thread.grown(turn, FIRST)
        await thread.draft(turn, SECOND + " next")
        await thread.until(lambda: len(thread.stage.slack.requests) > 1)
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert words(the_only(thread)) == WHOLE
    assert thread.stage.slack.faults.struck or method == "chat.appendStream"


@pytest.mark.parametrize("error", ["message_not_in_streaming_state", "stopped_by_user", "msg_too_long"])
@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_r19_a_stream_that_slack_takes_no_more_of_goes_on_in_edits(thread: Thread, method: str, error: str):
    thread.stage.slack.faults.refuse(method, error)
    async with thread.process() as process:
        turn = await thread.turn()
        await thread.grown(turn, FIRST)
        await thread.grown(turn, SECOND)
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert words(the_only(thread)) == WHOLE


async def test_r19_a_long_turn_leaves_its_stream_before_slack_forgets_it(thread: Thread):
    text = FIRST
    async with thread.process() as process:
        turn = await thread.turn()
        for minute in range(8):
            text += f" and minute {minute} went by"
            await thread.grown(turn, text)
            thread.stage.clock.advance(60)
        assert len(thread.calls("chat.stopStream")) == 1
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert 2 < len(thread.calls("chat.appendStream")) < 5
    assert words(the_only(thread)) == WHOLE


async def test_r19_a_stream_that_died_of_silence_is_written_over(thread: Thread):
    async with thread.process() as process:
        turn = await thread.turn()
        await thread.grown(turn, FIRST)
        thread.stage.clock.advance(301)
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert words(the_only(thread)) == WHOLE


@pytest.mark.parametrize("who", ["nobody", "two", "outside a thread"])
async def test_r19_where_no_one_reader_is_known_the_draft_grows_in_edits(monkeypatch: pytest.MonkeyPatch, who: str):
    async with slack_stage() as stage:
        thread = Thread(stage, monkeypatch)
        await thread.asked(top=who == "outside a thread")
        if who == "two":
            ben = stage.slack.add_user("T1", "ben")
            await stage.slack.join(stage.channel, ben)
            await thread.asked(by=person_id("T1", ben))
        if who == "nobody":
            thread.ports = Thread(stage, monkeypatch).ports
        async with thread.process() as process:
            turn = await thread.turn()
            await thread.grown(turn, FIRST)
            await thread.grown(turn, SECOND)
            await thread.finish(turn, WHOLE)
            await process.lanes.drained()
        assert thread.calls("chat.startStream") == []
        assert 1 <= len(thread.calls("chat.update")) <= 2
        assert words(the_only(thread)) == WHOLE


async def test_r13_r19_more_agents_than_slack_has_streams_for_share_them_and_are_never_slowed_down(
    monkeypatch: pytest.MonkeyPatch,
):
    """Three rounds of twelve agents in threads of their own, all under the host app, as fast as they can."""
    async with slack_stage() as stage:
        stage.slack.limits.enforced = True
        posts: dict[str, Post] = {}
        for number in range(36):
            thread = Thread(stage, monkeypatch)
            await thread.asked()
            post = Post(
                key=f"{thread.room}#2/draft",
                room=thread.room,
                by=Profile(id=f"agent:a{number % 12}", name=f"a{number % 12}"),
                text=FIRST,
                partial=True,
                asked_by=stage.ana,
            )
            posts[await stage.platform.post(post)] = post
            if number % 12 == 11:
                for platform_id, draft in posts.items():
                    await stage.platform.edit(platform_id, replace(draft, text=SECOND))
                open_now = [one for one in thread.shown() if one.streaming == "open"]
                assert 0 < len(open_now) <= MOST_OPEN
                for platform_id, draft in posts.items():
                    await stage.platform.edit(platform_id, replace(draft, text=WHOLE, partial=False))
                posts.clear()
        assert stage.slack.limits.refused == []
        shown = [one for one in stage.slack.messages(stage.channel) if one.bot_id]
        assert [(words(one), one.streaming == "open") for one in shown] == [(WHOLE, False)] * 36
        assert 10 < len(stage.slack.called("chat.startStream")) < 36


async def test_r19_a_workspace_that_refuses_streams_is_asked_once(thread: Thread):
    thread.stage.slack.faults.refuse("chat.startStream", "channel_type_not_supported", times=9)
    async with thread.process() as process:
        for _ in range(2):
            turn = await thread.turn()
            await thread.grown(turn, FIRST)
            await thread.finish(turn, WHOLE)
            await process.lanes.drained()
    assert len(thread.calls("chat.startStream")) == 1
    assert [words(one) for one in thread.shown()] == [WHOLE, WHOLE]


async def test_r19_a_workspace_that_cannot_stream_at_all_gets_its_words_as_posts(thread: Thread):
    """As one behind a proxy that knows no such method, and says so with a page of its own."""
    thread.stage.slack.faults.server_error("chat.startStream", status=404, times=9)
    async with thread.process() as process:
        for _ in range(2):
            turn = await thread.turn()
            await thread.grown(turn, FIRST)
            await thread.finish(turn, WHOLE)
            await process.lanes.drained()
    assert len(thread.calls("chat.startStream")) == 1
    assert [words(one) for one in thread.shown()] == [WHOLE, WHOLE]


async def test_r19_an_append_for_which_there_is_no_room_is_left_to_the_next(thread: Thread):
    thread.stage.slack.faults.slow_down("chat.appendStream", 0.5)
    text = FIRST
    async with thread.process() as process:
        turn = await thread.turn()
        await thread.grown(turn, text)
        for number in range(4):
            text += f" and {number}"
            await thread.draft(turn, text + " next")
            await thread.until(lambda: len(thread.calls("chat.appendStream")) > 0)
        await thread.grown(turn, SECOND.replace(FIRST, text))
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert len(thread.calls("chat.stopStream")) == 1
    assert words(the_only(thread)) == WHOLE


async def test_r19_r22_an_agent_with_an_app_of_its_own_streams_by_that_app(monkeypatch: pytest.MonkeyPatch):
    async with stage_of_own_apps() as stage:
        thread = Thread(stage, monkeypatch)
        await thread.asked()
        async with thread.process() as process:
            turn = await thread.turn()
            await thread.grown(turn, FIRST)
            await thread.finish(turn, WHOLE)
            await process.lanes.drained()
        done = the_only(thread)
        assert (done.bot_id, words(done)) == (stage.apps.own["agent:coder"].bot_id, WHOLE)
        assert "username" not in thread.calls("chat.startStream")[0]


@pytest.mark.parametrize("restarts", [False, True])
async def test_r19_r22_the_stream_of_an_app_that_hears_no_clicks_ends_when_a_question_goes_to_the_host(
    monkeypatch: pytest.MonkeyPatch, restarts: bool
):
    async with stage_of_own_apps(app_tokens=False) as stage:
        thread = Thread(stage, monkeypatch)
        await thread.asked()
        async with thread.process() as process:
            turn = await thread.turn()
            await thread.grown(turn, FIRST)
            question = Asked(text="May I go on?", options=("Yes", "No"))
            if not restarts:
                await thread.append(question, turn=turn)
                await process.lanes.drained()
        if restarts:
            await thread.append(question, turn=turn)
            await thread.again()
        drafted, asked = thread.shown()
        assert (drafted.streaming, words(asked)) == ("stopped", "May I go on?")
        assert (buttons(drafted), asked.bot_id) == ((), stage.apps.host.bot_id)


async def test_r18_r19_words_in_a_stream_ring_nobody_however_they_are_cut(thread: Thread):
    danger = "Look at this, everybody: <!channel> and <@U0000001> and @here, <!subteam^S1> now"
    async with thread.process() as process:
        turn = await thread.turn()
        for end in range(36, len(danger), 3):
            await thread.draft(turn, danger[:end])
            await thread.until(lambda: thread.shown())
        await thread.grown(turn, "now")
        (growing,) = thread.shown()
        streamed = growing.text
        await thread.finish(turn, danger)
        await process.lanes.drained()
    sent = str([one.args for one in thread.stage.slack.requests if one.method.startswith("chat.")])
    for alive in ("<!channel>", "<@U0000001>", "@here", "<!subteam^S1>"):
        assert alive not in streamed
        assert alive not in sent


async def test_r19_an_open_fence_grows_in_the_stream_as_if_it_had_never_been_closed(thread: Thread):
    code = (
        f"{FIRST}:\n\n```python\n" + "".join(f"print({number})\n" for number in range(6)) + "```\n\nThat is all of it."
    )
    async with thread.process() as process:
        turn = await thread.turn()
        for number in range(6):
            await thread.grown(turn, code[: code.index(f"print({number})") + 8])
        await thread.grown(turn, code)
        (growing,) = thread.shown()
        assert growing.text == code
        await thread.finish(turn, code)
        await process.lanes.drained()
    assert words(the_only(thread)) == code


async def test_r19_a_text_that_changes_behind_what_was_shown_leaves_the_stream(thread: Thread):
    async with thread.process() as process:
        turn = await thread.turn()
        await thread.grown(turn, FIRST)
        await thread.grown(turn, "Or rather: twice upon a time there was a sea")
        assert "Once" not in words(the_only(thread))
        await thread.finish(turn, WHOLE)
        await process.lanes.drained()
    assert words(the_only(thread)) == WHOLE
