"""The web room's life on a socket."""

import asyncio
import socket
import time

import pytest

from adapters.web import serve, web_app
from adapters.web.server import TRIES, is_loopback
from agents.errors import WrongUse
from tests.adapters.web.visiting import visiting
from tests.browser.house import Played


def taken() -> socket.socket:
    """A socket that listens on a free port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


async def test_p27_a_taken_port_is_left_for_the_next_one() -> None:
    with taken() as other:
        port = other.getsockname()[1]
        async with Played().serving(port) as address, visiting(address) as visitor:
            assert port < int(address.rstrip("/").rpartition(":")[2]) < port + TRIES
            assert (await visitor.get("/api/rooms"))[0] == 200


async def test_p27_when_all_ports_are_taken_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web.server.TRIES", 1)
    with taken() as other:
        port = other.getsockname()[1]
        with pytest.raises(WrongUse, match=f"The ports {port} to {port} of 127.0.0.1 are all taken"):
            await serve(web_app(Played().web()), port=port, ready=lambda _: None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "room.example"])
async def test_p36_nobody_else_can_reach_it_without_an_access_key(host: str) -> None:
    with pytest.raises(WrongUse, match="open to everybody"):
        await serve(web_app(Played().web()), host=host, ready=lambda _: None)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_p36_this_machine_alone_is_loopback(host: str) -> None:
    assert is_loopback(host)


async def test_p36_an_address_that_is_not_ours_is_refused_with_a_sentence() -> None:
    app = web_app(Played().web(), access_token="key")
    with pytest.raises(WrongUse, match=r"cannot listen on 192\.0\.2\.1: .*; choose another address"):
        await serve(app, host="192.0.2.1", port=0, ready=lambda _: None)


async def test_p36_with_a_key_it_serves_everybody() -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = web_app(Played().web(), access_token="key")
    server = asyncio.ensure_future(serve(app, host="0.0.0.0", port=0, ready=ready.set_result))
    address = await ready
    assert address.startswith("http://127.0.0.1:")
    assert address.endswith("/?key=key")
    server.cancel()
    with pytest.raises(asyncio.CancelledError):
        await server


async def test_p31_open_streams_do_not_hold_up_the_end() -> None:
    house = Played()
    async with house.serving() as address, visiting(address) as visitor, visitor.listening() as room:
        await room.until("ready")
        began = time.monotonic()
        ending = asyncio.current_task()
        assert ending is not None
    assert time.monotonic() - began < 3


async def test_p27_over_ipv6_the_address_has_brackets() -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.ensure_future(serve(web_app(Played().web()), host="::1", port=0, ready=ready.set_result))
    done, _ = await asyncio.wait([server, ready], return_when=asyncio.FIRST_COMPLETED)
    if server in done:
        with pytest.raises(WrongUse, match="cannot listen on ::1"):
            await server
        pytest.skip("this machine has no IPv6")
    assert (await ready).startswith("http://[::1]:")
    server.cancel()
    with pytest.raises(asyncio.CancelledError):
        await server
