"""Streams, statuses and sessions: what an agent shows while it works."""

import pytest
from slack_sdk.errors import SlackApiError

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import Listener, refused


async def begin(place: Place, **more: object) -> tuple[str, str]:
    root = await place.slack.say(place.room, place.ana, "question")
    answer = await place.client.chat_startStream(
        channel=place.room, thread_ts=root, recipient_team_id="T1", recipient_user_id=place.ana, **more
    )
    return root, str(answer["ts"])


async def test_r19_a_stream_grows_under_the_agents_face_and_ends_with_blocks(place: Place) -> None:
    _, ts = await begin(place, username="coder", icon_emoji=":compass:", markdown_text="One ")
    await place.client.chat_appendStream(channel=place.room, ts=ts, markdown_text="two ")
    message = place.slack.messages(place.room)[-1]
    assert (message.text, message.streaming, message.author) == ("One two ", "open", "coder")
    await place.client.chat_stopStream(channel=place.room, ts=ts, markdown_text="three", blocks=[{"type": "divider"}])
    assert (message.text, message.streaming) == ("One two three", "stopped")
    assert [block["type"] for block in message.blocks] == ["divider"]


async def test_the_sdks_own_stream_helper_works(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    stream = await place.client.chat_stream(
        channel=place.room, thread_ts=root, recipient_team_id="T1", recipient_user_id=place.ana, buffer_size=4
    )
    await stream.append(markdown_text="Hello ")
    await stream.append(markdown_text="world")
    await stream.stop()
    assert place.slack.messages(place.room)[-1].text == "Hello world"
    assert not place.slack.strays


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_user_id": "U404"}, "user_not_found"),
        ({"recipient_team_id": "T404"}, "team_not_found"),
        ({"markdown_text": "a" * 12_001}, "msg_too_long"),
        ({"task_display_mode": "fancy"}, "invalid_arguments"),
        ({"chunks": {"type": "markdown_text"}}, "invalid_chunks"),
        ({"chunks": [{"type": "words"}]}, "invalid_chunks"),
        ({"chunks": ["words"]}, "invalid_chunks"),
        ({"chunks": [{"type": "markdown_text"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "task_update", "id": "1", "title": "a", "status": "done"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "blocks", "blocks": [{"type": "heading"}]}]}, "invalid_blocks"),
    ],
)
async def test_a_stream_begins_only_with_a_recipient_and_right_chunks(
    place: Place, change: dict[str, object], error: str
) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    right = {"recipient_team_id": "T1", "recipient_user_id": place.ana}
    call = place.client.api_call("chat.startStream", json={"channel": place.room, "thread_ts": root, **right, **change})
    assert await refused(call) == error
    assert len(place.slack.messages(place.room)) == 1


async def test_a_dms_stream_needs_a_thread_and_no_recipient(place: Place) -> None:
    dm = place.slack.add_dm("T1", [place.ana], [place.app])
    root = await place.slack.say(dm, place.ana, "question")
    start = place.client.api_call
    assert await refused(start("chat.startStream", json={"channel": dm})) == "invalid_arguments"
    await start("chat.startStream", json={"channel": dm, "thread_ts": root})
    assert place.slack.messages(dm)[-1].streaming == "open"


async def test_chunks_show_tasks_and_plans(place: Place) -> None:
    _, ts = await begin(place, task_display_mode="plan")
    chunks = [
        {"type": "plan_update", "title": "Plan"},
        {"type": "task_update", "id": "1", "title": "Look", "status": "complete"},
        {"type": "markdown_text", "text": "Found."},
        {"type": "blocks", "blocks": [{"type": "divider"}]},
    ]
    await place.client.chat_appendStream(channel=place.room, ts=ts, chunks=chunks)
    message = place.slack.messages(place.room)[-1]
    assert message.text == "Found."
    assert [piece["type"] for piece in message.stream] == ["plan_update", "task_update", "markdown_text", "blocks"]


