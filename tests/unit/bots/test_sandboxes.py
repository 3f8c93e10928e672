"""P27: the sandbox of a house, prepared behind the scenes while people already talk."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.docker_sandbox import SandboxSettings
from agents.errors import SandboxUnavailable
from agents.log.code_blocks import CodeBlock
from agents.ports import CodeRun
from agents.testing import FakeSandbox, until
from bots import sandboxes
from bots.config.tables import SandboxTable
from bots.sandboxes import HouseSandbox, owner_of, settings_of
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

RUN = CodeRun(blocks=(CodeBlock(language="python", code="print(1)"),), room="web:lobby", timeout=5.0)


class Told:
    """What came to be known of the preparation."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    def __call__(self, step: str, done: float) -> None:
        self.steps.append((step, done))

    @property
    def last(self) -> tuple[str, float]:
        return self.steps[-1]


def house_sandbox(told: Told, *, starts_engine: bool = False, image: str = "") -> HouseSandbox:
    return HouseSandbox(SandboxTable(image=image), owner="test", starts_engine=starts_engine, progress=told)


@asynccontextmanager
async def served(sandbox: HouseSandbox) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(sandbox.serve())
        yield
        serving.cancel()
    # the library leaks a socket where nobody listens: whoever still asks an engine may end before it does
    await until(lambda: not any(thread.name.startswith("docker") for thread in threading.enumerate()))


@asynccontextmanager
async def engine_that_refuses(socket: Path) -> AsyncIterator[None]:
    """An engine that answers, and can do nothing."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = b"OK" if b"/_ping" in head else b'{"message": "no space left on device"}'
        code = b"200 OK" if b"/_ping" in head else b"500 Internal Server Error"
        writer.write(b"HTTP/1.1 %b\r\nApi-Version: 1.43\r\nContent-Type: application/json\r\n" % code)
        writer.write(b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(answer, socket):
        yield


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("starts_engine", [False, True])
async def test_p27_without_an_engine_every_run_says_why_and_what_to_do(*, starts_engine: bool) -> None:
    told = Told()
    sandbox = house_sandbox(told, starts_engine=starts_engine)
    async with served(sandbox):
        for asked in (sandbox.check(), sandbox.run(RUN)):
            with pytest.raises(SandboxUnavailable, match=r"^Code is shown and not run: no Docker engine answers"):
                await asked
    assert told.last[0].startswith("Code is shown and not run:")
    assert told.last[1] == 1.0


async def test_p27_x12_an_engine_that_comes_later_is_used_and_was_silently_waited_for(
    nowhere: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Ready(FakeSandbox):
        """What runs code once there is an engine."""

        def __init__(self, settings: SandboxSettings, *, owner: str):
            super().__init__({"print(1)": "1\n"})

        async def serve(self) -> None:
            await asyncio.Event().wait()

        def close(self) -> None:
            pass

    monkeypatch.setattr(sandboxes, "DockerSandbox", Ready)
    monkeypatch.setattr(sandboxes, "AGAIN", 0.0)
    told = Told()
    sandbox = house_sandbox(told, image="ours:1")
    async with served(sandbox):
        assert "no Docker engine answers" in await _reason(sandbox)
        steps = len(told.steps)
        async with engine_that_refuses(nowhere / "no.sock"):
            await until(lambda: len(told.steps) > steps)
        assert told.steps[steps:] == [("A Docker engine answers.", 1.0)]
        assert (await sandbox.run(RUN)).output == "1\n"


@pytest.mark.usefixtures("nowhere")
async def test_p27_a_run_that_comes_early_waits_until_the_sandbox_is_prepared() -> None:
    sandbox = house_sandbox(Told())
    async with asyncio.TaskGroup() as group:
        early = group.create_task(asyncio.wait_for(_reason(sandbox), 10))
        with pytest.raises(TimeoutError):
            await until(early.done, within=0.05)
        async with served(sandbox):
            assert "no Docker engine answers" in await early


async def _reason(sandbox: HouseSandbox) -> str:
    with pytest.raises(SandboxUnavailable) as unavailable:
        await sandbox.run(RUN)
    return str(unavailable.value)


async def test_p27_a_run_waits_only_so_long_and_may_then_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "PREPARE_SECONDS", 0.01)
    with pytest.raises(SandboxUnavailable, match="still being prepared; try again") as unavailable:
        await house_sandbox(Told()).run(RUN)
    assert unavailable.value.busy


async def test_p27_an_image_that_cannot_be_built_is_the_reason_that_runs_get(
    nowhere: Path,  # noqa: F811
) -> None:
    told = Told()
    sandbox = house_sandbox(told)
    async with engine_that_refuses(nowhere / "no.sock"), served(sandbox):
        with pytest.raises(SandboxUnavailable) as unavailable:
            await sandbox.check()
    assert told.last == (f"Code is shown and not run: {unavailable.value}", 1.0)
    assert ("A Docker engine answers.", 1.0) in told.steps


async def test_a_configured_image_is_used_as_it_is_and_nothing_is_built(
    nowhere: Path,  # noqa: F811
) -> None:
    told = Told()
    sandbox = house_sandbox(told, image="ours:1")
    async with engine_that_refuses(nowhere / "no.sock"), served(sandbox):
        with pytest.raises(SandboxUnavailable):
            await sandbox.check()
    assert told.last == ("A Docker engine answers.", 1.0)


def test_an_installation_owns_its_containers_by_where_its_database_is(tmp_path: Path) -> None:
    one, other = owner_of(tmp_path / "one.db"), owner_of(tmp_path / "other.db")
    assert one == owner_of(tmp_path / "folder" / ".." / "one.db")
    assert one != other
    assert len(one) == 16


def test_x5_two_installations_at_one_path_of_their_own_disks_are_not_taken_for_one(tmp_path: Path) -> None:
    """As bots in containers have it, which may share an engine: neither may sweep the other's containers away."""
    database = tmp_path / "data" / "tertulia.db"
    database.parent.mkdir()
    first = owner_of(database)
    database.parent.rename(tmp_path / "of another container")
    database.parent.mkdir()
    assert owner_of(database) != first


def test_the_configs_table_becomes_the_adapters_settings() -> None:
    settings = settings_of(SandboxTable(image="ours:1", runtime="runsc", memory_mb=64, cpus=0.5))
    assert (settings.image, settings.runtime, settings.memory_mb, settings.cpus) == ("ours:1", "runsc", 64, 0.5)
    assert not settings.stateful


def test_x11_the_configs_sessions_become_the_adapters() -> None:
    table = SandboxTable(stateful=True, session_idle_seconds=60, session_age_seconds=600, sessions=3)
    settings = settings_of(table)
    assert (settings.stateful, settings.session_idle, settings.session_age, settings.sessions) == (True, 60, 600, 3)


def test_p26_nothing_is_kept_before_there_is_a_sandbox():
    assert house_sandbox(Told()).state("web:lobby") == ""
