"""The Docker engine, as much of it as a sandbox needs."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from docker.api import APIClient
from docker.errors import APIError, DockerException, NotFound

from adapters.docker_sandbox.address import engine_address
from adapters.docker_sandbox.recipe import ImageRecipe
from agents.errors import SandboxUnavailable

Result = TypeVar("Result")

PATIENCE = 20
"""How long the engine may take for one call, in seconds."""

NO_ENGINE = (
    "No Docker engine answers at {host}, so code is shown and not run; start Docker, or set DOCKER_HOST to where it is."
)
NO_PERMISSION = (
    "This user may not open the Docker socket at {host}; add the user to the group `docker` and log in again, "
    "or start Tertulia as a user who may."
)
NO_IMAGE = "The sandbox image {image} is not on this engine; run `tertulia sandbox build` once."
NOT_HERE = (
    "The sandbox image {image}, which [sandbox] names, is not on this engine; build or load it there, or take `image` "
    "out of [sandbox]."
)
NO_PYTHON = (
    "The sandbox image {image} has no python3 on its path; put Python 3.9 or newer into it, or take `image` out of "
    "[sandbox]."
)
VOLUMES = (
    "The sandbox image {image} declares volumes ({paths}), which would be places on the engine's own disk, without any "
    "limit; build it without VOLUME."
)
CLOSED = "The sandbox has ended; start Tertulia again."
NO_RUNTIME = "The engine has no runtime {runtime!r} (it has {known}); install it, or take `runtime` out of [sandbox]."
NOT_RAW = "DOCKER_HOST is {host}, which sandboxes cannot use; give a unix:// socket or a plain tcp:// address."

_KEEPALIVE_SECONDS = 60
"""After so much silence a remote engine is asked whether it is still there, lest something on the way forgets us."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A running container, and the connected socket to its standard streams, attached before it started."""

    id: str
    socket: socket.socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A container that the engine has: its labels, and its state (``created``, ``running``, ``exited`` ...)."""

    id: str
    labels: Mapping[str, str]
    state: str


class Engine(Protocol):
    """A container engine. Every call ends within a deadline and may raise `SandboxUnavailable`."""

    async def check(self, image: str, runtime: str) -> None:
        """Return if the engine answers and has this image and, unless empty, this runtime."""
        ...

    async def start(self, config: Mapping[str, object]) -> Started:
        """Create a container, attach to it, start it. Nothing stays behind when this fails or is cancelled."""
        ...

    async def remove(self, container: str) -> None:
        """Kill and remove it; one that is gone already is fine. Close its socket first: see `Started`."""
        ...

    async def out_of_memory(self, container: str) -> bool | None:
        """Whether the kernel ended it for its memory; None when it is gone or still runs."""
        ...

    async def containers(self, label: str) -> tuple[Found, ...]:
        """All containers with ``label`` (``key=value``), running or not."""
        ...

    def close(self) -> None:
        """Let go of the engine."""
        ...


class DockerEngine:
    """The engine at ``host`` (empty: `engine_address`), by the `docker` library on threads of its own.

    ``threads`` is how many calls may be under way at once. A stream that is open but not read can block the whole
    engine for that container (moby issue 41827), so a socket is always closed before its container is removed.
    """

    def __init__(self, *, threads: int, host: str = ""):
        self.host = host or engine_address()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="docker")
        self._connected: EngineClient | None = None
        self._connecting = threading.Lock()
        self._vetted: set[str] = set()
        self._closed = False

    async def check(self, image: str, runtime: str) -> None:
        """Return if the engine answers and has this image and, unless empty, this runtime."""
        await self.call(lambda client: _check(client, image, runtime))

    async def start(self, config: Mapping[str, object]) -> Started:
        """Create a container, attach to it, start it. Nothing stays behind when this fails or is cancelled."""
        return await self.call(lambda client: self._start(client, config), undo=_undo)

    async def remove(self, container: str) -> None:
        """Kill and remove it; one that is gone already is fine."""
        await self.call(lambda client: _remove(client, container))

    async def out_of_memory(self, container: str) -> bool | None:
        """Whether the kernel ended it for its memory; None when it is gone or still runs."""
        return await self.call(lambda client: _out_of_memory(client, container))

    async def containers(self, label: str) -> tuple[Found, ...]:
        """All containers with ``label`` (``key=value``), running or not."""
        return await self.call(lambda client: _containers(client, label))

    def close(self) -> None:
        """Let go of the engine; calls under way end by their own deadline, and later ones are refused."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._connected:
            self._connected.close()

    async def call(
        self,
        work: "Callable[[EngineClient], Result]",
        *,
        undo: "Callable[[EngineClient, Result], None] | None" = None,
        patience: float | None = None,
    ) -> Result:
        """Do the work on a thread, within ``patience`` seconds (`PATIENCE`). Raises `SandboxUnavailable`.

        When nobody waits for it any more, what it made is undone as soon as it is made.
        """
        if self._closed:
            raise SandboxUnavailable(CLOSED)
        seconds = patience or PATIENCE
        future = self._threads.submit(self._do, work)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            self._afterwards(future, undo)
            raise SandboxUnavailable(
                f"The Docker engine at {self.host} did not answer within {seconds:.0f} s; look at its log, restart it."
            ) from error
        except asyncio.CancelledError:
            self._afterwards(future, undo)
            task = asyncio.current_task()
            if self._closed and not (task and task.cancelling()):
                raise SandboxUnavailable(CLOSED) from None  # it was not us who was cancelled, but the call
            raise
        except (OSError, DockerException) as error:  # what `requests` raises is an OSError
            raise SandboxUnavailable(self._explain(error)) from error

    def _do(self, work: "Callable[[EngineClient], Result]") -> Result:
        try:
            return work(self._client())
        except APIError as error:
            if "client version" not in str(error):
                raise
        self._connected = None  # the engine has become another version since it was first asked for its own
        return work(self._client())

    def _afterwards(self, future: "Future[Result]", undo: "Callable[[EngineClient, Result], None] | None") -> None:
        def done(ended: "Future[Result]") -> None:
            if undo and not ended.cancelled() and not ended.exception():
                # on a thread of its own: this one may be the event loop's, and the others may be gone already
                threading.Thread(target=self._undo, args=(undo, ended.result()), name="docker-undo").start()

        future.add_done_callback(done)

    def _undo(self, undo: "Callable[[EngineClient, Result], None]", made: Result) -> None:
        try:
            undo(self._client(), made)
        except (OSError, DockerException, SandboxUnavailable) as error:
            _log.warning("a container that nobody waited for was not removed: %s", error)  # its input has ended

    def _start(self, client: "EngineClient", config: Mapping[str, object]) -> Started:
        image = str(config["Image"])
        if image not in self._vetted:
            _check_image(client, image)
            self._vetted.add(image)
        return _start(client, config, image)

    def _client(self) -> "EngineClient":
        scheme, _, path = self.host.partition("://")
        if scheme == "unix":
            with socket.socket(socket.AF_UNIX) as knock:  # the library leaks a socket where nobody listens
                knock.settimeout(PATIENCE)
                knock.connect(path)
        with self._connecting:
            self._connected = self._connected or self._connect()
            return self._connected

    def _connect(self) -> "EngineClient":
        if not self.host.startswith(("unix://", "tcp://", "http://")):
            raise SandboxUnavailable(NOT_RAW.format(host=self.host))
        connected: EngineClient = APIClient(self.host, version="auto", timeout=PATIENCE + 1, max_pool_size=32)
        return connected

    def _explain(self, error: Exception) -> str:
        match error:
            case APIError():
                return f"The Docker engine refused: {error.explanation or error}."
            case PermissionError():
                return NO_PERMISSION.format(host=self.host)
            case _:
                return NO_ENGINE.format(host=self.host)


