"""Who is thinking, shown in threads: true while it is so, and no longer than Slack can be told (R20, R12)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.slack import status
from adapters.slack.faces import Voices
from adapters.slack.status import Statuses
from agents.testing import FakeClock, MemoryFacts
from tests.adapters.slack.stages import SlackStage, slack_stage
from tests.adapters.slack.test_sending import CODER


@asynccontextmanager
async def shown(stage: SlackStage, threads: int) -> AsyncIterator[tuple[Statuses, list[str], "asyncio.Task[None]"]]:
    """Statuses that run, and roots to show some under."""
    ana = stage.ana.rpartition("/")[2]
    roots = [await stage.slack.say(stage.channel, ana, f"question {number}") for number in range(threads)]
    statuses = Statuses(Voices(lambda team: stage.apps, MemoryFacts()), FakeClock())
    running = asyncio.create_task(statuses.run())
    try:
        yield statuses, roots, running
    finally:
        running.cancel()
        await asyncio.wait({running})


async def until_shown(stage: SlackStage, root: str) -> None:
    async with asyncio.timeout(10):
        while stage.slack.status(stage.channel, root) is None:  # noqa: ASYNC110 - a server without events
            await asyncio.sleep(0.005)


async def test_r20_who_gets_the_floor_back_before_the_end_was_shown_is_still_shown():
    async with slack_stage() as stage, shown(stage, 2) as (statuses, (root, marker), _):
        room = f"{stage.room}/{root}"
        statuses.speaking(room, CODER)
        await until_shown(stage, root)
        statuses.speaking(room, None)
        statuses.speaking(room, CODER)
        statuses.speaking(f"{stage.room}/{marker}", CODER)
        await until_shown(stage, marker)
        assert stage.slack.status(stage.channel, root) is not None


async def test_r12_r20_a_slack_that_does_not_answer_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(status, "CLOSING_SECONDS", 0.05)
    async with slack_stage() as stage, shown(stage, 3) as (statuses, roots, running):
        for root in roots:
            statuses.speaking(f"{stage.room}/{root}", CODER)
            await until_shown(stage, root)
        stage.slack.faults.delay("*setStatus", 10_000, times=100)
        running.cancel()
        done, _ = await asyncio.wait({running}, timeout=5)
        assert done == {running}
        stage.slack.faults.clear()
        stage.clock.advance(10_001)
