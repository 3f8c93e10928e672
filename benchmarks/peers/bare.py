"""The floor: a loop that asks a scripted model and keeps the messages in a list."""

import asyncio

from benchmarks.peers.works import LATENCY, NAMES, ROLE, ROOM_TURNS, SAID, TASK, Figures, at_once, per_turn, run

Messages = list[dict[str, str]]


async def model(_: Messages, latency: float = 0.0) -> str:
    """Always the same."""
    if latency:
        await asyncio.sleep(latency)
    return SAID


async def talk(turns: int, *, asks: int = 1, latency: float = 0.0) -> Messages:
    """So many turns, each with so many model calls."""
    messages: Messages = [{"role": "user", "name": "eva", "content": TASK}]
    for turn in range(turns):
        text = ""
        for _ in range(asks):
            text = await model([{"role": "system", "content": ROLE}, *messages], latency)
        messages.append({"role": "assistant", "name": NAMES[turn % len(NAMES)], "content": text})
    return messages


async def round_robin(turns: int) -> Figures:
    """One model call a turn."""
    return await per_turn(turns, talk(turns))


async def selector(turns: int) -> Figures:
    """Two model calls a turn."""
    return await per_turn(turns, talk(turns, asks=2))


async def tool_turn(turns: int) -> Figures:
    """Two model calls a room."""

    async def work() -> None:
        for _ in range(turns):
            await talk(1, asks=2)

    return await per_turn(turns, work())


async def rooms(count: int) -> Figures:
    """A list for each."""
    return await at_once(count, lambda _: talk(ROOM_TURNS, latency=LATENCY))


if __name__ == "__main__":
    run({"round_robin": round_robin, "selector": selector, "tool_turn": tool_turn, "rooms": rooms})
