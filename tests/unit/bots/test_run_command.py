"""P30, P31: `tertulia run` serves what the config names until it is told to end."""

import asyncio
import logging
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from agents import Team, Transcript, function_agent
from agents.errors import WrongUse
from agents.log.events import Said
from agents.testing import FakeClock, until
from bots.bindings import HERE
from bots.commands import run as command
from bots.surfaces import faces
from bots.wiring import Plan, open_house
from tests.unit.bots.standing import ANA, NO_MODEL, loaded, nowhere, process_as_before  # noqa: F401 (fixtures)
from tests.unit.bots.test_config_loader import written

pytestmark = pytest.mark.usefixtures("nowhere", "process_as_before")

STARTED = asyncio.Event()


async def _never(transcript: Transcript) -> str:
    STARTED.set()
    await asyncio.Event().wait()
    return ""


SLOW = Team(agents=[function_agent("slow", _never)])
"""Its only agent begins and never ends."""

LOBBY = '[agents.{name}]\n[teams.ours]\nagents = ["{name}"]\n[[channels]]\nmatch = ["web:lobby"]\nteam = "{team}"\n'


def test_p31_with_nothing_to_serve_it_says_what_to_turn_on(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="Nothing would be served"):
        command.run(written(tmp_path, "[web]\nenabled = false\n"), scripted=True)


def test_p31_it_serves_until_a_signal_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    announce = command._announce

    def announced(address: str) -> None:
        announce(address)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(command, "_announce", announced)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22 10.0.0.2 22")
    loaded(tmp_path, NO_MODEL)
    assert command.run(tmp_path / "config.toml", scripted=True) == 0
    shown = capsys.readouterr()
    assert "A script plays the agents" in shown.out
    assert "The room is open: http://127.0.0.1:" in shown.out
    assert "ssh -N -L" in shown.out
    assert "engine: " in shown.err


async def follow(folder: Path, text: str, caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    """The faces in the lobby after the config was changed to ``text`` and ``words`` were logged."""
    clock = FakeClock()
    caplog.set_level(logging.INFO)
    async with open_house(loaded(folder, NO_MODEL + LOBBY.format(name="ana", team="ours")), Plan()) as opened:
        house = replace(opened, ports=structs.replace(opened.ports, clock=clock))
        async with asyncio.TaskGroup() as group:
            following = group.create_task(command._follow_config(house))
            await until(lambda: clock.sleepers > 0)
            loaded_text(folder, text)
            clock.advance(2.0)
            await until(lambda: words in caplog.text)
            following.cancel()
        return [profile.name for profile in faces(house, "web:lobby")]


def loaded_text(folder: Path, text: str) -> None:
    written(folder, f'{text}\n[web]\nport = 0\n[store]\npath = "rooms.db"\n')


async def test_p30_a_changed_team_is_taken_over_while_rooms_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = NO_MODEL + LOBBY.format(name="berta", team="ours")
    assert await follow(tmp_path, text, caplog, "The changed config holds") == ["berta"]


@pytest.mark.parametrize("team", ["nobody", "no_such_module:team"])
async def test_p30_a_config_that_cannot_hold_leaves_the_old_one_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, team: str
) -> None:
    text = NO_MODEL + LOBBY.format(name="berta", team=team)
    assert await follow(tmp_path, text, caplog, "The config in use stays, because:") == ["ana"]
    assert team.split(":")[0] in caplog.text


async def test_p31_turns_that_do_not_end_in_time_are_cut_off_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bots.wiring.TURNS_SECONDS", 0.05)
    async with open_house(loaded(tmp_path, NO_MODEL), Plan(team=SLOW)) as house:
        await house.door.enter("web:lobby", ANA, Said(text="hello"), source="web:1", groups=(HERE,))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(house.serve())
            async with asyncio.timeout(10):
                await STARTED.wait()
            await command._wind_up(house)
            serving.cancel()
    assert "Some turns were cut off; they go on at the next start." in capsys.readouterr().err
