"""chat.*: what Slack takes, and the names of what it refuses."""

import pytest

from tests.fakes.slack import AGENT_SCOPES
from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import refused

KEY = {"event_type": "tertulia_post", "event_payload": {"id": "room#1/0"}}


async def test_a_post_stands_in_the_channel_under_the_bots_name(place: Place) -> None:
    answer = await place.client.chat_postMessage(channel=place.room, text="Hello")
    (message,) = place.slack.messages(place.room)
    assert (message.ts, message.text, message.user) == (answer["ts"], "Hello", place.app.bot_user)
    assert message.subtype is None


async def test_a_borrowed_face_makes_a_bot_message_without_a_user(place: Place) -> None:
    answer = await place.client.chat_postMessage(
        channel=place.room, text="Hello", username="coder", icon_emoji=":compass:"
    )
    (message,) = place.slack.messages(place.room)
    assert (message.author, message.icons, message.subtype) == ("coder", {"emoji": ":compass:"}, "bot_message")
    assert "user" not in answer["message"]


async def test_a_borrowed_face_needs_its_scope_and_the_refusal_says_which(place: Place) -> None:
    app = place.slack.add_app(name="Coder", scopes=AGENT_SCOPES)
    await place.slack.join(place.room, app.bot_user)
    client = place.client_of(app)
    assert await refused(client.chat_postMessage(channel=place.room, text="x", username="y")) == "missing_scope"
    assert (await client.auth_test()).headers["x-oauth-scopes"] == ",".join(AGENT_SCOPES)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"markdown_text": "a", "text": "b"}, "markdown_text_conflict"),
        ({"markdown_text": "a" * 12_001}, "msg_too_long"),
        ({"text": "a", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "a", "blocks": "no json"}, "invalid_arguments"),
        ({"text": "a", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "a", "attachments": [{"text": "b"}] * 101}, "too_many_attachments"),
        ({"text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        ({"text": "a", "metadata": [1]}, "invalid_metadata_format"),
        ({"text": "a", "metadata": {"event_type": "x", "event_payload": {"y": "z" * 9000}}}, "metadata_too_large"),
        ({"text": "a", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"text": "a", "icon_emoji": "compass"}, "invalid_arguments"),
        ({"text": "a", "icon_url": "compass.png"}, "invalid_arguments"),
        ({"text": "a", "reply_broadcast": "perhaps"}, "invalid_arguments"),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text` argument:UserWarning")
async def test_a_wrong_post_is_refused_by_slacks_name_and_leaves_nothing(
    place: Place, arguments: dict[str, object], error: str
) -> None:
    call = place.client.api_call("chat.postMessage", json={"channel": place.room, **arguments})
    assert await refused(call) == error
    assert not place.slack.messages(place.room)


async def test_a_very_long_text_is_cut_with_a_warning(place: Place) -> None:
    answer = await place.client.chat_postMessage(channel=place.room, text="a" * 40_001)
    assert answer["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(place.slack.messages(place.room)[0].text) == 40_000


async def test_where_a_bot_may_not_post_slack_says_why(place: Place) -> None:
    slack, post = place.slack, place.client.chat_postMessage
    elsewhere = slack.add_channel("T1", "elsewhere", members=[place.ana])
    secret = slack.add_channel("T1", "secret", members=[place.ana], private=True)
    assert await refused(post(channel=elsewhere, text="x")) == "not_in_channel"
    assert await refused(post(channel=secret, text="x")) == "channel_not_found"
    assert await refused(post(channel="C404", text="x")) == "channel_not_found"
    slack.world.channel(place.room).posting_restricted = True
    assert await refused(post(channel=place.room, text="x")) == "restricted_action"
    await slack.archive(place.room, place.ana)
    assert await refused(post(channel=place.room, text="x")) == "is_archived"


async def test_a_persons_id_as_channel_means_the_dm(place: Place) -> None:
    answer = await place.client.chat_postMessage(channel=place.ana, text="psst")
    assert answer["channel"].startswith("D")
    assert answer["channel"] == place.slack.add_dm("T1", [place.ana], [place.app])


async def test_r14_the_same_metadata_twice_makes_two_messages_that_history_can_tell(place: Place) -> None:
    for _ in range(2):
        await place.client.chat_postMessage(channel=place.room, text="x", metadata=KEY)
    with_keys = await place.client.conversations_history(channel=place.room, include_all_metadata=True)
    assert [message["metadata"] for message in with_keys["messages"]] == [KEY, KEY]
    without = await place.client.conversations_history(channel=place.room)
    assert "metadata" not in without["messages"][0]


async def test_a_reply_goes_to_its_root_and_a_replys_ts_is_no_root(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    reply = await place.client.chat_postMessage(channel=place.room, thread_ts=root, text="answer")
    thread = await place.client.conversations_replies(channel=place.room, ts=root)
    assert [message["text"] for message in thread["messages"]] == ["question", "answer"]
    assert thread["messages"][1]["parent_user_id"] == place.ana
    assert thread["messages"][0]["reply_count"] == 1
    nested = place.client.chat_postMessage(channel=place.room, thread_ts=reply["ts"], text="x")
    assert await refused(nested) == "cannot_reply_to_message"


async def test_an_update_takes_text_up_to_4000_characters_and_drops_blocks(place: Place) -> None:
    block = {"type": "markdown", "text": "*a*"}
    ts = (await place.client.chat_postMessage(channel=place.room, text="a", blocks=[block]))["ts"]
    update = place.client.chat_update
    assert await refused(update(channel=place.room, ts=ts, text="a" * 4001)) == "msg_too_long"
    await update(channel=place.room, ts=ts, text="b", blocks=[block])
    (message,) = place.slack.messages(place.room)
    assert message.edited is None
    assert message.blocks[0]["text"] == "*a*"
    await update(channel=place.room, ts=ts, text="a" * 4000)
    assert not message.blocks
    assert message.edited is not None


async def test_only_the_own_token_changes_or_deletes_a_message(place: Place) -> None:
    other = place.slack.add_app(name="Other")
    await place.slack.join(place.room, other.bot_user)
    ts = (await place.client.chat_postMessage(channel=place.room, text="mine"))["ts"]
    client = place.client_of(other)
    assert await refused(client.chat_update(channel=place.room, ts=ts, text="x")) == "cant_update_message"
    assert await refused(client.chat_delete(channel=place.room, ts=ts)) == "cant_delete_message"
    assert await refused(client.chat_delete(channel=place.room, ts="1700000000.000001")) == "message_not_found"
    await place.client.chat_delete(channel=place.room, ts=ts)
    assert all(message.ts != ts for message in place.slack.messages(place.room))


async def test_an_update_in_an_archived_channel_is_inactive(place: Place) -> None:
    ts = (await place.client.chat_postMessage(channel=place.room, text="mine"))["ts"]
    await place.slack.archive(place.room, place.ana)
    assert await refused(place.client.chat_update(channel=place.room, ts=ts, text="x")) == "is_inactive"


async def test_a_deleted_root_with_replies_stays_as_a_tombstone(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "secret")
    await place.client.chat_postMessage(channel=place.room, thread_ts=root, text="answer")
    await place.slack.delete(place.room, root)
    thread = await place.client.conversations_replies(channel=place.room, ts=root)
    assert [message.get("subtype") for message in thread["messages"]] == ["tombstone", None]
    assert "secret" not in str(thread.data)


async def test_an_ephemeral_is_seen_by_one_member_and_told_to_nobody(place: Place) -> None:
    stranger = place.slack.add_user("T1", "carla")
    await place.client.chat_postEphemeral(channel=place.room, user=place.ana, text="only you")
    assert [message.text for message in place.slack.ephemerals(place.room, place.ana)] == ["only you"]
    assert not place.slack.ephemerals(place.room, place.ben)
    assert not place.slack.deliveries
    call = place.client.chat_postEphemeral(channel=place.room, user=stranger, text="x")
    assert await refused(call) == "user_not_in_channel"


async def test_a_permalink_names_team_channel_and_message(place: Place) -> None:
    ts = await place.slack.say(place.room, place.ana, "x")
    answer = await place.client.chat_getPermalink(channel=place.room, message_ts=ts)
    assert answer["permalink"].endswith(f"/archives/{place.room}/p{ts.replace('.', '')}")


async def test_attachments_previews_and_broadcasts_are_kept(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "question")
    await place.client.chat_postMessage(
        channel=place.room,
        thread_ts=root,
        reply_broadcast=True,
        attachments=[{"text": "a"}],
        text="x",
        unfurl_links=False,
        unfurl_media=False,
        icon_url="https://example.com/a.png",
    )
    message = place.slack.messages(place.room)[-1]
    assert (message.attachments, message.unfurl_links, message.unfurl_media) == ([{"text": "a"}], False, False)
    assert (message.broadcast, message.icons) == (True, {"image_48": "https://example.com/a.png"})
    wrong = place.client.api_call("chat.postMessage", json={"channel": place.room, "attachments": {"text": "a"}})
    assert await refused(wrong) == "invalid_attachments"


async def test_an_update_can_change_the_metadata(place: Place) -> None:
    ts = str((await place.client.chat_postMessage(channel=place.room, text="a", metadata=KEY))["ts"])
    await place.client.chat_update(channel=place.room, ts=ts, text="b")
    assert place.slack.messages(place.room)[0].metadata == KEY
    other = {**KEY, "event_payload": {"id": "room#2/0"}}
    await place.client.chat_update(channel=place.room, ts=ts, text="b", metadata=other)
    assert place.slack.messages(place.room)[0].metadata == other


async def test_nobody_unknown_gets_an_ephemeral_and_no_link_leads_nowhere(place: Place) -> None:
    unknown = place.client.chat_postEphemeral(channel=place.room, user="U404", text="x")
    assert await refused(unknown) == "user_not_found"
    nowhere = place.client.chat_getPermalink(channel=place.room, message_ts="1.2")
    assert await refused(nowhere) == "message_not_found"
