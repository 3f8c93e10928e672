"""Who hears what, and what events look like."""

import pytest

from tests.fakes.slack import AGENT_EVENTS, AGENT_SCOPES
from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import Listener, listening


async def test_r4_a_mention_comes_as_message_and_as_app_mention_with_one_ts_and_two_event_ids(
    place: Place, listener: Listener
) -> None:
    ts = await place.slack.say(place.room, place.ana, f"hi <@{place.app.bot_user}>")
    first, second = await listener.body(), await listener.body()
    assert [body["event"]["type"] for body in (first, second)] == ["message", "app_mention"]
    assert [body["event"]["ts"] for body in (first, second)] == [ts, ts]
    assert first["event_id"] != second["event_id"]
    assert (first["team_id"], first["api_app_id"]) == ("T1", place.app.app_id)
    assert first["authorizations"][0]["user_id"] == place.app.bot_user
    assert first["event"]["channel_type"] == "channel"


async def test_an_agents_app_hears_its_mentions_and_dms_only(place: Place) -> None:
    coder = place.slack.add_app(name="Coder", scopes=AGENT_SCOPES, events=AGENT_EVENTS)
    await place.slack.join(place.room, coder.bot_user)
    dm = place.slack.add_dm("T1", [place.ana], [coder])
    async with listening(place.slack, coder) as listener:
        await place.slack.say(place.room, place.ana, "nobody")
        await place.slack.say(place.room, place.ana, f"<@{coder.bot_user}> look")
        await place.slack.say(dm, place.ana, f"<@{coder.bot_user}> psst")
        await place.slack.delivered(coder)
        heard = [(event["type"], event["text"].split()[-1]) for event in listener.heard()]
    assert heard == [("app_mention", "look"), ("message", "psst")]


async def test_a_bot_outside_the_channel_or_without_the_scope_hears_nothing(place: Place) -> None:
    elsewhere = place.slack.add_channel("T1", "elsewhere", members=[place.ana])
    await place.slack.say(elsewhere, place.ana, f"<@{place.app.bot_user}>")
    place.slack.install(place.app, "T1", ["chat:write"])
    await place.slack.say(place.room, place.ana, f"<@{place.app.bot_user}>")
    await place.slack.react(place.room, place.slack.messages(place.room)[0].ts, place.ana, "eyes")
    assert not place.slack.deliveries


async def test_r7_own_posts_come_back_with_and_without_a_face(place: Place) -> None:
    """Bolt drops them, so they are looked at where they leave."""
    await place.client.chat_postMessage(channel=place.room, text=f"I am <@{place.app.bot_user}>")
    await place.client.chat_postMessage(channel=place.room, text="I am coder", username="coder")
    plain, faced = (delivery.payload["event"] for delivery in place.slack.deliveries)
    assert (plain["user"], plain["bot_id"], "subtype" in plain) == (place.app.bot_user, place.app.bot_id, False)
    assert plain["bot_profile"]["app_id"] == place.app.app_id
    assert (faced["subtype"], faced["username"], "user" in faced) == ("bot_message", "coder", False)
    assert {event["type"] for event in (plain, faced)} == {"message"}


