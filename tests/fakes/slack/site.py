"""What every part of the fake works with: the world, the clock, trouble on demand, and the way out to the apps."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.clock import VirtualClock
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.limits import RateLimits
from tests.fakes.slack.world import FakeApp, FakeFile, FakeMessage, Payload, World

if TYPE_CHECKING:
    from tests.fakes.slack.hearing import Hearing


SESSION_STATUSES = ("processing", "active", "suspended", "closed")
"""Where an agent's session can stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of the Web API as it came: without its token, with the time and the caller's app (None: unknown)."""

    method: str
    app: str | None
    args: Payload
    at: float
    verb: str


@dataclass(slots=True, eq=False)
class Status:
    """What ``assistant.threads.setStatus`` or ``agents.sessions.setStatus`` shows under a thread; "" = cleared."""

    method: str
    app: str
    channel: str
    thread_ts: str
    status: str
    username: str | None
    icons: Payload
    at: float
    title: str | None = None
    loading_messages: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class OpenView:
    """A modal or home tab that a person has before the eyes."""

    id: str
    app: str
    team: str
    user: str
    view: Payload
    hash: str
    root: str


@dataclass(slots=True, eq=False)
class ResponseUrl:
    """Where an app may answer an interaction: five times within half an hour."""

    key: str
    app: str
    team: str
    channel: str
    user: str
    expires: float
    message: FakeMessage | None = None
    uses: int = 0
    answers: list[Payload] = field(default_factory=list[Payload])


@dataclass(slots=True, eq=False)
class Trigger:
    """What lets an app open a modal: once, within three seconds."""

    id: str
    app: str
    team: str
    user: str
    expires: float
    used: bool = False


@dataclass(slots=True, eq=False)
class Grant:
    """What a person allowed on the authorize page: good once, for ten minutes."""

    app: str
    team: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str
    expires: float


@dataclass(slots=True, eq=False)
class Site:
    """The fake's inside."""

    clock: VirtualClock
    world: World
    limits: RateLimits
    faults: Faults
    hearing: "Hearing" = field(init=False)
    requests: list[Request] = field(default_factory=list[Request])
    strays: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    statuses: list[Status] = field(default_factory=list[Status])
    views: dict[str, OpenView] = field(default_factory=dict[str, OpenView])
    homes: dict[tuple[str, str], Payload] = field(default_factory=dict[tuple[str, str], Payload])
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict[str, ResponseUrl])
    triggers: dict[str, Trigger] = field(default_factory=dict[str, Trigger])
    tickets: dict[str, FakeApp] = field(default_factory=dict[str, FakeApp])
    uploads: dict[str, FakeFile] = field(default_factory=dict[str, FakeFile])
    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])
    responses: int = 0
    responded: asyncio.Event = field(default_factory=asyncio.Event)
    installer: tuple[str, str] | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    group: asyncio.TaskGroup | None = None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside; it ends with the fake."""
        if self.group is None:
            work.close()
            return
        task = self.group.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