class EngineClient(Protocol):
    """The calls of `docker.APIClient` that are made here; its answers are the engine's JSON."""

    def inspect_image(self, image: str) -> Any: ...
    def images(self, *, name: str) -> Any: ...
    def import_image_from_file(self, filename: str, *, repository: str, tag: str, changes: list[str]) -> object: ...
    def remove_image(self, image: str) -> object: ...
    def info(self) -> Any: ...
    def create_container_from_config(self, config: Mapping[str, object]) -> Any: ...
    def attach_socket(self, container: str, params: Mapping[str, int]) -> Any: ...
    def start(self, container: str) -> object: ...
    def wait(self, container: str, *, timeout: int) -> Any: ...
    def logs(self, container: str, *, tail: int) -> bytes: ...
    def commit(self, container: str, *, repository: str, tag: str, changes: list[str]) -> object: ...
    def remove_container(self, container: str, *, v: bool = False, force: bool) -> object: ...
    def inspect_container(self, container: str) -> Any: ...
    def containers(self, *, all: bool, filters: Mapping[str, str]) -> Any: ...
    def close(self) -> None: ...


def _check(client: EngineClient, image: str, runtime: str) -> None:
    _check_image(client, image)
    known: dict[str, object] = client.info().get("Runtimes") or {}
    if runtime and runtime not in known:
        raise SandboxUnavailable(NO_RUNTIME.format(runtime=runtime, known=", ".join(sorted(known))))


