"""Payloads that are not as Slack describes them: answered, and nothing of them breaks or waits for ever (R2)."""

import asyncio
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import inbox
from adapters.slack.faces import Voices
from adapters.slack.history import History
from adapters.slack.places import spot_of
from adapters.slack.private_replies import PrivateReplies
from adapters.slack.uploads import Uploads
from agents.people.command_actions import PrivateReply
from agents.ports import Receipt
from agents.testing import MemoryFacts, MemoryReceipts
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import slack_stage

TS = "1800000000.000100"
ODD: tuple[object, ...] = (None, "", "x", {"a": None}, [None])
"""What stands where something else should, in turn."""


def told(world: World) -> list[dict[str, Any]]:
    """Events of every kind that does something."""
    where, who = {"channel": world.channel, "event_ts": TS}, {"user": world.ben}
    said = where | who | {"type": "message", "text": f"{world.named()} hi", "ts": TS, "thread_ts": TS}
    edited = {"text": "more", "ts": TS, "edited": who | {"ts": TS}} | who
    return [
        said | {"files": [{"id": "F1", "name": "a", "size": 3, "url_private": "https://x/", "mimetype": "a/b"}]},
        where | {"type": "message", "subtype": "message_changed", "message": edited, "previous_message": said},
        where | {"type": "message", "subtype": "message_deleted", "deleted_ts": TS, "previous_message": said},
        where | who | {"type": "reaction_added", "reaction": "hand", "item": {"channel": world.channel, "ts": TS}},
        where | who | {"type": "agent_session_stopped", "thread_ts": TS},
        where | who | {"type": "member_joined_channel"},
        {"type": "channel_rename", "channel": {"id": world.channel, "name": "data-team"}, "event_ts": TS},
    ]


def places(shape: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in shape.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from places(value, (*above, key))  # pyright: ignore[reportUnknownArgumentType]


def changed(shape: dict[str, Any], place: tuple[str, ...], odd: object) -> dict[str, Any]:
    whole = part = copy.deepcopy(shape)
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = odd
    return whole


async def test_r2_r6_whatever_stands_in_an_event_it_is_answered_and_none_is_stuck(
    folder: Path, caplog: pytest.LogCaptureFixture
):
    async with workspace(folder) as world, world.served() as stands:
        number = 0
        for event in told(world):
            for place in places(event):
                number += 1
                odd = changed(event, place, ODD[number % len(ODD)])
                body = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}", "event": odd}
                assert (await stands.intake.take("", body)).status == 200
        async with asyncio.timeout(30):
            await stands.inbox.drained()
        assert [one.getMessage() for one in caplog.records if one.exc_info] == []
        assert world.house is not None
        assert await world.house.ports.store.facts.items(inbox.NAMESPACE) == {}


async def test_r26_a_bug_with_one_note_keeps_no_other_from_being_told(caplog: pytest.LogCaptureFixture):
    class Receipts(MemoryReceipts):
        async def claim(self, key: str) -> Receipt:
            if key.endswith("first"):
                raise RuntimeError("a bug")
            return await super().claim(key)

    async with slack_stage() as stage:
        voices, records = Voices(lambda team: stage.apps, MemoryFacts()), MemoryFacts()
        private_replies = PrivateReplies(voices, Uploads(records, History(voices), stage.clock), Receipts())
        telling = asyncio.create_task(private_replies.run())
        ana = stage.ana.rpartition("/")[2]
        for key in ("first", "second"):
            private_replies.later(
                ana, spot_of(stage.room), PrivateReply(text=f"The {key}."), key=key, heard=stage.apps.host
            )
        async with asyncio.timeout(10):
            await private_replies.drained()
        telling.cancel()
        assert [one.text for one in stage.slack.ephemerals(stage.channel, ana)] == ["The second."]
        assert "A bug kept a private reply" in caplog.text
