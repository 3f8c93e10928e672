"""A room, its store, its platform and its lanes, for tests of the outbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from adapters.shared.delivery import Outbox
from adapters.shared.lanes import Lanes
from adapters.shared.pace import Pace, PaceLimits, Rate
from adapters.shared.redaction import Redactor
from agents.errors import PlatformFailed
from agents.log.events import Event, Said, ToolReturned, TurnStarted, TurnTaken
from agents.log.participants import ParticipantId, Profile, short_name
from agents.log.records import Entry, Record
from agents.ports import Capabilities, Draft, OpenDraft, Ports, Post
from agents.testing import FakeClock, MemoryPlatform, memory_ports

ROOM = "memory:lobby"
ANA = "person:memory/ana"
CODER = "agent:coder"
HOST = Profile(id="system", name="Tertulia")
PLENTY = PaceLimits(room=Rate(count=1000, seconds=1.0), platform=Rate(count=1000, seconds=1.0))


class House:
    """Everything around the lanes; `restarted` is what a new process finds."""

    def __init__(
        self,
        platform: MemoryPlatform | None = None,
        *,
        ports: Ports | None = None,
        clock: FakeClock | None = None,
        limits: PaceLimits = PLENTY,
        streaming: bool = False,
    ):
        self.clock = clock or FakeClock()
        self.ports = ports or memory_ports(self.clock)
        self.platform = platform or MemoryPlatform(Capabilities(max_length=200))
        self.refused: list[tuple[Post, PlatformFailed]] = []
        self.halted: set[str] = set()
        self.limits, self.streaming = limits, streaming

    def outbox(self) -> Outbox:
        return Outbox(
            platform=self.platform,
            ports=self.ports,
            pace=Pace(self.clock, self.limits),
            host=HOST,
            profile=lambda room, by: Profile(id=by, name=short_name(by)),
            halted=lambda room: room in self.halted,
            redact=Redactor(["hunter22"]),
            refused=lambda post, error: self.refused.append((post, error)),
            streaming=self.streaming,
        )

    async def append(self, event: Event, by: ParticipantId = CODER, *, room: str = ROOM, **more) -> Record:
        (record,) = await self.ports.store.log.append(room, [Entry(event=event, by=by, **more)])
        return record

    async def say(self, text: str, by: ParticipantId = CODER, *, room: str = ROOM, **more) -> Record:
        return await self.append(Said(text=text, **more), by, room=room)

    async def ran(self, output: str, *, exit_code: int = 0, said: str = "It ran.", by: ParticipantId = CODER) -> None:
        """A turn of a code runner: the result, and the words that repeat it for agents."""
        turn = await self.start_turn(by)
        failed = exit_code != 0
        returned = ToolReturned(call="run_code-1", output=output, exit_code=exit_code, files=(), failed=failed)
        await self.append(returned, by, turn=turn)
        await self.append(Said(text=said, result="run_code-1"), by, turn=turn)
        await self.end_turn(turn, by=by)

    async def start_turn(self, speaker: ParticipantId = CODER, *, room: str = ROOM, **more: object) -> int:
        upto = len(await self.ports.store.log.read(room, limit=10_000))
        started = TurnStarted(speaker=speaker, upto=upto, rung="mentioned", **more)  # type: ignore[arg-type]
        return (await self.append(started, speaker, room=room)).seq

    async def end_turn(self, turn: int, outcome="said", *, by: ParticipantId = CODER, room: str = ROOM) -> Record:
        return await self.append(TurnTaken(outcome=outcome), by, turn=turn, room=room)

    async def draft(self, turn: int, text: str, speaker: ParticipantId = CODER, *, room: str = ROOM) -> None:
        (record,) = await self.ports.store.log.read(room, after=turn - 1, limit=1)
        audience = record.event.audience if isinstance(record.event, TurnStarted) else ()
        started = TurnStarted(speaker=speaker, upto=turn - 1, rung="mentioned", audience=audience)
        await self.ports.store.drafts.write(OpenDraft(room=room, started=started, draft=Draft(text=text)))

    def lanes(self, most: int = 256) -> Lanes:
        return Lanes(self.outbox(), serves=lambda room: room.startswith("memory:"), most=most)

    @asynccontextmanager
    async def posting(self, *, most: int = 256) -> AsyncIterator[Lanes]:
        """Lanes at work; cancelled at the end, as by a crash."""
        lanes = self.lanes(most)
        task = asyncio.create_task(lanes.run())
        await settled()
        try:
            yield lanes
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def post_all(self) -> None:
        """Start, post everything, stop."""
        async with self.posting() as lanes:
            await lanes.drained()

    def texts(self, room: str = ROOM) -> list[str]:
        return self.platform.texts(room)


async def settled() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)