def _no_image(image: str) -> str:
    return (NO_IMAGE if image == ImageRecipe().tag else NOT_HERE).format(image=image)


def _check_image(client: EngineClient, image: str) -> None:
    try:
        config: dict[str, Any] = client.inspect_image(image).get("Config") or {}
    except NotFound as error:
        raise SandboxUnavailable(_no_image(image)) from error
    if config.get("Volumes"):
        raise SandboxUnavailable(VOLUMES.format(image=image, paths=", ".join(sorted(config["Volumes"]))))


def _start(client: EngineClient, config: Mapping[str, object], image: str) -> Started:
    try:
        container: str = client.create_container_from_config(config)["Id"]
    except NotFound as error:
        raise SandboxUnavailable(_no_image(image)) from error
    connection: socket.socket | None = None
    try:
        attached = client.attach_socket(container, {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        # a descriptor of our own; nothing runs yet, so the library cannot have read ahead into the stream
        connection = socket.socket(fileno=os.dup(attached.fileno()))
        attached._response.close()  # the library keeps it there
        _keep_alive(connection)
        client.start(container)
    except BaseException as error:
        if connection:
            connection.close()
        _remove(client, container)
        if isinstance(error, APIError) and '"python3"' in str(error) and "PATH" in str(error):
            raise SandboxUnavailable(NO_PYTHON.format(image=image)) from error
        raise
    return Started(id=container, socket=connection)


def _keep_alive(connection: socket.socket) -> None:
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_SECONDS)


def _undo(client: EngineClient, started: Started) -> None:
    started.socket.close()
    _remove(client, started.id)


def _remove(client: EngineClient, container: str, *, again: bool = True) -> None:
    try:
        client.remove_container(container, v=True, force=True)
    except NotFound:
        pass  # it removed itself: AutoRemove
    except APIError as error:
        if again and "is not running" in str(error):  # it ended while the engine was about to kill it
            _remove(client, container, again=False)
        elif error.status_code != 409:  # it is just removing itself
            raise


def _out_of_memory(client: EngineClient, container: str) -> bool | None:
    try:
        state = client.inspect_container(container)["State"]
    except NotFound:
        return None
    return None if state["Running"] else bool(state["OOMKilled"])


def _containers(client: EngineClient, label: str) -> tuple[Found, ...]:
    rows = client.containers(all=True, filters={"label": label})
    return tuple(Found(id=row["Id"], labels=row["Labels"], state=row["State"]) for row in rows)
