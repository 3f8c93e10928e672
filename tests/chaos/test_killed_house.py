"""P31: kill -9 at every persisted state of a turn; nothing is lost, nothing is doubled, nothing is said twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from agents.log.events import Said, ToolCalled, ToolReturned, TurnStarted, TurnTaken
from agents.log.participants import is_agent
from agents.log.records import decode_event
from tests.chaos.house import TASKS

ROOT = Path(__file__).parents[2]
STEPS = 64
"""A little more than a life without a kill has; `test_p31_no_step_is_left_out` keeps it so."""


def life(folder: Path, step: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.chaos.house", str(folder), str(step)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def check(folder: Path) -> None:
    with sqlite3.connect(folder / "house.db") as database:
        rows = database.execute("SELECT seq, by, type, v, body FROM events WHERE room = 'chaos:room' ORDER BY seq")
        events = [(seq, by, decode_event(type_, body, v=v)) for seq, by, type_, v, body in rows]
    database.close()
    assert [seq for seq, *_ in events] == list(range(1, len(events) + 1))
    heard = [event.text for _, by, event in events if isinstance(event, Said) and not is_agent(by)]
    assert heard == list(TASKS)

    started = [seq for seq, _, event in events if isinstance(event, TurnStarted)]
    taken = [event for _, _, event in events if isinstance(event, TurnTaken)]
    assert len(started) == len(taken)
    calls = Counter(event.call for _, _, event in events if isinstance(event, ToolCalled))
    returns = Counter(event.call for _, _, event in events if isinstance(event, ToolReturned))
    assert calls == returns
    assert len(lines(folder / "runs.jsonl")) <= len(TASKS), "a started run is never repeated by itself"

    spoken = [(by, seq) for seq, by, event in events if isinstance(event, Said) and is_agent(by)]
    each = ["agent:planner", "agent:coder", "agent:runner", "agent:planner"]
    assert [by for by, _ in spoken] == each * len(TASKS), "nobody speaks twice, nobody is left out"

    posts = [line for line in lines(folder / "posts.jsonl") if "key" in line]
    keys = Counter(line["key"] for line in posts)
    assert set(keys.values()) == {1}, "no post is doubled"
    assert {f"chaos:room#{seq}/1" for _, seq in spoken} <= set(keys), "no post is lost"


@pytest.mark.chaos
def test_p31_no_step_is_left_out(tmp_path: Path) -> None:
    done = life(tmp_path, 0)
    assert done.returncode == 0, done.stderr
    check(tmp_path)
    assert int(done.stdout) <= STEPS


@pytest.mark.chaos
@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_p31_killed_at_any_step_the_room_goes_on(tmp_path: Path, step: int) -> None:
    first = life(tmp_path, step)
    assert first.returncode in (0, -signal.SIGKILL), first.stderr
    if first.returncode == 0:
        return
    again = life(tmp_path, 0)
    assert again.returncode == 0, again.stderr
    check(tmp_path)
    assert not os.path.exists(tmp_path / "house.db-journal")
