"""A web room on a socket whose agents are played by a test: the real door and orders over in-memory ports.

`python -m tests.browser.house` serves it with a conversation that goes on for ever, to be looked at.
"""

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from adapters.web import Notices, WebHouse, serve, web_app
from agents.log.code_blocks import RUN_CODE, CodeBlock, to_arguments
from agents.log.events import (
    Asked,
    Event,
    Joined,
    Outcome,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
    Usage,
)
from agents.log.files import FileRef
from agents.log.participants import SYSTEM, Profile
from agents.log.records import Entry
from agents.people.command_actions import CommandActions
from agents.people.door import Door
from agents.people.permissions import Permissions
from agents.ports import Draft, OpenDraft, Ports, ToolCall
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from agents.testing import FakeClock, memory_ports
from agents.turn.approvals import OPTIONS, pending

ROOM = "web:lobby"
PLANNER, CODER, RUNNER, REVIEWER = "agent:planner", "agent:coder", "agent:runner", "agent:reviewer"
FACES = (
    Profile(id=PLANNER, name="planner", role="Splits the task and says when it is done.", avatar=":compass:"),
    Profile(id=CODER, name="coder", role="Writes Python."),
    Profile(id=RUNNER, name="runner", role="Runs code in a sealed box.", avatar=":gear:"),
    Profile(id=REVIEWER, name="reviewer", role="Checks the result.", avatar=":owl:"),
)
SAMPLES = (
    "Plot the rainfall of twelve months and say which one was the wettest.",
    "Find the first ten primes above one million.",
    "Ask me which colour the report should have.",
    "Write a haiku about this table, then review it.",
)
CODE = """import matplotlib.pyplot as plt

# Rainfall in millimetres, Madrid
rain = {"Jan": 33, "Feb": 35, "Mar": 25, "Apr": 45, "May": 51, "Jun": 21}

def wettest(months: dict[str, int]) -> str:
    return max(months, key=months.get)

plt.bar(rain.keys(), rain.values(), color="#b0532f")
plt.savefig("rain.png")
print(f"Wettest: {wettest(rain)} with {max(rain.values())} mm")"""


class _Everybody:
    def permissions(self, room: str) -> Permissions:
        return _Anybody(bound=True)


class _Anybody(Permissions):
    def allow(self, role: str, names: object) -> bool:
        return True


@dataclass
class NoTeams:
    """Bindings without a team: rooms sleep, the test speaks for the agents."""

    def of(self, room: str) -> Binding | None:
        return None

    async def use(self, room: str, team: str) -> str:
        return f"{team} is here now."

    async def leave(self, room: str) -> str:
        return "The team has left."

    async def where(self) -> Mapping[str, str]:
        return {ROOM: "coding"}


