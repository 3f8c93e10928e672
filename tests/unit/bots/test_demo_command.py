"""P27: `tertulia demo` on a machine without an engine, a model or a terminal."""

import asyncio
import json
from pathlib import Path

import pytest

from agents.testing import until
from bots.commands import demo as command
from bots.config import Config, Loaded
from bots.config.tables import StoreTable, WebTable
from tests.unit.bots.standing import nowhere, process_as_before  # noqa: F401 (fixtures)

pytestmark = pytest.mark.usefixtures("nowhere", "process_as_before")


def test_p27_without_an_engine_the_demo_tells_its_conversation_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.demo(scripted=True, port=0, task=None) == 1
    shown = capsys.readouterr()
    assert "The room is open: http://127.0.0.1:" in shown.out
    assert "A script plays the agents" in shown.out
    assert "Code is shown and not run: no Docker engine answers" in shown.err
    path = tmp_path / shown.out.split("Transcript: ")[1].splitlines()[0]
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert events[-1]["type"] == "stopped"
    assert "Picture:" not in shown.out


def test_p27_a_second_demo_tells_only_its_own_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for task in ("plot sin(x) from 0 to 10", "list the first 20 primes"):
        command.demo(scripted=True, port=0, task=task)
    conversation = (tmp_path / ".tertulia" / "demo" / "conversation.jsonl").read_text(encoding="utf-8")
    assert "primes" in conversation
    assert "sin(x)" not in conversation


async def test_p27_at_a_terminal_the_demo_stays_open_until_it_is_told_to_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22 10.0.0.2 22")
    config = Config(store=StoreTable(path="demo.db"), web=WebTable(port=0))
    shown: list[str] = []

    def shows(text: str) -> bool:
        shown.append(capsys.readouterr().out)
        return text in "".join(shown)

    async with asyncio.TaskGroup() as group:
        staying = group.create_task(command._demo(Loaded(config=config), scripted=True, task=None, stays=True))
        await until(lambda: shows("ssh -N -L"), within=30)
        await until(lambda: shows("sin(x)"), within=30)
        assert not staying.done()
        staying.cancel()
        await asyncio.wait([staying], timeout=30)
    assert staying.cancelled()
