"""Saving and loading a room of 200 messages."""

from collections.abc import Iterator

from agents.log.events import Said
from agents.log.records import Entry
from agents.log.snapshots import encode_transcript
from agents.log.transcript import Transcript
from agents.ports import Ports
from agents.runtime.room import open_room
from benchmarks.measuring import Size, cost, samples
from benchmarks.stage import NAMES, InstantModel, begin, in_memory, on_disk
from benchmarks.table import Row

MESSAGES = 200
ROOM = "web:benchmark"

OPENED = 20
"""How often the room is opened from its snapshot: one opening is too short for the processor's clock."""


def measure(size: Size) -> Iterator[Row]:
    """A room is saved event by event as it happens, so saving is one append; loading reads a snapshot of the fold."""
    messages = size.of(MESSAGES)

    async def load() -> float:
        ports = in_memory(InstantModel())
        await _written(ports, messages)
        await _kept(ports, (await open_room(ports.store.log, ports.store.snapshots, ROOM)).transcript)

        async def opened() -> None:
            for _ in range(OPENED):
                await open_room(ports.store.log, ports.store.snapshots, ROOM)

        return (await cost(opened())).cpu / OPENED * 1e3

    async def fold() -> float:
        ports = in_memory(InstantModel())
        await _written(ports, messages)
        return (await cost(open_room(ports.store.log, ports.store.snapshots, ROOM))).cpu * 1e3

    async def keep() -> float:
        ports = in_memory(InstantModel())
        await _written(ports, messages)
        transcript = (await open_room(ports.store.log, ports.store.snapshots, ROOM)).transcript
        return (await cost(_kept(ports, transcript))).cpu * 1e3

    async def save() -> float:
        async with on_disk(InstantModel()) as ports:
            await _written(ports, 1)
            entry = Entry(event=Said(text="One more."), by="agent:ana")

            async def appended() -> None:
                for _ in range(50):
                    await ports.store.log.append(ROOM, [entry])

            return (await cost(appended())).cpu / 50 * 1e3

    yield Row(what="save: append of one event, SQLite", samples=samples(size, save), unit="ms", floor=0.11)
    yield Row(what=f"load {messages} messages from a snapshot", samples=samples(size, load), unit="ms", goal=0.3)
    yield Row(what=f"load {messages} messages from the log alone", samples=samples(size, fold), unit="ms")
    yield Row(what=f"write a snapshot of {messages} messages", samples=samples(size, keep), unit="ms")


async def _written(ports: Ports, messages: int) -> None:
    await begin(ports, ROOM)
    said = [Entry(event=Said(text=f"This is message {n}."), by=f"agent:{NAMES[n % 4]}") for n in range(messages)]
    await ports.store.log.append(ROOM, said)


async def _kept(ports: Ports, transcript: Transcript) -> None:
    await ports.store.snapshots.save(ROOM, transcript.seq, encode_transcript(transcript))
