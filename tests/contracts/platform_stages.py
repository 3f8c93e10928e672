"""What the platform contract needs of each platform: a room to post in, eyes to see it with, and trouble on demand.

A new adapter adds one entry to `STAGES`: an async context manager that yields a `Stage` with a fresh room.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from agents.log.participants import ParticipantId
from agents.ports import Capabilities, Platform
from agents.testing import MemoryPlatform, lost_answer, lost_request, refusal, slow_down
from tests.adapters.discord.stages import discord_stage, stage_of_own_bots
from tests.adapters.slack.stages import slack_stage, stage_of_own_apps
from tests.contracts.seen import Seen


class Stage(Protocol):
    """One platform with one empty room. ``ana`` is a person who is in it."""

    platform: Platform
    room: str
    ana: ParticipantId

    async def seen(self) -> list[Seen]:
        """The messages in the room, oldest first."""
        ...

    async def lose_next_answer(self) -> None:
        """The next request is taken, and its answer never arrives."""
        ...

    async def lose_next_request(self) -> None:
        """The next request never arrives, and the caller cannot know that."""
        ...

    async def slow_down_next(self, seconds: float) -> None:
        """The next request is refused for now, with the time to wait."""
        ...

    async def refuse_next(self) -> None:
        """The next request is refused for good."""
        ...


class MemoryStage:
    """`MemoryPlatform` on stage."""

    def __init__(self) -> None:
        self.platform = MemoryPlatform(Capabilities(max_length=500))
        self.room = "memory:lobby"
        self.ana = "person:memory/ana"

    async def seen(self) -> list[Seen]:
        """From the messages that it keeps."""
        return [
            Seen(
                platform_id=message.platform_id,
                author=message.post.by.name,
                words=message.post.text,
                buttons=message.post.card.options if message.post.card and message.post.card.answered is None else (),
                files=tuple(file.name for file in message.post.files),
                notified=frozenset(message.post.pings),
            )
            for message in self.platform.messages
            if message.post.room == self.room
        ]

    async def lose_next_answer(self) -> None:
        """Queued."""
        self.platform.fail_next(lost_answer())

    async def lose_next_request(self) -> None:
        """Queued."""
        self.platform.fail_next(lost_request())

    async def slow_down_next(self, seconds: float) -> None:
        """Queued."""
        self.platform.fail_next(slow_down(seconds))

    async def refuse_next(self) -> None:
        """Queued."""
        self.platform.fail_next(refusal())


@asynccontextmanager
async def memory_stage() -> AsyncIterator[Stage]:
    """The in-memory platform."""
    yield MemoryStage()


STAGES: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "memory": memory_stage,
    "discord webhooks": discord_stage,
    "discord bots": stage_of_own_bots,
    "slack faces": slack_stage,
    "slack apps": stage_of_own_apps,
}
