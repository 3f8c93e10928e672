"""The `coding` team in a Slack channel with two people, and what Slack and the network do to it meanwhile.

Real: the house, SQLite on disk, slack_bolt, slack_sdk and their sockets. Played: Slack, the model and the sandbox.
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from agents.events import Said
from agents.runs import NamedFile, RunResult
from agents.testing import FakeSandbox
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import buttons, texts

MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "100"))
"""How many messages the chaos has."""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TASK = "plot sin(x) from 0 to 10"


@pytest.fixture(autouse=True)
def _no_model_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> FakeSandbox:
    """Whatever is run saves a plot."""
    plot = NamedFile(name="sin.png", media_type="image/png", content=PNG)
    done = RunResult(
        status="ok", exit_code=0, output="saved sin.png: 400 points between -1.00 and 1.00\n", files=(plot,)
    )
    fake = FakeSandbox(lambda block: done)

    async def played(*_: object) -> FakeSandbox:
        return fake

    monkeypatch.setattr("bots.wiring._sandbox", played)
    return fake


async def test_p1_p26_the_coding_team_plots_in_a_thread_with_the_right_persons_approval_over_a_restart(
    tmp_path: Path, sandbox: FakeSandbox
):
    async with workspace(tmp_path, team="coding", more='[sandbox]\napproval = "always"') as world:
        slack, channel = world.slack, world.channel
        async with world.served():
            root = await slack.say(channel, world.ben, f"{world.named()} {TASK}")
            await world.until(lambda: any("Approve" in buttons(one) for one in world.said()))
            card = next(one for one in world.said() if "Approve" in buttons(one))
            labels = {one["text"]["text"]: str(one["action_id"]) for one in slack.buttons(channel, card.ts)}
            approve = labels["Approve"]
            await slack.click(world.ben, channel, card.ts, action_id=approve)
            assert "Only an approver" in world.whispers(world.ben)[0]
            assert sandbox.runs == []
        async with world.served():
            await slack.click(world.ana, channel, card.ts, action_id=approve)
            await slack.click(world.ana, channel, card.ts, action_id=approve)
            await world.until_said("Finished.", thread=root)
            await world.until(lambda: buttons(card) == ())
            await world.settled()
        shown = world.said()
        assert {one.thread_ts for one in shown} == {root}
        faces = [one.author for one in shown]
        assert list(dict.fromkeys(faces))[:4] == ["planner", "coder", "runner", "reviewer"]
        assert {one.icons.get("emoji") for one in shown if one.author == "planner"} == {":compass:"}
        assert [(one.author, file.name, file.data) for one in shown for file in one.files] == [
            ("runner", "sin.png", PNG)
        ]
        assert len(sandbox.runs) == 1
        assert len({"\n".join(texts(one)) for one in shown}) == len(shown)
        assert (slack.unacked, slack.strays) == ([], [])


async def test_p12_a_question_that_is_edited_and_deleted_while_it_is_answered_is_nowhere_afterwards(
    tmp_path: Path, sandbox: FakeSandbox
):
    async with workspace(tmp_path, team="coding") as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, f"{world.named()} {TASK} about Secretville")
        await world.until_said("", thread=ts)
        await world.slack.edit(world.channel, ts, f"{world.named()} {TASK} about Otherville")
        await world.slack.delete(world.channel, ts)
        await world.settled()
        assert world.house is not None
        kept = await world.house.ports.log.read(f"slack:T1/{world.channel}/{ts}")
        words = " ".join(one.event.text for one in kept if isinstance(one.event, Said) and one.by.startswith("person:"))
        assert "ville" not in words


async def test_p31_twenty_agents_worth_of_talk_survives_an_archived_channel_and_a_revoked_agent(tmp_path: Path):
    async with workspace(tmp_path, own=["coder"]) as world, world.served():
        other = world.slack.add_channel("T1", "data-team-2", members=[world.ben], apps=[world.host])
        await world.slack.revoke(world.own["coder"])
        await world.slack.archive(other, world.ana)
        await world.slack.say(world.channel, world.ben, "coder: are you there?")
        await world.slack.say(world.channel, world.ben, "planner: and you?")
        await world.until_said("and you?")


async def test_chaos_every_message_is_answered_once_whatever_becomes_of_connections_and_calls(tmp_path: Path):
    """Resets, closed sockets, 429, lost answers, lost requests, broken servers, redeliveries, restarts."""
    dice = random.Random(5)
    channels = '[[channels]]\nmatch = ["slack:#chaos-*"]\nteam = "tests.adapters.slack.teams:echo"\n'
    async with workspace(tmp_path, more=channels) as world:
        rooms = [
            world.slack.add_channel("T1", f"chaos-{n}", members=[world.ana, world.ben], apps=[world.host])
            for n in range(8)
        ]
        said: list[str] = []
        for part in range(2):
            async with world.served():
                for number in range(part * MESSAGES // 2, (part + 1) * MESSAGES // 2):
                    await _trouble(world, dice)
                    said.append(words := f"Message number {number}.")
                    person = dice.choice((world.ana, world.ben))
                    await world.slack.say(rooms[number % len(rooms)], person, f"{world.named()} {words}")
                    await asyncio.sleep(dice.random() / 200)
            world.slack.faults.clear()
        async with world.served():
            await _until_answered(world, rooms, len(said))
            await world.slack.sockets.redeliver(answered=True)
            await world.settled()
            answers = Counter(text for room in rooms for one in world.said(room) for text in texts(one))
        lost = [words for words in said if answers[f"You said: @Tertulia {words}"] == 0]
        doubled = [words for words in said if answers[f"You said: @Tertulia {words}"] > 1]
        assert (lost, doubled, len(answers)) == ([], [], len(said))


async def _trouble(world: World, dice: random.Random) -> None:
    match dice.randrange(16):
        case 0:
            await world.slack.sockets.drop(dice.choice(("close", "reset", "disconnect")))
        case 1:
            world.slack.faults.slow_down("chat.postMessage", 0.05)
        case 2:
            world.slack.faults.lose_answer("chat.*")
        case 3:
            world.slack.faults.lose_request("chat.*")
        case 4:
            world.slack.faults.server_error("chat.*")
        case 5:
            world.slack.faults.fail_200("chat.postMessage", "internal_error")
        case 6:
            await world.slack.sockets.redeliver(answered=True)
        case _:
            pass


async def _until_answered(world: World, rooms: list[str], count: int) -> None:
    async with asyncio.timeout(60 + count / 5):
        while sum(len(world.said(room)) for room in rooms) < count:
            await world.slack.sockets.redeliver()  # Slack itself waits a minute
            await asyncio.sleep(count / 100)