async def test_a_stream_takes_fifty_blocks(place: Place) -> None:
    _, ts = await begin(place)
    chunk = {"type": "blocks", "blocks": [{"type": "divider"}] * 50}
    await place.client.chat_appendStream(channel=place.room, ts=ts, chunks=[chunk])
    call = place.client.chat_appendStream(channel=place.room, ts=ts, chunks=[chunk])
    assert await refused(call) == "msg_blocks_too_many"


async def test_r19_a_stream_dies_after_five_minutes_whatever_its_traffic(place: Place) -> None:
    _, ts = await begin(place, markdown_text="One ")
    place.slack.clock.advance(290)
    await place.client.chat_appendStream(channel=place.room, ts=ts, markdown_text="two ")
    place.slack.clock.advance(11)
    append = place.client.chat_appendStream(channel=place.room, ts=ts, markdown_text="three")
    assert await refused(append) == "message_not_in_streaming_state"
    assert await refused(place.client.chat_stopStream(channel=place.room, ts=ts)) == "message_not_in_streaming_state"
    message = place.slack.messages(place.room)[-1]
    assert (message.text, message.streaming) == ("One two ", "dead")
    await place.client.chat_update(channel=place.room, ts=ts, text="One two three")
    assert (message.text, message.streaming) == ("One two three", "stopped")


async def test_r19_a_message_that_streams_cannot_be_edited(place: Place) -> None:
    _, ts = await begin(place)
    update = place.client.chat_update(channel=place.room, ts=ts, text="x")
    assert await refused(update) == "streaming_state_conflict"


async def test_a_stream_belongs_to_its_app_and_needs_something_to_say(place: Place) -> None:
    _, ts = await begin(place)
    other = place.slack.add_app(name="Other")
    await place.slack.join(place.room, other.bot_user)
    append = place.client_of(other).chat_appendStream
    assert await refused(append(channel=place.room, ts=ts, markdown_text="x")) == "message_not_owned_by_app"
    assert await refused(place.client.chat_appendStream(channel=place.room, ts="1.2", markdown_text="x")) == (
        "message_not_found"
    )
    assert await refused(place.client.chat_appendStream(channel=place.room, ts=ts)) == "no_text"
    stop = place.client.chat_stopStream(channel=place.room, ts=ts, session_status="tired")
    assert await refused(stop) == "invalid_arguments"
    await place.slack.archive(place.room, place.ana)
    assert await refused(place.client.chat_stopStream(channel=place.room, ts=ts)) == "is_archived"


