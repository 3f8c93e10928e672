"""P27: the script plays the ready-made teams through the real orchestrator; the programs really run where they can."""

import asyncio
import importlib.util
import sys
from pathlib import Path

import pytest

from adapters.scripted_model import TASKS, ScriptedModel
from agents import Team
from agents.log.code_blocks import CodeBlock
from agents.log.events import Answered, Asked, Joined, Said, Stopped
from agents.log.files import NamedFile
from agents.log.participants import short_name
from agents.log.records import Entry
from agents.ports import CodeRun, Ports, RunResult
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from agents.testing import FakeSandbox, memory_ports
from bots.teams.coding import team as coding
from bots.teams.pair import team as pair

ANA = "person:web/ana"
SINE, PRIMES, AVERAGE, SALES, BARS = TASKS


class Interpreter:
    """Runs Python programs of the script itself, which are known and harmless, in this environment."""

    def __init__(self, folder: Path):
        self._folder = folder

    async def check(self) -> None:
        return

    def state(self, room: str) -> str:
        return ""

    async def run(self, run: CodeRun) -> RunResult:
        (block,) = run.blocks
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            block.code,
            cwd=self._folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        files = tuple(
            NamedFile(name=path.name, media_type="image/png", content=path.read_bytes())
            for path in sorted(self._folder.glob("*.png"))
        )
        code = process.returncode or 0
        return RunResult(status="error" if code else "ok", exit_code=code, output=output.decode(), files=files)


class Show:
    """A room in which ana speaks to a team that the script plays."""

    def __init__(self, ports: Ports, team: Team):
        self.ports = ports
        self.rooms = Rooms(ports, lambda name: Binding(team=team))

    async def say(self, text: str) -> None:
        if not await self.ports.store.log.read("web:lobby"):
            await self.append(Joined(participant=ANA, name="Ana"))
        await self.append(Said(text=text))

    async def append(self, event: Joined | Said | Answered) -> None:
        await self.ports.store.log.append("web:lobby", [Entry(event=event, by=ANA)])
        await self.rooms.run("web:lobby")

    async def lines(self) -> list[tuple[str, str]]:
        """Who said what, people too; questions as what their asker said."""
        records = await self.ports.store.log.read("web:lobby")
        return [
            (short_name(record.by), record.event.text) for record in records if isinstance(record.event, Said | Asked)
        ]

    async def speakers(self) -> list[str]:
        return [speaker for speaker, _ in await self.lines()]

    async def stops(self) -> list[Stopped]:
        return [one.event for one in await self.ports.store.log.read("web:lobby") if isinstance(one.event, Stopped)]


def show(team: Team, sandbox: Interpreter | FakeSandbox | None) -> Show:
    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    return Show(memory_ports(models={"default": ScriptedModel(sleep=at_once)}, sandbox=sandbox), team)


def outputs(block: CodeBlock) -> str | RunResult:
    """What the programs print, as they do in the sandbox's image."""
    if "sin.png" in block.code:
        return "saved sin.png: 400 points between -1.00 and 1.00\n"
    if "bars.png" in block.code:
        return f"saved bars.png in {block.code.rpartition(' in ')[2].rstrip(chr(34) + ')')}\n"
    if "sales" in block.code:
        return "best region: west\n"
    if "primes" in block.code:
        return "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71\n"
    if "missing" in block.code:
        return "average of 4 readings: 21.5 (1 missing)\n"
    return RunResult(status="error", exit_code=1, output="ValueError: could not convert string to float: ' n/a'\n")


@pytest.mark.parametrize("task", [SINE, PRIMES, SALES])
async def test_p27_the_coding_team_plays_a_task_from_plan_to_answer(task: str) -> None:
    stage = show(coding, FakeSandbox(outputs))
    await stage.say(task)
    lines = await stage.lines()
    assert [speaker for speaker, _ in lines] == ["ana", "planner", "coder", "runner", "reviewer", "planner"]
    assert "I am a script, not a language model" in lines[1][1]
    assert lines[4][1].startswith("APPROVED")
    assert lines[5][1].startswith("Done: ")
    assert len(await stage.stops()) == 1


async def test_p27_a_program_that_fails_is_mended_before_everybodys_eyes(tmp_path: Path) -> None:
    stage = show(coding, Interpreter(tmp_path))
    await stage.say(AVERAGE)
    lines = await stage.lines()
    assert [speaker for speaker, _ in lines] == [
        "ana", "planner", "coder", "runner", "coder", "runner", "reviewer", "planner"
    ]  # fmt: skip
    assert "execution failed" in lines[3][1]
    assert "21.5" in lines[5][1]
    assert lines[7][1].startswith("Done: ")