@dataclass
class Played:
    """One house: its ports outlive the server, as a store does."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(1_795_370_640.0))
    ports: Ports = field(init=False)
    notices: Notices = field(default_factory=Notices)
    rooms: Sequence[str] = (ROOM,)
    faces: Sequence[Profile] = FACES
    samples: tuple[str, ...] = SAMPLES
    door: Door | None = None

    def __post_init__(self) -> None:
        self.ports = memory_ports(self.clock)

    def web(self) -> WebHouse:
        rooms = Rooms(self.ports, lambda room: None)
        orders = CommandActions(self.ports, rooms, NoTeams())
        return WebHouse(
            door=self.door or Door(self.ports, rooms, orders, _Everybody()),
            store=self.ports.store,
            faces=lambda room: self.faces,
            rooms=lambda: self.rooms,
            notices=self.notices,
            samples=self.samples,
        )

    @asynccontextmanager
    async def serving(self, port: int = 0, access_token: str | None = None) -> AsyncGenerator[str]:
        """Serve until the block ends; the address."""
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = web_app(self.web(), access_token=access_token)
        server = asyncio.ensure_future(serve(app, port=port, ready=address.set_result))
        try:
            yield await address
        finally:
            server.cancel()
            with suppress(asyncio.CancelledError):
                await server

    async def happens(self, event: Event, *, by: str = SYSTEM, turn: int | None = None, room: str = ROOM) -> int:
        """Append an event three seconds after the one before; its seq."""
        self.clock.advance(3)
        (record,) = await self.ports.store.log.append(room, [Entry(event=event, by=by, turn=turn)])
        return record.seq

    async def arrive(self, *profiles: Profile) -> None:
        for profile in profiles or FACES:
            await self.happens(
                Joined(participant=profile.id, name=profile.name, role=profile.role, avatar=profile.avatar)
            )

    async def says(self, by: str, text: str) -> int:
        return await self.happens(Said(text=text), by=by)

    async def starts(self, speaker: str, rung: str = "auto", reason: str = "", choosing: Usage | None = None) -> int:
        """Give an agent the floor; the seq of its turn."""
        upto = len(await self.ports.store.log.read(ROOM, limit=100_000))
        event = TurnStarted(speaker=speaker, upto=upto, rung=rung, reason=reason, choosing=choosing)
        await self.ports.store.drafts.write(OpenDraft(room=ROOM, started=event, at=self.clock.now()))
        return await self.happens(event, by=speaker)

    async def writes(self, speaker: str, turn: int, text: str, thoughts: str = "") -> None:
        """Let the text grow to this."""
        started = TurnStarted(speaker=speaker, upto=turn - 1, rung="auto")
        draft = OpenDraft(room=ROOM, started=started, draft=Draft(text=text, thoughts=thoughts))
        await self.ports.store.drafts.write(draft)

    async def ends(self, speaker: str, turn: int, outcome: Outcome = "said", usage: Usage | None = None) -> None:
        """Take the floor back."""
        await self.happens(
            TurnTaken(outcome=outcome, usage=usage, model="gpt-5-mini" if usage else ""), by=speaker, turn=turn
        )
        await self.ports.store.drafts.clear(ROOM)

    async def turn(
        self, speaker: str, *events: Event, rung: str = "auto", reason: str = "", outcome: Outcome = "said",
        choosing: Usage | None = None, usage: Usage | None = None,
    ) -> int:  # fmt: skip
        """A whole turn; the seq of its last event before the end."""
        turn = await self.starts(speaker, rung, reason, choosing)
        last = turn
        for event in events:
            last = await self.happens(event, by=speaker, turn=turn)
        await self.ends(speaker, turn, outcome, usage)
        return last

    async def keeps(self, content: bytes, name: str, media_type: str) -> FileRef:
        sha256 = await self.ports.store.files.put(content)
        return FileRef(sha256=sha256, name=name, media_type=media_type, size=len(content))

    async def ran(self, code: str, output: str, *files: FileRef, exit_code: int = 0) -> tuple[Event, ...]:
        """What a code runner writes into the log."""
        call = f"run-{exit_code}-{len(output)}"
        report = f"exitcode: {exit_code} (execution {'failed' if exit_code else 'succeeded'})\nCode output: {output}"
        return (
            ToolCalled(call=call, tool=RUN_CODE, arguments=to_arguments((CodeBlock(language="python", code=code),))),
            ToolReturned(call=call, output=output, exit_code=exit_code, files=files, failed=exit_code != 0),
            Said(text=report, files=files, result=call),
        )


def approval(agent: str, code: str) -> Asked:
    """The question of a code runner."""
    call = ToolCall(id="run-later", tool=RUN_CODE, arguments=to_arguments((CodeBlock(language="python", code=code),)))
    text = f"{agent.removeprefix('agent:')} wants to run this code:\n```python\n{code}\n```"
    return Asked(text=text, kind="approval", options=OPTIONS, pending=pending(ROOM, agent, call))


def chart(width: int = 640, height: int = 320) -> bytes:
    """A real PNG: bars on paper."""
    values = (33, 35, 25, 45, 51, 21, 12, 10, 28, 49, 56, 52)
    rows: list[bytes] = []
    for y in range(height):
        row = bytearray(b"\xfd\xfa\xf4" * width)
        for index, value in enumerate(values):
            left = 40 + index * (width - 60) // len(values)
            if height - 30 - value * 4 < y < height - 30:
                bar = b"\xe5\x9a\x2f" if value == max(values) else b"\xb0\x53\x2f"
                row[left * 3 : (left + 32) * 3] = bar * 32
        if y == height - 30:
            row[90 : (width - 20) * 3] = b"\x6d\x61\x56" * (width - 50)
        rows.append(b"\0" + bytes(row))
    return _png(width, height, b"".join(rows))


def _png(width: int, height: int, pixels: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


async def evening(house: Played) -> None:
    """A conversation as it really goes: plan, code, a failure, a picture, a question, a stop."""
    cheap = Usage(input_tokens=212, output_tokens=4, usd=0.00006)
    await house.arrive()
    ana = Profile(id="person:web/ana-lopez", name="Ana López")
    await house.arrive(ana)
    await house.says(ana.id, "Plot the rainfall of twelve months in Madrid and say which one was the wettest.")
    plan = (
        "Here is how we go about it:\n\n1. @coder draws the bars and prints the wettest month.\n"
        "2. @runner runs it in the sandbox.\n3. @reviewer checks the number against the picture.\n\n"
        "| month | rain |\n|---|---:|\n| May | 51 mm |\n| Nov | 56 mm |"
    )
    await house.turn(
        PLANNER, Said(text=plan), reason="chosen by the model", choosing=cheap,
        usage=Usage(input_tokens=640, output_tokens=96, usd=0.0012),
    )  # fmt: skip
    await house.turn(
        CODER, Said(text=f"Six months first, to see that it works.\n\n```python\n{CODE}\n```"), rung="mentioned",
        reason="planner addressed it", usage=Usage(input_tokens=910, cached_tokens=512, output_tokens=220, usd=0.0031),
    )  # fmt: skip
    failed = await house.ran(
        CODE, "Traceback (most recent call last):\n  ModuleNotFoundError: No module named 'numpie'", exit_code=1
    )
    await house.turn(RUNNER, *failed, rung="graph", reason="the runner follows new code")
    await house.turn(
        CODER, Said(text="A typo of mine: `numpie` should be `numpy`. Once more, with **all twelve** months."),
        reason="chosen by the model", choosing=cheap, usage=Usage(input_tokens=1200, output_tokens=61, usd=0.0017),
    )  # fmt: skip
    picture = await house.keeps(chart(), "rain.png", "image/png")
    table = await house.keeps(b"month,mm\nNov,56\n", "rain.csv", "text/csv")
    worked = await house.ran(CODE, "Wettest: Nov with 56 mm\n", picture, table)
    await house.turn(RUNNER, *worked, rung="graph", reason="the runner follows new code")
    await house.turn(
        REVIEWER, Said(text="The tallest bar is November and the printed number agrees: 56 mm. APPROVED."),
        reason="chosen by the model", choosing=cheap, usage=Usage(input_tokens=1500, output_tokens=31, usd=0.0018),
    )  # fmt: skip
    asked = Asked(text="Should the report also have the **average**?", options=("Yes, as a line", "No"), of=(ana.id,))
    await house.turn(PLANNER, asked, outcome="asked", reason="the planner closes", choosing=cheap)


async def on_show() -> None:
    house = Played()
    await evening(house)
    await house.happens(Stopped(reason="The planner said TERMINATE."))
    async with house.serving(8123) as address:
        print(address, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(on_show())