async def test_another_apps_post_can_mention_a_bot_also_inside_its_blocks(place: Place, listener: Listener) -> None:
    other = place.slack.add_app(name="Other", events=())
    await place.slack.join(place.room, other.bot_user)
    user = {"type": "user", "user_id": place.app.bot_user}
    section = {"type": "rich_text_section", "elements": [user]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    await place.client_of(other).chat_postMessage(channel=place.room, text="look", blocks=blocks)
    await place.slack.say_as_app(place.room, other, f"<@{place.app.bot_user}|tertulia>")
    await place.slack.delivered()
    mentions = [event for event in listener.heard() if event["type"] == "app_mention"]
    assert [event["bot_id"] for event in mentions] == [other.bot_id] * 2


async def test_edits_deletes_and_unfurls_nest_what_was_and_what_is(place: Place, listener: Listener) -> None:
    ts = await place.slack.say(place.room, place.ana, "one")
    await place.slack.unfurl(place.room, ts, [{"title": "A page"}])
    await place.slack.edit(place.room, ts, "two")
    await place.slack.delete(place.room, ts)
    await place.slack.delivered()
    _, unfurled, edited, deleted = listener.heard()
    assert [event["subtype"] for event in (unfurled, edited, deleted)] == [
        "message_changed",
        "message_changed",
        "message_deleted",
    ]
    assert "edited" not in unfurled["message"]
    assert (edited["previous_message"]["text"], edited["message"]["text"]) == ("one", "two")
    assert edited["message"]["edited"]["user"] == place.ana
    assert (deleted["deleted_ts"], deleted["previous_message"]["text"]) == (ts, "two")
    assert len({event["ts"] for event in (unfurled, edited, deleted)} - {ts}) == 3


async def test_replies_files_and_broadcasts_say_what_they_are(place: Place, listener: Listener) -> None:
    file = place.slack.add_file("T1", place.ana, "plot.png", b"png")
    root = await place.slack.say(place.room, place.ana, "look", files=[file])
    await place.slack.say(place.room, place.ben, "nice", thread_ts=root, broadcast=True)
    shared, reply = await listener.event(), await listener.event()
    assert (shared["subtype"], shared["files"][0]["mimetype"]) == ("file_share", "image/png")
    assert (reply["subtype"], reply["thread_ts"], reply["parent_user_id"]) == ("thread_broadcast", root, place.ana)


async def test_reactions_come_and_go(place: Place, listener: Listener) -> None:
    ts = await place.slack.say(place.room, place.ana, "look")
    await place.slack.react(place.room, ts, place.ben, "stop_sign")
    await place.slack.unreact(place.room, ts, place.ben, "stop_sign")
    await place.slack.unreact(place.room, ts, place.ben, "stop_sign")
    await place.slack.delivered()
    _, added, removed = listener.heard()
    assert (added["type"], added["reaction"], added["user"]) == ("reaction_added", "stop_sign", place.ben)
    assert added["item"] == {"type": "message", "channel": place.room, "ts": ts}
    assert (removed["type"], removed["item_user"]) == ("reaction_removed", place.ana)


async def test_coming_going_and_the_channels_fate_are_told(place: Place, listener: Listener) -> None:
    carla = place.slack.add_user("T1", "carla")
    slack = place.slack
    await slack.join(place.room, carla, inviter=place.ana)
    await slack.leave(place.room, carla)
    await slack.rename(place.room, "data")
    await slack.archive(place.room, place.ana)
    await slack.unarchive(place.room, place.ana)
    await slack.leave(place.room, place.app.bot_user)
    await slack.say(place.room, place.ana, "alone at last")
    await slack.delivered()
    told = [event.get("subtype") or event["type"] for event in listener.heard()]
    assert told == [
        *("member_joined_channel", "channel_join", "member_left_channel", "channel_leave"),
        *("channel_rename", "channel_archive", "channel_unarchive", "member_left_channel", "channel_left"),
    ]


async def test_a_private_channel_has_events_of_its_own(place: Place, listener: Listener) -> None:
    secret = place.slack.add_channel("T1", "secret", members=[place.ana], apps=[place.app], private=True)
    await place.slack.say(secret, place.ana, "psst")
    await place.slack.rename(secret, "secrets")
    await place.slack.archive(secret, place.ana)
    await place.slack.leave(secret, place.app.bot_user)
    await place.slack.delivered()
    assert [event["type"] for event in listener.heard()] == [
        *("message", "group_rename", "group_archive", "member_left_channel", "group_left")
    ]


async def test_p18_people_of_another_company_carry_their_own_team(place: Place, listener: Listener) -> None:
    eve = place.slack.add_user("T1", "eve", home="T9")
    shared = place.slack.add_channel("T1", "with-acme", members=[place.ana, eve], apps=[place.app])
    await place.slack.say(shared, eve, "hello")
    body = await listener.body()
    assert body["is_ext_shared_channel"] is True
    assert (body["team_id"], body["event"]["user_team"]) == ("T1", "T9")
    assert (await place.client.users_info(user=eve))["user"]["is_stranger"] is True


async def test_p42_two_teams_may_use_equal_channel_ids(place: Place) -> None:
    slack = place.slack
    slack.add_team("T2")
    slack.install(place.app, "T2")
    zoe = slack.add_user("T2", "zoe")
    slack.add_channel("T2", "general", members=[zoe], apps=[place.app], id_=place.room)
    await slack.say(place.room, zoe, "over here", team="T2")
    await place.client_of(place.app, "T2").chat_postMessage(channel=place.room, text="yes")
    assert not slack.messages(place.room, team="T1")
    assert [message.text for message in slack.messages(place.room, team="T2")] == ["over here", "yes"]
    assert {delivery.payload["team_id"] for delivery in slack.deliveries} == {"T2"}
    with pytest.raises(KeyError, match="name the team"):
        slack.messages(place.room)


async def test_r28_a_removed_app_is_told_and_hears_no_more(place: Place, listener: Listener) -> None:
    await place.slack.uninstall(place.app)
    await place.slack.say(place.room, place.ana, "anybody?")
    told = [delivery.payload["event"]["type"] for delivery in place.slack.deliveries]
    assert told == ["app_uninstalled", "tokens_revoked"]
    del listener


async def test_a_home_tab_that_opens_is_told(place: Place, listener: Listener) -> None:
    await place.slack.open_home(place.ana, place.app)
    event = await listener.event()
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", place.ana, "home")


async def test_people_write_only_where_they_are(place: Place) -> None:
    carla = place.slack.add_user("T1", "carla")
    with pytest.raises(ValueError, match="people write only where they are members"):
        await place.slack.say(place.room, carla, "hello")
