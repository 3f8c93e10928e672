"""A case of the quirk matrix, played: a config, one message, and an endpoint that answers as the case says."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents.log.events import Rested, Said, Stopped, ToolCalled, TurnStarted, TurnTaken
from agents.log.participants import Profile, is_agent, short_name
from agents.log.records import Record, to_json
from agents.team.termination import visible_text
from bots.bindings import HERE
from bots.config import load
from bots.wiring import Plan, open_house
from tests.fakes.model_endpoint import EVENTS_FOLLOW, Connection, ModelEndpoint, model_endpoint, piece
from tests.unit.bots.test_config_loader import written

ANA = Profile(id="person:web/ana", name="Ana")
ROOM = "web:lobby"
MOST_REQUESTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the endpoint: to requests for which ``when`` fits (see `fits`)."""

    body: bytes
    when: str = ""
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a case."""

    records: tuple[Record, ...]
    requests: Sequence[Mapping[str, Any]]

    def of(self, kind: type) -> list[Any]:
        return [record.event for record in self.records if isinstance(record.event, kind)]

    @property
    def said(self) -> list[str]:
        """What agents said, as people see it, oldest first."""
        spoken = [record for record in self.records if isinstance(record.event, Said) and is_agent(record.by)]
        return [visible_text(record.event.text) for record in spoken if isinstance(record.event, Said)]

    @property
    def speakers(self) -> list[str]:
        return [short_name(one.speaker) for one in self.of(TurnStarted)]

    @property
    def outcomes(self) -> list[str]:
        return [one.outcome for one in self.of(TurnTaken)]

    @property
    def called(self) -> list[list[object]]:
        return [[one.tool, json.loads(one.arguments)] for one in self.of(ToolCalled)]

    @property
    def told(self) -> str:
        """Every sentence of the house's: why a turn failed, why the room stopped, why nobody speaks."""
        stops = [one.reason for one in [*self.of(Stopped), *self.of(Rested)]]
        return "\n".join([*stops, *(one.detail for one in self.of(TurnTaken))])

    @property
    def everything(self) -> str:
        return "\n".join(map(to_json, self.records))


def fits(when: str, number: int, request: Mapping[str, Any]) -> bool:
    """Whether request ``number`` (from 1) is one that a case means."""
    what, _, rest = when.partition(":")
    messages: list[dict[str, Any]] = request["messages"]
    texts = json.dumps(messages, ensure_ascii=False)
    match what:
        case "":
            return True
        case "agent":
            return f"You are {rest}." in texts
        case "choosing":
            return "role play game" in texts
        case "request":
            return number == int(rest)
        case "tool_result":
            return messages[-1]["role"] == "tool"
        case "chars":
            return len(texts) > int(rest)
        case "has":
            return bool(request.get("tools")) if rest == "tools" else any(one["role"] == rest for one in messages)
        case "calls_without":
            return any(one.get("tool_calls") and rest not in one for one in messages)
        case _:
            raise AssertionError(f"no test knows {when!r}")


async def play(
    config: str, message: str, replies: Sequence[Reply], folder: Path, files: Mapping[str, str] = {}
) -> Played:
    """Let people say ``message`` in a room of this config, and wait until it sleeps."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    async with model_endpoint() as server:
        server.plays.extend([_answering(server, replies)] * MOST_REQUESTS)
        loaded = load(written(folder, f'{config.replace("@URL@", server.url)}\n[store]\npath = "rooms.db"\n'))
        name = next(iter(loaded.config.teams))
        async with open_house(loaded, Plan(team=name, asks=False)) as house:
            await house.door.enter(ROOM, ANA, Said(text=message), source="web:1", groups=(HERE,))
            await house.rooms.run(ROOM)
            records = await house.ports.store.log.read(ROOM)
    return Played(records=records, requests=server.requests)


def _answering(server: ModelEndpoint, replies: Sequence[Reply]) -> Any:
    async def answer(connection: Connection) -> None:
        request, number = server.requests[-1], len(server.requests)
        reply = next(one for one in replies if fits(one.when, number, request))
        head = [f"HTTP/1.1 {reply.status} Status", f"content-type: {reply.content_type}", "transfer-encoding: chunked"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        begin = EVENTS_FOLLOW if reply.status == 200 and not reply.headers else b""
        lines = "\r\n".join(head).encode() + b"\r\n\r\n"
        begin = lines if not begin or reply.content_type != "text/event-stream" else begin
        await connection.write(begin + (piece(reply.body) if reply.body else b"") + b"0\r\n\r\n")
        connection.keep = True

    return answer


@pytest.fixture
def own_modules() -> Any:
    """Modules that a case brings along, gone again afterwards."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name == "my_tools":
            del sys.modules[name]
