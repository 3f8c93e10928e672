"""A thread on the fake Slack, its log, and processes that post there one after the other and may be killed."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, TypeAlias

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.shared.delivery import Outbox
from adapters.shared.lanes import Lanes
from adapters.shared.pace import Pace, PaceLimits
from adapters.slack import calls
from agents.log.events import Event, Said, TurnStarted, TurnTaken
from agents.log.participants import SYSTEM, ParticipantId, Profile, short_name
from agents.log.records import Entry, Record
from agents.ports import Draft, OpenDraft
from agents.testing import memory_ports
from bots.platforms.slack import LIMITS
from tests.adapters.slack.stages import SlackStage
from tests.fakes.slack import FakeMessage
from tests.unit.shared.rooms import settled

Moment: TypeAlias = Literal["before", "after"]
WRITER = "agent:coder"


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


class Thread:
    """A thread that Ana opened. ``asked`` is what she wrote there; `process` is one life of the sending side."""

    def __init__(self, stage: SlackStage, monkeypatch: pytest.MonkeyPatch, *, limits: PaceLimits = LIMITS):
        self.stage, self._limits, self._monkeypatch = stage, limits, monkeypatch
        self.ports = memory_ports(stage.clock)  # type: ignore[arg-type]
        self.room = ""

    async def asked(self, text: str = "Tell me a story.", *, by: ParticipantId = "", top: bool = False) -> int:
        """Somebody, Ana by default, writes in the thread, which begins with it; the seq."""
        person = by or self.stage.ana
        root = self.room.rpartition("/")[2] if self.room else None
        ts = await self.stage.slack.say(self.stage.channel, person.rpartition("/")[2], text, thread_ts=root)
        if not self.room:
            self.room = self.stage.room if top else f"{self.stage.room}/{ts}"
        return (await self.append(Said(text=text), by=person)).seq

    async def append(self, event: Event, *, by: ParticipantId = WRITER, turn: int | None = None) -> Record:
        """Something happens in the room."""
        (record,) = await self.ports.store.log.append(self.room, [Entry(event=event, by=by, turn=turn)])
        return record

    async def turn(self, by: ParticipantId = WRITER) -> int:
        """An agent gets the floor."""
        upto = len(await self.ports.store.log.read(self.room, limit=10_000))
        return (await self.append(TurnStarted(speaker=by, upto=upto, rung="mentioned"), by=by)).seq

    async def draft(self, turn: int, text: str, by: ParticipantId = WRITER) -> None:
        """Its text has grown to this."""
        started = TurnStarted(speaker=by, upto=turn - 1, rung="mentioned")
        await self.ports.store.drafts.write(OpenDraft(room=self.room, started=started, draft=Draft(text=text)))

    async def grown(self, turn: int, text: str) -> None:
        """The same, and people see it."""
        await self.draft(turn, text + " next")
        await self.until(lambda: any(text in one.text for one in self.shown()))

    async def finish(self, turn: int, text: str) -> None:
        """Its final words, and the end of the turn."""
        await self.append(Said(text=text), turn=turn)
        await self.append(TurnTaken(outcome="said"), turn=turn)
        await self.ports.store.drafts.clear(self.room)

    @asynccontextmanager
    async def process(self, *, dies: tuple[str, Moment] | None = None) -> AsyncGenerator["Process"]:
        """One life; with ``dies`` it ends by itself before or after Slack takes a call of that method."""
        outbox = Outbox(
            platform=self.stage.new_process(),
            ports=self.ports,
            pace=Pace(self.stage.clock, self._limits),
            host=Profile(id=SYSTEM, name="Tertulia"),
            profile=lambda room, by: Profile(id=by, name=short_name(by), avatar=":computer:"),
            halted=lambda room: False,
            redact=lambda text: text,
            refused=lambda post, error: None,
            streaming=True,
        )
        lanes = Lanes(outbox, serves=lambda room: room == self.room)
        with self._monkeypatch.context() as patch:
            patch.setattr(calls, "api_call", _mortal(calls.api_call, dies))
            task = asyncio.create_task(lanes.run())
            await settled()
            try:
                yield Process(lanes, task)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError, BaseExceptionGroup):
                    await task

    async def again(self) -> None:
        """Another life, which posts all there is to post."""
        async with self.process() as process:
            await process.lanes.drained()

    def shown(self) -> list[FakeMessage]:
        """What our apps wrote."""
        return [one for one in self.stage.slack.messages(self.stage.channel) if one.bot_id is not None]

    def calls(self, method: str) -> list[Any]:
        """The arguments of the calls of a method."""
        return [one.args for one in self.stage.slack.called(method)]

    async def until(self, holds: Callable[[], object]) -> None:
        """Return once it holds."""
        async with asyncio.timeout(10):
            while not holds():  # noqa: ASYNC110 - what is looked at is a server without events
                await asyncio.sleep(0.005)


class Process:
    """One life of the sending side."""

    def __init__(self, lanes: Lanes, task: "asyncio.Task[None]"):
        self.lanes, self._task = lanes, task

    async def dead(self) -> None:
        """Return when it was killed."""
        async with asyncio.timeout(10):
            await asyncio.wait({self._task})


def _mortal(call: Callable[..., Any], dies: tuple[str, Moment] | None) -> Callable[..., Any]:
    async def mortal(client: AsyncWebClient, method: str, arguments: Mapping[str, object]) -> Any:
        if dies == (method, "before"):
            raise Killed
        answer = await call(client, method, arguments)
        if dies == (method, "after"):
            raise Killed
        return answer

    return mortal
