"""The chat platforms that `tertulia run` serves beside the web room: a row each, imported when it is configured."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from bots.config import Config

if TYPE_CHECKING:
    from bots.wiring import House

Serve: TypeAlias = "Callable[[House], Awaitable[None]]"
"""Serves one platform until cancelled. Raises `WrongUse` where its table of the config cannot work."""

SERVED: Mapping[str, str] = {
    "slack": "bots.platforms.slack:serve_slack",
    "discord": "bots.platforms.discord:serve_discord",
}
"""The name of a platform's table in the config, and who serves it."""


def configured(config: Config) -> tuple[str, ...]:
    """The platforms that the config switches on and that can be served, in the order of `SERVED`."""
    return tuple(name for name in SERVED if getattr(config, name) is not None)


async def serve_platforms(house: "House") -> None:
    """Serve every configured platform until cancelled; returns at once where there is none. Raises `WrongUse`."""
    async with asyncio.TaskGroup() as group:
        for name in configured(house.loaded.config):
            group.create_task(_served(name, house), name=name)


async def _served(name: str, house: "House") -> None:
    module, _, attribute = SERVED[name].partition(":")
    serve: Serve = getattr(import_module(module), attribute)
    await serve(house)
