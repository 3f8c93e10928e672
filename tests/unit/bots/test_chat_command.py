"""P32: `tertulia chat`, piped and at a terminal."""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.errors import WrongUse
from agents.testing import until
from bots.commands import chat as command
from bots.commands.chat import chat
from bots.wiring import Plan
from tests.unit.bots.standing import ECHO, NO_MODEL, loaded, nowhere, process_as_before  # noqa: F401 (fixtures)

pytestmark = pytest.mark.usefixtures("nowhere", "process_as_before")

TEAM = "tests.unit.bots.standing:ECHO"


class Keyboard(io.TextIOWrapper):
    """Standard input at which a person sits."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard(io.BytesIO("".join(f"{line}\n" for line in lines).encode())))


def piped(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_p32_what_is_piped_in_is_one_message_and_the_room_is_json_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(tmp_path, NO_MODEL)
    piped(monkeypatch, b"one\ntwo\n")
    assert chat(tmp_path / "config.toml", team=TEAM, as_json=True, scripted=False) == 0
    shown = capsys.readouterr()
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert [event["text"] for event in events if event["type"] == "said"] == [
        "one\ntwo", "You said: one\ntwo", "TERMINATE",
    ]  # fmt: skip
    assert "The config says" in shown.err
    assert shown.err.count("Code is shown and not run") <= 1


def test_c5_a_piped_room_that_waits_for_people_ends_with_1_and_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, b"draw a bar chart in a colour I choose")
    assert chat(tmp_path / "none.toml", team="", as_json=False, scripted=True) == 1
    shown = capsys.readouterr()
    assert (shown.out.count("nobody is here to answer"), shown.err.count("nobody is here to answer")) == (1, 0)


@pytest.mark.parametrize("raw", [b"", b" \n\n"])
def test_piping_nothing_says_how_to_pipe_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    piped(monkeypatch, raw)
    with pytest.raises(WrongUse, match="There is nothing to say; pipe a message in"):
        chat(tmp_path / "none.toml", team="", as_json=False, scripted=True)


def test_what_cannot_be_read_is_said_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(tmp_path, NO_MODEL)
    piped(monkeypatch, b"caf\xff")
    assert chat(tmp_path / "config.toml", team=TEAM, as_json=False, scripted=False) == 0
    shown = capsys.readouterr()
    assert "not valid UTF-8" in shown.err
    assert "You said: caf\N{REPLACEMENT CHARACTER}" in shown.out


def test_p16_commands_are_answered_at_the_terminal_and_an_export_is_written_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(tmp_path, NO_MODEL)
    typed(monkeypatch, "/help", "", "   ", "/export jsonl")
    assert chat(tmp_path / "config.toml", team=TEAM, as_json=False, scripted=False) == 0
    shown = capsys.readouterr()
    assert "/stop" in shown.out
    name = shown.out.split("Written to ")[1].splitlines()[0].removesuffix(".")
    assert (tmp_path / name).is_file()
    assert "Ctrl-D ends" in shown.err


def test_what_cannot_be_done_is_one_sentence_and_the_terminal_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(tmp_path, NO_MODEL)
    typed(monkeypatch, "/use nobody", "/status")
    assert chat(tmp_path / "config.toml", team=TEAM, as_json=False, scripted=False) == 0
    shown = capsys.readouterr()
    assert "There is no team 'nobody'" in shown.err
    assert "Traceback" not in shown.err
    assert shown.out.strip()


@asynccontextmanager
async def person(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Somebody at the terminal of a team of functions; what is written to the descriptor is typed."""
    reading, typing = os.pipe()
    with os.fdopen(reading, "rb") as keys:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(keys))
        async with asyncio.TaskGroup() as group:
            ended = group.create_task(command._interactive(loaded(folder, NO_MODEL), Plan(team=ECHO), as_json=False))
            yield typing
            os.close(typing)
            assert await asyncio.wait_for(ended, 30) == 0


async def test_p32_a_conversation_at_the_terminal_is_live_and_goes_on_where_it_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    def shows(text: str) -> bool:
        shown.append(capsys.readouterr().out)
        return text in "".join(shown)

    async with person(tmp_path, monkeypatch) as typing:
        os.write(typing, b"good morning\n")
        await until(lambda: shows("You said: good morning"), within=30)
        await until(lambda: shows("Finished."), within=30)
    shown.clear()
    async with person(tmp_path, monkeypatch) as typing:
        os.write(typing, b"good night\n")
        await until(lambda: shows("You said: good night"), within=30)
        assert "good morning" not in "".join(shown)
