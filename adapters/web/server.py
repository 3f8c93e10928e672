"""Serving the web room: it finds a free port, runs uvicorn there, and ends it with its open streams."""

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import Callable, Generator
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette

from adapters.web.guard import LOOPBACK
from agents.errors import WrongUse

TRIES = 20
"""How many ports are tried, upwards from the wanted one."""

DRAIN_SECONDS = 5


async def serve(
    app: Starlette,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    ready: Callable[[str], None],
) -> None:
    """Serve until cancelled; ``ready`` gets the address to open. A taken port is left for the next free one, 0 is any.

    ``app`` is one that `web_app` made. Raises `WrongUse` for an address that others can reach if the app has no access
    token, and where no port is free.
    """
    access_token: str | None = app.state.access_token
    if access_token is None and not is_loopback(host):
        raise WrongUse(
            f"The web room would be open to everybody who can reach {host}; set an access token, or use 127.0.0.1."
        )
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            app, log_config=None, log_level="warning", access_log=False, lifespan="off", server_header=False, ws="none",
            timeout_keep_alive=30, timeout_graceful_shutdown=DRAIN_SECONDS,
        )  # fmt: skip
        server = _Server(config)
        ready(_address(host, listener.getsockname()[1], access_token))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(_until_told(server, listener))
            try:
                await asyncio.shield(serving)
            except asyncio.CancelledError:
                app.state.closing.set()
                server.should_exit = True
                async with asyncio.timeout(DRAIN_SECONDS + 2):
                    await asyncio.shield(serving)
                raise


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to ``host``."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process that it lives in decides when to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def _until_told(server: uvicorn.Server, listener: socket.socket) -> None:
    await server.serve(sockets=[listener])


@contextlib.contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    last = port + TRIES if port else 1
    for wanted in range(port, last):
        listener = _bound(host, wanted)
        if listener is not None:
            with listener:
                yield listener
            return
    raise WrongUse(f"The ports {port} to {last - 1} of {host} are all taken; choose another one.")


def _bound(host: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise WrongUse(f"The web room cannot listen on {host}: {error.strerror}; choose another address.") from error
    listener.setblocking(False)
    return listener


def _address(host: str, port: int, access_token: str | None) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    shown = f"[{shown}]" if ":" in shown else shown
    return f"http://{shown}:{port}/" + (f"?key={quote(access_token, safe='')}" if access_token else "")
