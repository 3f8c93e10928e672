"""The in-memory sandbox beyond its contract: what tests tell it, and what it tells them."""

import asyncio

import pytest

from agents.errors import SandboxUnavailable, WrongUse
from agents.log.code_blocks import CodeBlock
from agents.ports import CodeRun, RunResult
from agents.testing import FakeSandbox, Gate, Gated


def run_of(*codes: str) -> CodeRun:
    return CodeRun(room="test", blocks=tuple(CodeBlock(language="python", code=code) for code in codes))


async def test_without_endings_every_program_succeeds_silently_and_runs_are_kept() -> None:
    sandbox = FakeSandbox()
    assert await sandbox.run(run_of("a", "b")) == RunResult(status="ok", exit_code=0, output="")
    assert sandbox.runs == [run_of("a", "b")]


async def test_a_function_of_the_block_decides_how_it_ends() -> None:
    sandbox = FakeSandbox(lambda block: f"ran {block.code}\n")
    assert (await sandbox.run(run_of("a", "b"))).output == "ran a\nran b\n"


async def test_a_program_that_it_was_not_told_about_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="was not told what this program does; add it: 'b'"):
        await FakeSandbox({"a": "1"}).run(run_of("b"))


async def test_an_unavailable_sandbox_runs_nothing() -> None:
    sandbox = FakeSandbox(unavailable="No engine.")
    for attempt in (sandbox.check(), sandbox.run(run_of("a"))):
        with pytest.raises(SandboxUnavailable, match="No engine"):
            await attempt
    assert sandbox.runs == []


async def test_one_program_can_find_the_sandbox_busy() -> None:
    sandbox = FakeSandbox({"a": SandboxUnavailable("Busy.", busy=True)})
    with pytest.raises(SandboxUnavailable) as caught:
        await sandbox.run(run_of("a"))
    assert caught.value.busy


async def test_a_gated_program_runs_until_its_gate_is_opened() -> None:
    gate = Gate()
    ending = RunResult(status="timeout", exit_code=124, output="late")
    sandbox = FakeSandbox({"a": Gated(gate=gate, result=ending)})
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(sandbox.run(run_of("a")))
        await gate.reached.wait()
        assert not running.done()
        gate.open()
    assert running.result() == ending
