"""The engine's calls: which images are taken, and what becomes of calls that nobody waits for any more."""

import asyncio
import socket
import tarfile
import threading
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.engine import DockerEngine, EngineClient
from adapters.docker_sandbox.hardening import OWNER, container_config
from agents.errors import SandboxUnavailable
from tests.adapters.docker_sandbox.conftest import gone, python
from tests.adapters.docker_sandbox.proxy import Proxy

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

CLOSED = r"^The sandbox has ended; start Tertulia again\.$"


@asynccontextmanager
async def image_with(engine: DockerEngine, archive: Path, *changes: str) -> AsyncGenerator[str]:
    """An image with nothing in it but one empty file."""
    name = f"tertulia-test-{uuid.uuid4().hex}"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    await engine.call(
        lambda client: client.import_image_from_file(str(archive), repository=name, tag="x", changes=list(changes))
    )
    try:
        yield f"{name}:x"
    finally:
        await engine.call(lambda client: client.remove_image(f"{name}:x"))


async def refused(sandbox: DockerSandbox) -> str:
    with pytest.raises(SandboxUnavailable) as reason:
        await sandbox.run(python("print(1)"))
    return str(reason.value)


async def test_x12_an_image_without_python_is_told_in_a_sentence(
    engine: DockerEngine, owner: str, tmp_path: Path
) -> None:
    async with image_with(engine, tmp_path / "layer.tar") as image:
        sandbox = DockerSandbox(SandboxSettings(image=image), owner=owner)
        assert await refused(sandbox) == (
            f"The sandbox image {image} has no python3 on its path; put Python 3.9 or newer into it, or take `image` "
            "out of [sandbox]."
        )
        sandbox.close()
        await gone(engine, owner)


async def test_x1_an_image_that_would_write_to_the_hosts_disk_is_not_used(
    engine: DockerEngine, owner: str, tmp_path: Path
) -> None:
    async with image_with(engine, tmp_path / "layer.tar", "VOLUME /data") as image:
        sandbox = DockerSandbox(SandboxSettings(image=image), owner=owner)
        said = await refused(sandbox)
        assert said.startswith(f"The sandbox image {image} declares volumes (/data), which would be places on")
        with pytest.raises(SandboxUnavailable, match="declares volumes"):
            await sandbox.check()
        sandbox.close()
        assert await engine.containers(f"{OWNER}={owner}") == ()


async def test_x12_a_sandbox_that_is_closed_under_a_run_says_so_and_to_later_runs_too(
    settings: SandboxSettings, owner: str, engine: DockerEngine
) -> None:
    sandbox = DockerSandbox(SandboxSettings(image=settings.image, preload=(), stateful=True), owner=owner)
    run = asyncio.ensure_future(refused(sandbox))
    async with asyncio.timeout(20):
        while not sandbox.sessions:  # noqa: ASYNC110 (what is waited for tells nobody)
            await asyncio.sleep(0)
    sandbox.close()
    assert (await run).endswith("The sandbox has ended; start Tertulia again.")
    with pytest.raises(SandboxUnavailable, match=CLOSED):
        await sandbox.run(python("print(1)"))
    await gone(engine, owner)


async def test_x12_a_call_that_waits_for_a_thread_when_the_engine_is_closed_is_refused(engine_host: str) -> None:
    engine = DockerEngine(threads=1, host=engine_host)
    may_end = threading.Event()
    first = asyncio.ensure_future(engine.call(lambda _: may_end.wait(10)))
    second = asyncio.ensure_future(engine.containers("none=none"))
    await asyncio.sleep(0)
    engine.close()
    with pytest.raises(SandboxUnavailable, match=CLOSED):
        await second
    may_end.set()
    assert await first


async def test_x6_what_was_made_for_nobody_is_undone_and_the_event_loop_does_not_wait_for_it(
    engine: DockerEngine,
) -> None:
    made, undone = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def undo(_: EngineClient, what: object) -> None:
        threads.append(threading.current_thread())
        undone.set()

    call = asyncio.ensure_future(engine.call(lambda _: made.set() or "made", undo=undo))
    await asyncio.sleep(0)
    made.wait(10)  # the event loop stands still meanwhile and cannot have been told
    call.cancel()
    await asyncio.wait([call])
    assert await asyncio.to_thread(undone.wait, 10)
    assert threads != [threading.main_thread()]


async def test_x6_what_cannot_be_undone_is_logged(engine: DockerEngine, caplog: pytest.LogCaptureFixture) -> None:
    made, failed = threading.Event(), threading.Event()

    def undo(_: EngineClient, what: object) -> None:
        failed.set()
        raise SandboxUnavailable("the engine is gone")

    call = asyncio.ensure_future(engine.call(lambda _: made.wait(10) and "made", undo=undo))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])
    made.set()
    assert await asyncio.to_thread(failed.wait, 10)
    async with asyncio.timeout(10):
        while "was not removed: the engine is gone" not in caplog.text:  # noqa: ASYNC110 (logs tell nobody)
            await asyncio.sleep(0)


async def test_calls_at_once_share_one_connection_pool(engine_host: str) -> None:
    engine = DockerEngine(threads=4, host=engine_host)
    together = threading.Barrier(4)

    def ask(client: EngineClient) -> EngineClient:
        together.wait(10)
        return client

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(engine.call(ask)) for _ in range(4)]
    assert len({id(task.result()) for task in asked}) == 1
    engine.close()


async def test_x13_a_connection_to_a_remote_engine_is_kept_alive_while_a_container_waits(
    settings: SandboxSettings, proxy: Proxy, engine: DockerEngine, owner: str
) -> None:
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        away = DockerEngine(threads=1, host=f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        config: Any = container_config(settings, {OWNER: owner})
        started = await away.start(config)
        assert started.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        started.socket.close()
        await away.remove(started.id)
        away.close()
        await proxy.cut()
    await gone(engine, owner)


@pytest.mark.parametrize("why", ["cannot remove - Container 123 is not running", "no space left on device"])
async def test_x3_a_container_that_ends_while_it_is_removed_is_removed_all_the_same(
    settings: SandboxSettings, proxy: Proxy, engine: DockerEngine, owner: str, why: str
) -> None:
    through = DockerEngine(threads=1, host=proxy.host)
    config: Any = container_config(settings, {OWNER: owner})
    started = await through.start(config)
    started.socket.close()
    proxy.refusal = why
    if "space" in why:
        with pytest.raises(SandboxUnavailable, match="no space left"):
            await through.remove(started.id)
    await through.remove(started.id)
    assert await engine.containers(f"{OWNER}={owner}") == ()
    through.close()
