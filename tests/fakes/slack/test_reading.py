"""conversations.*, users.*, usergroups.*, reactions.*: what a bot can look up and do beside writing."""

import pytest

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import refused


async def test_history_comes_newest_first_in_pages_and_without_replies(place: Place) -> None:
    first, *_ = [await place.slack.say(place.room, place.ana, str(number)) for number in range(5)]
    await place.slack.say(place.room, place.ben, "a reply", thread_ts=first)
    history = place.client.conversations_history
    page = await history(channel=place.room, limit=3)
    assert ([one["text"] for one in page["messages"]], page["has_more"]) == (["4", "3", "2"], True)
    rest = await history(channel=place.room, limit=3, cursor=page["response_metadata"]["next_cursor"])
    assert ([one["text"] for one in rest["messages"]], rest["has_more"]) == (["1", "0"], False)


async def test_a_window_has_open_or_closed_edges(place: Place) -> None:
    one, _, three = [await place.slack.say(place.room, place.ana, text) for text in ("one", "two", "three")]

    async def between(inclusive: bool) -> list[str]:
        answer = await place.client.conversations_history(
            channel=place.room, oldest=one, latest=three, inclusive=inclusive
        )
        return [message["text"] for message in answer["messages"]]

    assert await between(False) == ["two"]
    assert await between(True) == ["three", "two", "one"]


async def test_wrong_windows_cursors_and_threads_are_refused(place: Place) -> None:
    history = place.client.conversations_history
    for edge in ("oldest", "latest"):
        assert await refused(history(channel=place.room, **{edge: "yesterday"})) == f"invalid_ts_{edge}"
    for cursor in ("!", "bmV4dDp4", "b3RoZXI6MQ=="):
        assert await refused(history(channel=place.room, cursor=cursor)) == "invalid_cursor"
    assert await refused(place.client.conversations_replies(channel=place.room, ts="1.2")) == "thread_not_found"
    elsewhere = place.slack.add_channel("T1", "elsewhere", members=[place.ana])
    assert await refused(history(channel=elsewhere)) == "not_in_channel"
    place.slack.install(place.app, "T1", ["groups:history"])
    assert await refused(place.client_of(place.app).conversations_history(channel=place.room)) == "missing_scope"


async def test_conversations_are_listed_by_kind_with_what_the_bot_may_know(place: Place) -> None:
    slack = place.slack
    slack.add_channel("T1", "secret", members=[place.ana], private=True)
    known = slack.add_channel("T1", "known", members=[place.ana], apps=[place.app], private=True)
    old = slack.add_channel("T1", "old")
    dm = slack.add_dm("T1", [place.ana], [place.app])
    group = slack.add_dm("T1", [place.ana, place.ben], [place.app])
    await slack.archive(old, place.ana)
    listed = await place.client.conversations_list(
        types="public_channel,private_channel,im,mpim", exclude_archived=True
    )
    assert [channel["id"] for channel in listed["channels"]] == [place.room, known, dm, group]
    assert listed["channels"][2]["user"] == place.ana
    assert listed["channels"][3]["name"].startswith("mpdm-")
    assert await refused(place.client.conversations_list(types="thread")) == "invalid_types"
    info = (await place.client.conversations_info(channel=place.room))["channel"]
    assert (info["name"], info["is_member"], info["num_members"]) == ("data-team", True, 3)
    members = (await place.client.conversations_members(channel=place.room))["members"]
    assert members == [place.ana, place.ben, place.app.bot_user]


async def test_a_bot_is_told_which_conversations_it_is_in(place: Place) -> None:
    slack, mine = place.slack, place.client.users_conversations
    slack.add_channel("T1", "elsewhere", members=[place.ana])
    old = slack.add_channel("T1", "old", apps=[place.app])
    dm = slack.add_dm("T1", [place.ana], [place.app])
    await slack.archive(old, place.ana)
    joined = (await mine(types="public_channel,im", exclude_archived=True))["channels"]
    assert [(channel["id"], "is_member" in channel) for channel in joined] == [(place.room, False), (dm, False)]
    assert [channel["id"] for channel in (await mine())["channels"]] == [place.room, old]
    place.slack.install(place.app, "T1", ["channels:read"])
    assert await refused(place.client_of(place.app).users_conversations(types="im")) == "missing_scope"


