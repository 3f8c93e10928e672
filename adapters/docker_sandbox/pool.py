"""Containers that stand ready: each is used once and never given to a second run."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from adapters.docker_sandbox.engine import Engine
from adapters.docker_sandbox.frame_stream import BrokenFrames, FrameStream
from adapters.docker_sandbox.hardening import BOOT, INSTANCE, OWNER, container_config
from adapters.docker_sandbox.settings import SandboxSettings
from agents.errors import SandboxUnavailable

READY_WITHIN = 20.0
"""Seconds from the start of a container to its agent's first word."""

STARTING = 2
"""How many containers are started at once at most for those that stand ready: the engine does more than one at a time.
"""

SWEEPING = 60.0
"""Seconds between two looks for containers that nobody uses; nobody waits so long for one to be started."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Container:
    """A started container whose agent waits for its only request."""

    id: str
    stream: FrameStream


class Pool:
    """Starts containers, keeps some ready, and removes every one of them.

    ``owner`` names the installation: only one process may use it at a time, so that containers with this owner from
    an earlier process of this boot (``boot``) are known to be left over, and are swept away.
    """

    def __init__(self, engine: Engine, settings: SandboxSettings, *, owner: str, boot: str):
        self._engine, self._settings = engine, settings
        self._labels = {OWNER: owner, INSTANCE: uuid.uuid4().hex, BOOT: boot}
        self._idle: deque[Container] = deque()
        self._spent: asyncio.Queue[str] = asyncio.Queue(maxsize=64)
        self._held: set[str] = set()
        self._wanted = asyncio.Event()
        self._coming = 0
        self._kept = False

    @property
    def ready(self) -> int:
        """How many containers stand ready."""
        return len(self._idle)

    async def take(self) -> Container:
        """A container that nobody has used. Raises `SandboxUnavailable`."""
        self._wanted.set()
        while self._idle:
            container = self._idle.popleft()
            if not container.stream.ended:
                return container
            await self.discard(container)
        return await self.start()

    async def start(self) -> Container:
        """Start one and wait until its agent is ready. Raises `SandboxUnavailable`."""
        started = await self._engine.start(container_config(self._settings, self._labels))
        self._held.add(started.id)
        try:
            async with asyncio.timeout(READY_WITHIN):
                return Container(started.id, await FrameStream.over(started.socket))
        except (TimeoutError, BrokenFrames) as error:
            await self._remove(started.id)
            why = str(error) or "time is up"
            raise SandboxUnavailable(
                f"A container of the image {self._settings.image_name} did not get ready ({why}); "
                "it needs Python 3.9 or newer as python3 on its path; look at the Docker engine's log."
            ) from error
        except asyncio.CancelledError:
            await self._remove(started.id)
            raise

    async def discard(self, container: Container) -> None:
        """Hang up, and have the container removed: by `keep` when it runs, else here."""
        container.stream.close()
        if self._kept and not self._spent.full():
            self._spent.put_nowait(container.id)
        else:
            await self._remove(container.id)

    async def _remove(self, container: str) -> None:
        """Remove it, also when cancelled meanwhile; if that fails, it leaves as its input has ended, or is swept."""
        self._held.discard(container)
        try:
            await asyncio.shield(self._engine.remove(container))
        except SandboxUnavailable as reason:
            _log.warning("container %s was not removed: %s", container[:12], reason)

    async def ended_for_memory(self, container: Container) -> bool:
        """Whether memory was what ended it. Raises `SandboxUnavailable` if the engine is gone too."""
        try:
            return bool(await self._engine.out_of_memory(container.id))
        except SandboxUnavailable as gone:
            raise SandboxUnavailable(f"The Docker engine went away while the code ran. {gone}") from gone

    async def keep(self) -> None:
        """Sweep, then keep containers ready and remove used ones, until cancelled; then remove everything."""
        self._kept = True
        self._wanted.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_swept())
                for _ in range(STARTING):
                    tasks.create_task(self._keep_ready())
                for _ in range(2):
                    tasks.create_task(self._keep_clean())
        finally:
            self._kept = False
            await asyncio.shield(self.empty())

    async def empty(self) -> None:
        """Remove every container of this process."""
        while self._idle:
            self._idle.popleft().stream.close()
        try:
            for found in await self._engine.containers(f"{INSTANCE}={self._labels[INSTANCE]}"):
                await self._remove(found.id)
        except SandboxUnavailable as reason:
            _log.warning("containers were not looked for: %s", reason)  # their agents leave as their input has ended

    async def sweep(self, looked_at: Collection[str] = ()) -> set[str]:
        """Remove what earlier processes of this owner left, and what nobody here uses: made or removed too slowly.

        What nobody uses, or does not run since another boot, is given the time until the next look, as it may just be
        starting: its ids are returned, to be ``looked_at`` again. Raises `SandboxUnavailable`.
        """
        strays: set[str] = set()
        for found in await self._engine.containers(f"{OWNER}={self._labels[OWNER]}"):
            ours = found.labels.get(INSTANCE) == self._labels[INSTANCE]
            if not ours and found.labels.get(BOOT) == self._labels[BOOT]:
                await self._remove(found.id)
            elif (found.id not in self._held) if ours else (found.state != "running"):
                # one that runs since another boot may be of a machine with the same name
                strays.add(found.id)
                if found.id in looked_at:
                    await self._remove(found.id)
        return strays

    async def _keep_swept(self) -> None:
        looked_at: set[str] = set()
        while True:
            try:
                looked_at = await self.sweep(looked_at)
            except SandboxUnavailable as reason:
                _log.info("nothing was swept: %s", reason)
            await asyncio.sleep(SWEEPING)

    async def _keep_ready(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                await self._add()
            except SandboxUnavailable as reason:
                _log.info("no container is kept ready: %s", reason)
                self._wanted.clear()  # the next run tries again and says so

    async def _add(self) -> None:
        if len(self._idle) + self._coming >= self._settings.waiting:
            self._wanted.clear()
            return
        self._coming += 1
        try:
            self._idle.append(await self.start())
        finally:
            self._coming -= 1

    async def _keep_clean(self) -> None:
        while True:
            await self._remove(await self._spent.get())