async def test_p27_one_task_asks_the_visitor_with_buttons() -> None:
    stage = show(coding, FakeSandbox(outputs))
    await stage.say(BARS)
    records = await stage.ports.store.log.read("web:lobby")
    (asked,) = [record for record in records if isinstance(record.event, Asked)]
    assert isinstance(asked.event, Asked)
    assert asked.event.options == ("teal", "tomato", "gold")
    await stage.append(Answered(question=asked.seq, option="tomato"))
    lines = await stage.lines()
    assert [speaker for speaker, _ in lines if speaker != "ana"] == [
        "planner", "planner", "coder", "runner", "reviewer", "planner"
    ]  # fmt: skip
    assert "its bars in tomato" in lines[-1][1]


@pytest.mark.parametrize("team", [coding, pair], ids=["coding", "pair"])
async def test_p27_other_text_is_answered_once_with_what_the_script_knows(team: Team) -> None:
    stage = show(team, FakeSandbox(outputs))
    await stage.say("What is the meaning of life?")
    _, *answers = await stage.lines()
    ((_, text),) = answers
    assert "I am a script and know these five; set OPENAI_API_KEY or start Ollama for a real model" in text
    assert all(task in text for task in TASKS)
    await stage.say("And of death?")
    assert len(await stage.lines()) == 4
    await stage.say(f"  {PRIMES.upper()}. ")
    assert (await stage.lines())[-1][1].startswith("Done: ")


@pytest.mark.parametrize("task", [SINE, PRIMES, SALES])
async def test_p27_the_pair_plays_a_task_too(task: str) -> None:
    stage = show(pair, FakeSandbox(outputs))
    await stage.say(task)
    lines = await stage.lines()
    assert [speaker for speaker, _ in lines] == ["ana", "coder", "runner", "coder"]
    assert "I am a script, not a language model" in lines[1][1]
    assert lines[3][1].startswith("Done: ")


async def test_p27_the_pair_mends_and_asks(tmp_path: Path) -> None:
    stage = show(pair, FakeSandbox(outputs))
    await stage.say(AVERAGE)
    assert await stage.speakers() == ["ana", "coder", "runner", "coder", "runner", "coder"]
    await stage.say(BARS)
    records = await stage.ports.store.log.read("web:lobby")
    question = next(record.seq for record in records if isinstance(record.event, Asked))
    await stage.append(Answered(question=question, text="gold, please"))
    assert (await stage.lines())[-1][1].startswith("Done: the chart is in bars.png, its bars in gold.")


@pytest.mark.parametrize("team", [coding, pair], ids=["coding", "pair"])
@pytest.mark.parametrize("sandbox", [None, FakeSandbox(unavailable="No Docker engine answers; start Docker.")])
async def test_p27_without_an_engine_the_code_is_shown_and_the_next_task_goes_on(
    team: Team, sandbox: FakeSandbox | None
) -> None:
    stage = show(team, sandbox)
    for task, code in ((PRIMES, "primes = []"), (SINE, "np.linspace")):
        await stage.say(task)
        assert code in (await stage.lines())[-1][1]
        assert "Docker" in (await stage.stops())[-1].reason


@pytest.mark.parametrize("team", [coding, pair], ids=["coding", "pair"])
async def test_p27_an_error_that_the_script_did_not_expect_is_told_and_ends(team: Team) -> None:
    broken = RunResult(status="error", exit_code=1, output="ModuleNotFoundError: No module named 'numpy'\n")
    stage = show(team, FakeSandbox(lambda _: broken))
    await stage.say(SINE)
    lines = await stage.lines()
    assert lines[-1][1].startswith('Not done: the program ended with "ModuleNotFoundError')
    assert len(lines) < 8


@pytest.mark.parametrize("team", [coding, pair], ids=["coding", "pair"])
@pytest.mark.parametrize("task", [SINE, PRIMES, AVERAGE, SALES])
async def test_p27_every_program_does_what_the_script_says(team: Team, task: str, tmp_path: Path) -> None:
    needs = {SINE: ("numpy", "matplotlib"), SALES: ("pandas",)}.get(task, ())
    for module in needs:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is in the sandbox's image, not in this environment")
    stage = show(team, Interpreter(tmp_path))
    await stage.say(task)
    assert (await stage.lines())[-1][1].startswith("Done: ")
