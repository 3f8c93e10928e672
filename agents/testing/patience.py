"""Waiting in tests for something to happen, without sleeping."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable


async def until(condition: Callable[[], bool | Awaitable[bool]], *, within: float = 10.0) -> None:
    """Let other tasks run until the condition holds.

    Raises TimeoutError after ``within`` seconds of real time, whatever a fake clock says.

        seen: list[str] = ["Hello."]
        await until(lambda: bool(seen))
    """
    async with asyncio.timeout(within):
        while True:
            holds = condition()
            if await holds if isawaitable(holds) else holds:
                return
            await asyncio.sleep(0)
