"""The lanes in front of Discord: order, growing messages, and trouble that is one channel's own (D10, D12, D14)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from adapters.discord.payloads import CAPABILITIES
from adapters.discord.platform import CLOSED_FOR
from adapters.discord.rooms import Where
from adapters.shared.lanes import Lanes
from adapters.shared.pace import PaceLimits, Rate
from agents.log.events import Said
from agents.testing import until
from bots.platforms.discord import LIMITS
from tests.adapters.discord.stages import DiscordStage, discord_stage
from tests.fakes.discord.calls import Request
from tests.fakes.discord.values import FakeChannel
from tests.unit.shared.rooms import House

EXECUTE = "POST /webhooks/{webhook_id}/{webhook_token}"
SEND = "POST /channels/{channel_id}/messages"
CHANGE = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"

PLENTY = PaceLimits(room=Rate(count=1000, seconds=1.0), platform=Rate(count=1000, seconds=1.0))
"""So that nothing but Discord's own limits slows the lanes down."""


class Posting(House):
    """A house whose lanes post to Discord. Time is a clock's, for Discord as well."""

    def __init__(self, stage: DiscordStage, limits: PaceLimits, *, streaming: bool = False):
        super().__init__(platform=stage.platform, clock=stage.clock, limits=limits, streaming=streaming)
        self.stage, self.room = stage, stage.room
        stage.clock.set(stage.fake.time.now())
        stage.fake.limits.now = stage.fake.time.now = stage.clock.now

    def lanes(self, most: int = 256) -> Lanes:
        return Lanes(self.outbox(), serves=lambda room: room.startswith("discord:"), most=most)

    async def passes(self, seconds: float, step: float = 0.1) -> None:
        """Let time pass, and whatever is due in it happen."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.advance(step)
            for _ in range(20):
                await asyncio.sleep(0)

    async def drain(self, lanes: Lanes) -> None:
        """Let time pass until everything was posted."""
        async with asyncio.TaskGroup() as group:
            drained = group.create_task(lanes.drained())
            while not drained.done():
                await self.passes(0.1)

    def words(self, channel: FakeChannel | None = None) -> list[str]:
        return [one.content for one in self.stage.messages(channel)]

    def sent(self, route: str) -> list[Request]:
        return [one for one in self.stage.fake.requests if one.route == route]


@asynccontextmanager
async def posting(
    own: tuple[str, ...] = (), limits: PaceLimits = PLENTY, *, streaming: bool = False
) -> AsyncIterator[tuple[Posting, Lanes]]:
    async with discord_stage(own) as stage:
        house = Posting(stage, limits, streaming=streaming)
        async with house.posting() as lanes:
            yield house, lanes


async def several(house: Posting) -> list[str]:
    """What two agents say in turns, some of it in three parts; the first words of all parts."""
    begins: list[str] = []
    for number in range(6):
        speaker = ("agent:coder", "agent:planner")[number % 2]
        paragraphs = [f"{number}{letter} {'word ' * 300}" for letter in ("abc" if number % 3 == 0 else "a")]
        await house.say("\n\n".join(paragraphs), speaker, room=house.room)
        begins += [one.split()[0] for one in paragraphs]
    return begins


@pytest.mark.parametrize("own", [(), ("coder",)])
async def test_d9_at_most_five_messages_and_what_is_longer_comes_whole_in_a_file(own) -> None:
    async with posting(own) as (house, lanes):
        long, longer = [
            "\n\n".join(f"{number} {'word ' * 50}".strip() for number in range(count)) for count in (30, 100)
        ]
        await house.say(long, room=house.room)
        await house.say(longer, room=house.room)
        await house.drain(lanes)
        *parts, last = house.stage.messages()
        assert 4 <= len(parts) <= CAPABILITIES.max_parts
        assert "\n\n".join(one.content for one in parts) == long
        assert longer.startswith(last.content[:100])
        assert [one.content.decode() for one in last.attachments] == [longer]


@pytest.mark.parametrize("own", [(), ("coder", "planner")])
async def test_d10_the_order_is_kept_under_a_bucket_of_five_and_parts_stay_together(own) -> None:
    async with posting(own) as (house, lanes):
        house.stage.fake.limits.limit(SEND if own else EXECUTE, 5, 2.0)
        begins = await several(house)
        await house.drain(lanes)
        assert [one.split()[0] for one in house.words()] == begins
        assert house.stage.fake.limits.exceeded == 0
        times = [one.at for one in house.sent(SEND if own else EXECUTE)]
        assert own or times[5] - times[0] >= 1.9


async def test_d10_the_order_is_kept_under_429s_that_nobody_could_foresee() -> None:
    async with posting() as (house, lanes):
        fake = house.stage.fake
        begins = await several(house)
        fake.faults.too_many(EXECUTE, 1.5, times=3)
        await house.drain(lanes)
        fake.faults.too_many(EXECUTE, 7.0, everywhere=True)
        await house.say("the last", room=house.room)
        await house.drain(lanes)
        assert [one.split()[0] for one in house.words()] == [*begins, "the"]
        early = [later.at - one.at for one, later in pairwise(house.sent(EXECUTE)) if one.status == 429]
        assert len(early) == 4
        assert all(wait >= 1.5 for wait in early)
        assert early[-1] >= 7.0


async def test_d12_a_growing_message_is_edited_at_its_pace_and_ends_with_its_final_words() -> None:
    async with posting(limits=LIMITS, streaming=True) as (house, lanes):
        turn = await house.start_turn(room=house.room)
        for number in range(300):
            await house.draft(turn, f"It grows and grows and grows: {number} ", room=house.room)
            await house.passes(0.1)
        await house.append(Said(text="The end."), turn=turn, room=house.room)
        await house.drain(lanes)
        (message,) = house.stage.messages()
        assert message.content == "The end."
        *growing, _ = house.sent(CHANGE)
        gaps = [later.at - one.at for one, later in pairwise(growing)]
        assert 5 < len(growing) < 30 / 1.2
        assert min(gaps) >= 1.2
        shown = [int(one.json["content"].split()[-1]) for one in growing]
        assert shown == sorted(shown)
        assert shown[-1] > 200


async def test_d12_an_empty_bucket_delays_an_edit_and_then_the_newest_words_are_shown() -> None:
    async with posting(limits=LIMITS, streaming=True) as (house, lanes):
        house.stage.fake.limits.limit(CHANGE, 1, 6.0)
        began, turn = house.clock.now(), await house.start_turn(room=house.room)
        for number in range(300):
            await house.draft(turn, f"It grows and grows and grows: {number} ", room=house.room)
            await house.passes(0.1)
        await house.append(Said(text="The end."), turn=turn, room=house.room)
        await house.drain(lanes)
        assert house.words() == ["The end."]
        assert house.stage.fake.limits.exceeded == 0
        *growing, _ = house.sent(CHANGE)
        assert min(later.at - one.at for one, later in pairwise(growing)) >= 6.0
        for one in growing:  # what was newest at that moment
            assert abs(int(one.json["content"].split()[-1]) - (one.at - began) * 10) <= 10


async def test_d12_a_message_is_edited_so_often_and_no_more() -> None:
    limits = PaceLimits(room=LIMITS.room, platform=LIMITS.platform, draft=1.5, draft_slowest=1.5, drafts=7)
    async with posting(limits=limits, streaming=True) as (house, lanes):
        turn = await house.start_turn(room=house.room)
        for number in range(40):
            await house.draft(turn, f"It grows and grows and grows: {number} ", room=house.room)
            await house.passes(1.5, step=0.5)
        assert len(house.sent(CHANGE)) == 7
        await house.append(Said(text="The end."), turn=turn, room=house.room)
        await house.drain(lanes)
        assert house.words() == ["The end."]


@pytest.mark.parametrize("refused", [False, True])
async def test_d12_after_an_hour_a_message_grows_no_more_and_its_final_words_still_come(refused: bool) -> None:
    async with posting(limits=LIMITS, streaming=True) as (house, lanes):
        turn = await house.start_turn(room=house.room)
        for number in range(15):
            await house.draft(turn, f"It grows and grows and grows: {number} ", room=house.room)
            await house.passes(300, step=30)
        made = house.stage.messages()[0]
        edits = house.sent(CHANGE)
        assert edits
        assert edits[-1].at - edits[0].at < 3300
        if refused:
            house.stage.fake.faults.refuse(CHANGE, 429, 30046)
        await house.append(Said(text="The end."), turn=turn, room=house.room)
        await house.drain(lanes)
        assert house.words()[-1] == "The end."
        assert (made.content == "The end.") is not refused


@pytest.mark.parametrize("trouble", ["503", "500", "30 s", "no answer"])
async def test_d14_trouble_in_one_channel_stops_no_other_and_loses_nothing(trouble: str) -> None:
    async with posting() as (house, lanes):
        faults, other = house.stage.fake.faults, house.stage.guild.add_channel("other")
        data = Where(server=house.stage.guild.id, channel=other.id).room
        webhook = await house.stage.webhooks.of(house.stage.channel.id, "the lobby")
        match trouble:
            case "503" | "500":
                fault = faults.server_error(EXECUTE, int(trouble), times=None, scope=str(webhook.id))
            case "30 s":
                fault = faults.too_many(EXECUTE, 30.0, scope=str(webhook.id))
            case _:
                fault = faults.lose_request(EXECUTE, times=None, scope=str(webhook.id))
        await house.say("stuck", room=house.room)
        await house.say("behind it", room=house.room)
        await until(lambda: fault.struck)
        for number in range(5):
            await house.say(str(number), room=data)
            await until(lambda number=number: len(house.words(other)) == number + 1)
        assert house.words() == []
        fault.stop()
        await house.drain(lanes)
        assert house.words() == ["stuck", "behind it"]
        assert house.refused == []


async def test_d14_what_fails_for_minutes_is_reported_and_what_comes_after_it_is_posted() -> None:
    async with posting() as (house, lanes):
        fault = house.stage.fake.faults.server_error(EXECUTE, 503, times=10)
        began = house.clock.now()
        await house.say("never", room=house.room)
        await house.say("afterwards", room=house.room)
        await house.drain(lanes)
        assert house.words() == ["afterwards"]
        ((post, error),) = house.refused
        assert (post.text, fault.struck) == ("never", 10)
        assert "status 503" in str(error)
        assert house.clock.now() - began > 120


async def test_d15_a_channel_that_forbids_everything_is_not_asked_again_and_again() -> None:
    async with posting() as (house, lanes):
        fake = house.stage.fake
        fake.change_permissions(house.stage.channel, house.stage.host, send_messages=False, manage_webhooks=False)
        for number in range(50):
            await house.say(str(number), room=house.room)
        await house.drain(lanes)
        assert [post.text for post, _ in house.refused] == [str(number) for number in range(50)]
        assert fake.invalid_requests < 10
        fake.change_permissions(house.stage.channel, house.stage.host, send_messages=True)
        house.clock.advance(CLOSED_FOR)
        await house.say("open", room=house.room)
        await house.drain(lanes)
        assert house.words() == ["**coder:** open"]
