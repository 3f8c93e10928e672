"""The ready-made team `coding` thinks through the real openai client, against a server that others wrote (P2, C10).

Everything between is the product's own: the config, the house, SQLite on disk and the container in which code runs.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.log.events import Said, Stopped, ToolReturned, TurnStarted
from agents.log.participants import Profile, short_name
from agents.log.records import Record
from bots.bindings import HERE
from bots.config import load
from bots.wiring import House, Plan, open_house
from tests.fakes import aimock

pytest_plugins = ("tests.engine",)
pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

ROOM = "web:lobby"
ANA = Profile(id="person:web/ana", name="Ana")
TASK = "plot sin(x) from 0 to 10"
USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
PLOT = """Here it is.
```python
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 200)
plt.plot(x, np.sin(x))
plt.savefig("sine.png")
print(f"plotted {len(x)} points")
```"""


def chosen(speaker: str, among: str) -> dict[str, Any]:
    """The speaker choice, when these can speak."""
    return {
        "match": {"userMessage": f"[{among}]", "responseFormat": "json_schema"},
        "response": {"content": json.dumps({"speaker": speaker}), "usage": USAGE},
    }


def says(instruction: str, text: str, **match: str) -> dict[str, Any]:
    """The agent with that instruction speaks."""
    return {"match": {"systemMessage": instruction, **match}, "response": {"content": text, "usage": USAGE}}


FIXTURES = [
    chosen("planner", "planner, coder, runner, reviewer"),
    chosen("coder", "coder, runner, reviewer"),
    chosen("runner", "planner, runner, reviewer"),
    chosen("reviewer", "planner, coder, reviewer"),
    chosen("planner", "planner, coder, runner"),
    says("Plan in at most five", "The plot is in sine.png. TERMINATE", userMessage="APPROVED"),
    says("Plan in at most five", "1. Plot it. 2. Look at it."),
    says("Write one fenced Python block", PLOT),
    says("Say APPROVED", "APPROVED: 200 points were plotted."),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[aimock.Aimock]:
    missing = aimock.unavailable()
    if missing:
        pytest.skip(missing)
    fixtures = tmp_path / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": FIXTURES}), encoding="utf-8")
    with aimock.serving(fixtures) as running:
        yield running


async def records_of(house: House) -> tuple[Record, ...]:
    return await house.ports.store.log.read(ROOM)


@pytest.mark.usefixtures("sandbox_image")
async def test_p2_the_coding_team_plots_with_an_openai_endpoint_and_a_container(
    server: aimock.Aimock, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[models.default]\nmodel = "m-1"\nbase_url = "{server.url}"\nprices = {{ input = 1.0, output = 2.0 }}\n'
        '[store]\npath = "team.db"\n',
        encoding="utf-8",
    )
    async with open_house(load(config), Plan(team="coding", asks=False)) as house:
        assert house.model.source == "configured"
        await house.door.enter(ROOM, ANA, Said(text=TASK), source="web:task", groups=(HERE,))
        await house.rooms.run(ROOM)
        records = await records_of(house)
        transcript = await house.rooms.read(ROOM)

        turns = [short_name(one.event.speaker) for one in records if isinstance(one.event, TurnStarted)]
        assert turns == ["planner", "coder", "runner", "reviewer", "planner"]
        assert [one.event.kind for one in records if isinstance(one.event, Stopped)] == ["termination"]
        (run,) = [one.event for one in records if isinstance(one.event, ToolReturned)]
        assert (run.exit_code, "plotted 200 points" in run.output) == (0, True)
        (picture,) = run.files
        assert picture.media_type == "image/png"
        assert (await house.ports.store.files.get(picture.sha256)).startswith(b"\x89PNG")

    answered = [entry for entry in server.journal() if entry["response"]["status"] == 200]
    assert len(answered) == len(server.journal()) == 9  # five choices and four speeches: running code asks no model
    assert transcript.seq == records[-1].seq
    async with open_house(load(config), Plan(team="coding", asks=False)) as reopened:
        assert await records_of(reopened) == records
