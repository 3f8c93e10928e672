"""The `coding` team in a Slack channel with two people, from the first mention to the end.

Real: the house, SQLite on disk, slack_bolt, slack_sdk and their sockets. Played: Slack, the model and the sandbox.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.scripted_model import ScriptedModel
from agents.log.code_blocks import CodeBlock
from agents.log.events import Said, Stopped, ToolReturned, Usage
from agents.log.files import NamedFile
from agents.ports import ModelRequest, RunResult, Stream
from agents.testing import FakeSandbox, Gate, Gated
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import buttons, texts
from tests.fakes.slack import FakeMessage

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TASK = "plot sin(x) from 0 to 10"
PRIMES = "list the first 20 primes"

Sandboxes = Callable[..., FakeSandbox]


@pytest.fixture(autouse=True)
def _no_model_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


def _ran(block: CodeBlock) -> RunResult:
    if "savefig" in block.code:
        plot = NamedFile(name="sin.png", media_type="image/png", content=PNG)
        output = "saved sin.png: 400 points between -1.00 and 1.00\n"
        return RunResult(status="ok", exit_code=0, output=output, files=(plot,))
    return RunResult(status="ok", exit_code=0, output="2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71\n")


@pytest.fixture
def sandbox_with(monkeypatch: pytest.MonkeyPatch) -> Sandboxes:
    """A sandbox that gives what the script's programs would; with a gate, when it is opened."""

    def made(gate: Gate | None = None) -> FakeSandbox:
        fake = FakeSandbox(_ran if gate is None else lambda block: Gated(gate=gate, result=_ran(block)))

        async def played(*_: object) -> FakeSandbox:
            return fake

        monkeypatch.setattr("bots.wiring._sandbox", played)
        return fake

    return made


class Listening:
    """The script, and every prompt that it was given."""

    def __init__(self) -> None:
        self._script = ScriptedModel(delay=0)
        self.prompts: list[str] = []
        self.window: int | None = None

    @property
    def name(self) -> str:
        return self._script.name

    def price(self, usage: Usage) -> float | None:
        return self._script.price(usage)

    def stream(self, request: ModelRequest) -> Stream:
        self.prompts.append(str(request.messages))
        return self._script.stream(request)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Listening:
    """The model of every agent."""
    listening = Listening()

    async def given(*_: object) -> dict[str, Listening]:
        return {"default": listening}

    monkeypatch.setattr("bots.wiring._models", given)
    return listening


async def _card(world: World) -> tuple[FakeMessage, str]:
    """The card that waits for an approval, and its button."""
    await world.until(lambda: any("Approve" in buttons(one) for one in world.said()))
    card = next(one for one in world.said() if "Approve" in buttons(one))
    labels = {one["text"]["text"]: str(one["action_id"]) for one in world.slack.buttons(world.channel, card.ts)}
    return card, labels["Approve"]


async def _finished(world: World, thread: str, times: int = 1) -> None:
    def is_so() -> bool:
        posts = [one for one in world.said() if one.thread_ts == thread]
        return sum("Finished." in text for one in posts for text in texts(one)) >= times

    await world.until(is_so, seconds=20)


async def test_p1_p26_the_coding_team_plots_in_a_thread_with_the_right_persons_approval_over_a_restart(
    tmp_path: Path, sandbox_with: Sandboxes, model: Listening
):
    sandbox = sandbox_with()
    async with workspace(tmp_path, team="coding", more='[sandbox]\napproval = "always"') as world:
        slack, channel = world.slack, world.channel
        async with world.served():
            root = await slack.say(channel, world.ben, f"{world.named()} {TASK}")
            card, approve = await _card(world)
            await slack.click(world.ben, channel, card.ts, action_id=approve)
            assert "Only an approver" in await world.whispered(world.ben)
            assert sandbox.runs == []
        async with world.served():
            for _ in range(2):
                await slack.click(world.ana, channel, card.ts, action_id=approve)
            await _finished(world, root)
            await world.until(lambda: buttons(card) == ())
            shown = world.said()
            faces = [one.author for one in shown]
            assert list(dict.fromkeys(faces))[:4] == ["planner", "coder", "runner", "reviewer"]
            assert {one.icons.get("emoji") for one in shown if one.author == "planner"} == {":compass:"}
            assert [(one.author, file.name, file.data) for one in shown for file in one.files] == [
                ("runner", "sin.png", PNG)
            ]
            await slack.say(channel, world.ana, PRIMES, thread_ts=root)
            card, approve = await _card(world)
            await slack.click(world.ana, channel, card.ts, action_id=approve)
            await _finished(world, root, 2)
            await world.settled()
        shown = world.said()
        assert {one.thread_ts for one in shown} == {root}
        assert len(sandbox.runs) == 2
        assert (slack.unacked, slack.strays) == ([], [])


