"""C33: one team on one task, from Python: the same object that a channel takes."""

from pathlib import Path

import pytest

import bots
from agents import Team, nested
from agents.errors import WrongUse
from agents.log.events import Stopped
from agents.testing import run_team
from tests.unit.bots.standing import ECHO, NO_MODEL, nowhere, process_as_before  # noqa: F401 (fixtures)
from tests.unit.bots.test_config_loader import written

pytestmark = pytest.mark.usefixtures("nowhere", "process_as_before")


async def test_c33_a_team_of_functions_works_until_its_room_sleeps_and_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, NO_MODEL)
    run = await bots.run(ECHO, "hello")
    assert [message.text for message in run.messages] == ["hello", "You said: hello", "TERMINATE"]
    assert [record.event.kind for record in run.records if isinstance(record.event, Stopped)] == ["termination"]
    assert [record.seq for record in run.records] == list(range(1, len(run.records) + 1))
    shown = capsys.readouterr()
    assert "You said: hello" in shown.out
    assert "The config says: the agents think with m at 127.0.0.1:9" in shown.err


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_c55_run_gives_the_same_value_as_a_run_in_memory(tmp_path: Path) -> None:
    written(tmp_path, NO_MODEL)
    here, in_memory = await bots.run(ECHO, "hello"), await run_team(ECHO, "hello")
    assert type(here) is type(in_memory)
    assert here.speakers == in_memory.speakers
    assert here.stop_reason == in_memory.stop_reason == "closer ended the conversation."


async def test_c33_two_runs_of_one_team_share_nothing_and_keep_nothing(tmp_path: Path) -> None:
    written(tmp_path, NO_MODEL)
    one, other = await bots.run(ECHO, "hello"), await bots.run(ECHO, "hello")
    assert {record.room for record in one.records}.isdisjoint(record.room for record in other.records)
    assert len(one.records) == len(other.records)
    assert names_in(tmp_path) == ["config.toml"]


async def test_a_config_that_is_wrong_is_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "[limit]\n")
    with pytest.raises(WrongUse, match="limits"):
        await bots.run(ECHO, "hello")
    assert capsys.readouterr().out == ""


async def test_a_task_that_is_too_long_is_said_as_one_error_and_not_as_a_group_of_them(tmp_path: Path) -> None:
    written(tmp_path, NO_MODEL)
    with pytest.raises(WrongUse, match="100,000 characters"):
        await bots.run(ECHO, "x" * 100_001)


async def test_what_is_nobodys_sentence_is_raised_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    written(tmp_path, NO_MODEL)
    monkeypatch.setattr("bots.one_task.terminal", lambda redact: broken())
    with pytest.raises(ZeroDivisionError):
        await bots.run(ECHO, "hello")


async def test_a_team_that_opens_rooms_of_its_own_is_run_to_its_end(tmp_path: Path) -> None:
    written(tmp_path, NO_MODEL)
    nest = Team(agents=[nested("society", ECHO)])
    run = await bots.run(nest, "hello")
    assert run.messages[-1].name == "society"
    assert run.messages[-1].text
