"""Reactions that stop a turn, and those that mean something else (R27)."""

from pathlib import Path

import pytest

from agents.log.events import Stopped
from tests.adapters.slack.living import workspace
from tests.adapters.slack.teams import Gate, gate
from tests.adapters.slack.test_receiving import events_in


@pytest.fixture(autouse=True)
def _a_new_gate():
    fresh = Gate()
    gate.reached, gate.go_on = fresh.reached, fresh.go_on


async def test_r27_a_hand_raised_under_what_people_say_to_each_other_is_left_alone(folder: Path):
    async with workspace(folder) as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, "who is for lunch?")
        for user in (world.ana, world.eve):
            await world.slack.react(world.channel, ts, user, "raised_hand")
        await world.settled()
        assert (world.said(), world.whispers(world.ana), world.whispers(world.eve)) == ([], [], [])
        assert await events_in(world, f"slack:T1/{world.channel}/{ts}") == []


@pytest.mark.parametrize("name", ["raised_hand::skin-tone-4", "octagonal_sign"])
@pytest.mark.parametrize("under", ["the question", "the answer"])
async def test_r27_a_hand_raised_under_the_question_or_the_answer_stops_a_running_turn(
    folder: Path, name: str, under: str
):
    async with workspace(folder, team="growing") as world, world.served():
        question = await world.slack.say(world.channel, world.ben, f"{world.named()} write")
        await gate.reached.wait()
        answer = await world.until_said("This is a long beginning")
        await world.slack.react(world.channel, question if under == "the question" else answer.ts, world.ben, name)
        await world.until_said("ben stopped it")
        kept = await events_in(world, f"slack:T1/{world.channel}/{question}")
        assert [one.kind for one in kept if isinstance(one, Stopped)] == ["person"]