async def test_r20_a_status_stands_under_the_thread_until_a_post_an_end_or_two_minutes(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    slack, client = place.slack, place.client

    async def set_status(status: str) -> None:
        await client.assistant_threads_setStatus(
            channel_id=place.room, thread_ts=root, status=status, username="coder", loading_messages=["a", "b"]
        )

    await set_status("is thinking")
    shown = slack.status(place.room, root)
    assert shown is not None
    assert (shown.status, shown.username, shown.loading_messages) == ("is thinking", "coder", ("a", "b"))
    await set_status("")
    assert slack.status(place.room, root) is None
    await set_status("is thinking")
    slack.clock.advance(121)
    assert slack.status(place.room, root) is None
    await set_status("is thinking")
    await client.chat_postMessage(channel=place.room, thread_ts=root, text="answer")
    assert slack.status(place.room, root) is None
    assert [one.status for one in slack.statuses] == ["is thinking", "", "is thinking", "is thinking"]


async def test_a_status_needs_a_root_and_at_most_ten_loading_messages(place: Place) -> None:
    call = place.client.assistant_threads_setStatus
    root = await place.slack.say(place.room, place.ana, "question")
    reply = await place.slack.say(place.room, place.ana, "more", thread_ts=root)
    assert await refused(call(channel_id=place.room, thread_ts="1.2", status="x")) == "invalid_thread_ts"
    assert await refused(call(channel_id=place.room, thread_ts=reply, status="x")) == "invalid_thread_ts"
    many = call(channel_id=place.room, thread_ts=root, status="x", loading_messages=["a"] * 11)
    assert await refused(many) == "invalid_arguments"
    elsewhere = place.slack.add_channel("T1", "elsewhere", members=[place.ana])
    assert await refused(call(channel_id=elsewhere, thread_ts=root, status="x")) == "channel_not_found"
    nothing = place.client.api_call("assistant.threads.setStatus", json={"channel_id": place.room, "thread_ts": root})
    assert await refused(nothing) == "invalid_arguments"


async def test_titles_and_prompts_are_checked(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    thread = {"channel_id": place.room, "thread_ts": root}
    await place.client.assistant_threads_setTitle(**thread, title="Plot")
    await place.client.agents_sessions_rename(**thread, title="Plot")
    prompt = {"title": "Go", "message": "Go on"}
    await place.client.assistant_threads_setSuggestedPrompts(**thread, prompts=[prompt])
    call = place.client.assistant_threads_setSuggestedPrompts(**thread, prompts=[prompt] * 5)
    assert await refused(call) == "invalid_arguments"


async def test_r27_stop_tells_the_app_which_streams_it_stopped(place: Place, listener: Listener) -> None:
    root, ts = await begin(place, markdown_text="One ")
    set_status = place.client.agents_sessions_setStatus
    await set_status(channel_id=place.room, thread_ts=root, status="processing", title="Plot")
    assert await place.slack.stop_session(place.room, root, place.ana) == [ts]
    event = next(event for event in [await listener.event() for _ in range(2)] if event["type"] != "message")
    assert (event["thread_ts"], event["user"], event["streaming_message_ts"]) == (root, place.ana, [ts])
    append = place.client.chat_appendStream(channel=place.room, ts=ts, markdown_text="two")
    assert await refused(append) == "stopped_by_user"
    await set_status(channel_id=place.room, thread_ts=root, status="suspended")
    with pytest.raises(ValueError, match="there is no stop button"):
        await place.slack.stop_session(place.room, root, place.ana)


async def test_a_session_has_a_known_status_and_belongs_to_an_agent(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    call = place.client.agents_sessions_setStatus
    thread = {"channel_id": place.room, "thread_ts": root}
    assert await refused(call(**thread, status="busy")) == "invalid_arguments"
    assert await refused(call(**thread, status="active", title="a" * 201)) == "invalid_arguments"
    place.app.events = ("app_mention",)
    answer = await call(**thread, status="processing")
    assert answer["warning"] == "missing_agent_session_stopped_event_subscription"
    place.app.is_agent = False
    with pytest.raises(SlackApiError):
        await call(**thread, status="active")


async def test_r27_each_thread_has_a_stop_button_of_its_own(place: Place) -> None:
    one, two = [await place.slack.say(place.room, place.ana, text) for text in ("one", "two")]
    set_status = place.client.agents_sessions_setStatus
    await set_status(channel_id=place.room, thread_ts=one, status="processing", initiator_user_id=place.ana)
    await set_status(channel_id=place.room, thread_ts=two, status="closed")
    assert await place.slack.stop_session(place.room, one, place.ana) == []
    with pytest.raises(ValueError, match="there is no stop button"):
        await place.slack.stop_session(place.room, two, place.ana)
    wrong = set_status(channel_id=place.room, thread_ts=one, status="active", initiator_user_id="U404")
    assert await refused(wrong) == "user_not_found"


async def test_r27_the_end_of_a_stream_can_end_the_session(place: Place) -> None:
    root, ts = await begin(place, markdown_text="One")
    await place.client.agents_sessions_setStatus(channel_id=place.room, thread_ts=root, status="processing")
    await place.client.chat_stopStream(channel=place.room, ts=ts, session_status="closed")
    assert [status.status for status in place.slack.statuses] == ["processing", "closed"]
    with pytest.raises(ValueError, match="there is no stop button"):
        await place.slack.stop_session(place.room, root, place.ana)