async def test_p5_whoever_speaks_up_while_code_runs_is_answered_next_and_stop_ends_the_run(
    tmp_path: Path, sandbox_with: Sandboxes, model: Listening
):
    gate = Gate()
    sandbox = sandbox_with(gate)
    async with workspace(tmp_path, team="coding") as world, world.served():
        root = await world.slack.say(world.channel, world.ben, f"{world.named()} {TASK}")
        await gate.reached.wait()
        await world.slack.say(world.channel, world.ana, "reviewer: mind the axes", thread_ts=root)
        await world.settled()
        gate.open()
        await _finished(world, root)
        assert world.house is not None
        past = (await world.house.rooms.read(f"slack:T1/{world.channel}/{root}")).floor.past
        run = next(number for number, turn in enumerate(past) if turn.speaker == "agent:runner")
        assert (past[run + 1].speaker, past[run + 1].rung) == ("agent:reviewer", "mentioned")
        gate.reached.clear()
        gate.opened.clear()
        await world.slack.say(world.channel, world.ben, f"@planner {PRIMES}", thread_ts=root)
        await gate.reached.wait()
        await world.slack.say(world.channel, world.ana, "!stop", thread_ts=root)
        async with asyncio.timeout(5):
            await world.until_said("Stopped.")
        kept = [one.event for one in await world.house.ports.store.log.read(f"slack:T1/{world.channel}/{root}")]
        assert any(isinstance(one, Stopped) and one.reason == "ana stopped it." for one in kept)
        assert len([one for one in kept if isinstance(one, ToolReturned) and not one.failed]) == 1
        assert len(sandbox.runs) == 2


async def test_p12_a_question_that_is_edited_and_deleted_while_it_is_answered_is_nowhere_afterwards(
    tmp_path: Path, sandbox_with: Sandboxes, model: Listening
):
    gate = Gate()
    sandbox_with(gate)
    async with workspace(tmp_path, team="coding") as world:
        async with world.served():
            cat = await world.slack.say(world.channel, world.ana, "my cat is called Whiskerville")
            root = await world.slack.say(world.channel, world.ben, f"{world.named()} {TASK}")
            await gate.reached.wait()
            read = "".join(model.prompts)
            assert f"@Tertulia {TASK}" in read
            assert "Whiskerville" in read
            await world.slack.edit(world.channel, root, f"{world.named()} or rather of Otherville")
            await world.slack.delete(world.channel, root)
            await world.slack.delete(world.channel, cat)
            await world.settled()
            before = len(model.prompts)
            gate.open()
            await world.until(lambda: any(one.files for one in world.said()))
            await world.slack.say(world.channel, world.ana, "planner: what is it about?", thread_ts=root)
            await world.until(lambda: "what is it about" in "".join(model.prompts))
            await world.settled()
            assert not _shown("".join(model.prompts[before:]))
            for format_ in ("jsonl", "markdown", "html"):
                await world.slack.say(world.channel, world.ana, f"!export {format_}", thread_ts=root)
            direct = world.slack.add_dm("T1", [world.ana], [world.host])
            await world.until(lambda: len(world.said(direct)) == 3)
            exports = [one.files[0].data.decode() for one in world.said(direct)]
            assert all("what is it about" in one and not _shown(one) for one in exports)
            assert world.house is not None
            for room in ("", f"/{root}"):
                kept = await world.house.ports.store.log.read(f"slack:T1/{world.channel}{room}")
                assert not _shown(str([one for one in kept if isinstance(one.event, Said)]))
        files = await asyncio.to_thread(lambda: [one.read_bytes() for one in tmp_path.glob("rooms.db*")])
        assert not _shown(b"".join(files).decode(errors="replace"))


def _shown(text: str) -> bool:
    """Whether something of what was deleted is in it."""
    return f"@Tertulia {TASK}" in text or "ville" in text
