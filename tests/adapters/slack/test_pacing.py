"""Places in Slack's limits: what is not needed any more is there for others (R13, R5)."""

import asyncio

import pytest

from adapters.slack.buckets import Buckets
from adapters.slack.calls import Caller
from agents.testing import FakeClock
from tests.adapters.slack.stages import slack_stage


async def test_r13_r5_whoever_does_not_wait_for_a_place_leaves_it_to_others():
    async with slack_stage() as stage:
        clock = FakeClock()
        buckets = Buckets(clock)
        while buckets.take("[slack]", "users.info") == 0:
            pass
        caller = Caller(stage.apps.host.caller.client, buckets, clock, app="[slack]")
        before = buckets.take("[slack]", "users.info")
        for _ in range(50):
            looking = asyncio.create_task(caller.call("users.info", user="U1"))
            await asyncio.sleep(0)
            looking.cancel()
            await asyncio.wait({looking})
        assert buckets.take("[slack]", "users.info") == pytest.approx(before + 0.6)
        assert stage.slack.called("users.info") == []