async def test_a_thread_is_read_from_its_root_and_a_root_tells_of_its_replies(place: Place) -> None:
    root, *replies = [await place.slack.say(place.room, place.ana, "root")]
    for user, broadcast in ((place.ana, False), (place.ben, True), (place.ben, False)):
        replies.append(await place.slack.say(place.room, user, "reply", thread_ts=root, broadcast=broadcast))
    thread = await place.client.conversations_replies(channel=place.room, ts=root, oldest=replies[0])
    assert [one["ts"] for one in thread["messages"]] == [root, *replies[1:]]
    shown = (await place.client.conversations_history(channel=place.room))["messages"]
    assert [one["ts"] for one in shown] == [replies[1], root]
    told = [shown[1][key] for key in ("reply_count", "reply_users_count", "latest_reply")]
    assert (told, shown[0]["subtype"]) == ([3, 2, replies[2]], "thread_broadcast")


async def test_a_bot_joins_public_channels_and_leaves_again(place: Place) -> None:
    elsewhere = place.slack.add_channel("T1", "elsewhere", members=[place.ana])
    join, leave = place.client.conversations_join, place.client.conversations_leave
    assert (await join(channel=elsewhere))["channel"]["is_member"] is True
    assert (await join(channel=elsewhere))["warning"] == "already_in_channel"
    await leave(channel=elsewhere)
    assert (await leave(channel=elsewhere))["not_in_channel"] is True
    await place.slack.archive(elsewhere, place.ana)
    assert await refused(join(channel=elsewhere)) == "is_archived"
    secret = place.slack.add_channel("T1", "secret", apps=[place.app], private=True)
    assert await refused(join(channel=secret)) == "method_not_supported_for_channel_type"


async def test_a_dm_is_opened_once_for_the_same_people(place: Place) -> None:
    opening = place.client.conversations_open
    one = (await opening(users=place.ana))["channel"]["id"]
    assert (await opening(users=[place.ana], return_im=True))["channel"]["is_im"] is True
    assert (await opening(channel=one))["channel"]["id"] == one
    group = (await opening(users=[place.ana, place.ben]))["channel"]["id"]
    assert len({one, group}) == 2
    assert await refused(opening(users="U404")) == "user_not_found"
    assert await refused(opening(users=",")) == "users_list_not_supplied"
    assert await refused(opening(users=["U404"] * 9)) == "too_many_users"
    place.slack.world.user("T1", place.ben).deleted = True
    assert await refused(opening(users=place.ben)) == "user_disabled"


async def test_users_bots_groups_and_the_team_are_known_by_id(place: Place) -> None:
    client = place.client
    group = place.slack.add_user_group("T1", "approvers", [place.ana])
    assert (await client.users_info(user=place.ana))["user"]["profile"]["display_name"] == "ana"
    assert (await client.users_info(user=place.app.bot_user))["user"]["is_bot"] is True
    assert await refused(client.users_info(user="U404")) == "user_not_found"
    assert len((await client.users_list())["members"]) == 3
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["users"] == [place.ana]
    assert (await client.usergroups_users_list(usergroup=group))["users"] == [place.ana]
    assert await refused(client.usergroups_users_list(usergroup="S404")) == "no_such_subteam"
    place.slack.world.groups[group].enabled = False
    assert (await client.usergroups_list())["usergroups"] == []
    assert (await client.bots_info(bot=place.app.bot_id))["bot"]["app_id"] == place.app.app_id
    assert "bot" not in (await client.bots_info()).data
    assert await refused(client.bots_info(bot="B404")) == "bot_not_found"
    assert (await client.team_info())["team"]["id"] == "T1"


async def test_a_bot_reacts_once_and_takes_it_back_once(place: Place) -> None:
    ts = await place.slack.say(place.room, place.ana, "look")
    target = {"channel": place.room, "timestamp": ts, "name": "eyes"}
    add, remove = place.client.reactions_add, place.client.reactions_remove
    await add(**target)
    assert [(one.name, one.users) for one in place.slack.messages(place.room)[0].reactions] == [
        ("eyes", [place.app.bot_user])
    ]
    assert (await place.client.conversations_history(channel=place.room))["messages"][0]["reactions"][0]["count"] == 1
    assert await refused(add(**target)) == "already_reacted"
    await remove(**target)
    assert await refused(remove(**target)) == "no_reaction"
    assert await refused(remove(name="eyes")) == "no_item_specified"
    assert await refused(add(**{**target, "name": ":eyes:"})) == "invalid_name"
    assert await refused(add(**{**target, "timestamp": "1.2"})) == "message_not_found"


@pytest.mark.parametrize(("fate", "error"), [("leave", "not_in_channel"), ("archive", "is_archived")])
async def test_a_bot_cannot_react_where_it_cannot_write(place: Place, fate: str, error: str) -> None:
    ts = await place.slack.say(place.room, place.ana, "look")
    await getattr(place.slack, fate)(place.room, place.app.bot_user)
    assert await refused(place.client.reactions_add(channel=place.room, timestamp=ts, name="eyes")) == error
