"""Containers that stand ready: used once, bounded, queued for, swept."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings, pool
from adapters.docker_sandbox import sandbox as sandbox_module
from adapters.docker_sandbox.engine import DockerEngine, Found, Started
from adapters.docker_sandbox.hardening import BOOT, INSTANCE, OWNER, container_config
from adapters.docker_sandbox.sandbox import boot_id
from agents.errors import SandboxUnavailable
from agents.ports import RunResult
from tests.adapters.docker_sandbox.conftest import PATIENCE, gone, python
from tests.adapters.docker_sandbox.fake_engine import FakeEngine, answering, frame, saying, wrapped

pytest_plugins = ("tests.engine",)

FINE = (
    frame(b"S"),
    frame(b"E", b'{"status": "ok", "exit_code": 0, "left_out": 0}'),
    frame(b"Z", b'{"too_many": 0, "too_large": 0}'),
)
OK = RunResult(status="ok", exit_code=0, output="")


@asynccontextmanager
async def serving(sandbox: DockerSandbox) -> AsyncIterator[None]:
    """Keep the sandbox's containers ready for the time of the block."""
    keeper = asyncio.ensure_future(sandbox.serve())
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is waited for tells nobody)
            await asyncio.sleep(0)


async def test_a_waiting_container_is_used_once_and_replaced() -> None:
    async with FakeEngine(saying(*FINE)) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="any", waiting=2), owner="x", engine=engine)
        async with serving(sandbox):
            for started in (2, 3, 4):
                await until(lambda: sandbox.ready == 2)
                assert engine.started == started
                assert await sandbox.run(python("")) == OK
        assert engine.present == {}


async def test_containers_that_stand_ready_are_started_side_by_side() -> None:
    class TwoAtOnce(FakeEngine):
        """An engine on which no container starts but together with another."""

        together = asyncio.Barrier(2)

        async def start(self, config: Mapping[str, object]) -> Started:
            async with asyncio.timeout(PATIENCE), self.together:
                return await super().start(config)

    async with TwoAtOnce(saying(*FINE)) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="any", waiting=2), owner="x", engine=engine)
        async with serving(sandbox):
            await until(lambda: sandbox.ready == 2)
        assert engine.started == 2


@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.parametrize("served", [False, True])
async def test_x6_wherever_a_run_is_cancelled_nothing_is_left_and_its_place_is_free(
    *, stateful: bool, served: bool
) -> None:
    settings = SandboxSettings(image="any", at_once=1, queue=0, waiting=1, stateful=stateful)
    ended = cancelled = 0
    for steps in range(70):
        async with FakeEngine(answering(*[FINE] * 3, then_end=False)) as engine:
            sandbox = DockerSandbox(settings, owner="x", engine=engine)
            async with serving(sandbox) if served else nullcontext():
                run = asyncio.ensure_future(sandbox.run(python("")))
                for _ in range(steps):
                    await asyncio.sleep(0)
                run.cancel()
                await asyncio.wait([run])
                cancelled, ended = cancelled + run.cancelled(), ended + (not run.cancelled())
                assert (await sandbox.run(python(""))).status == "ok", steps
                await until(lambda: len(engine.present) <= stateful + served)
            sandbox.close()
            assert not served or engine.present == {}
    assert cancelled > 5
    assert ended > 5


async def test_a_container_that_died_while_waiting_is_not_used() -> None:
    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"R"))

    async with FakeEngine(dies, saying(*FINE)) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="any", waiting=1), owner="x", engine=engine)
        async with serving(sandbox):
            await until(lambda: sandbox.ready == 1)
            assert await sandbox.run(python("")) == OK
            await until(lambda: engine.started == 3)
        assert engine.present == {}


async def test_a_run_whose_containers_all_die_before_it_starts_is_unavailable_not_failed() -> None:
    async with FakeEngine(saying()) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="any"), owner="x", engine=engine)
        with pytest.raises(SandboxUnavailable, match="end before they run anything"):
            await sandbox.run(python(""))
        assert engine.started == 3
        assert engine.present == {}


async def test_an_image_without_python_is_named_with_what_its_container_said() -> None:
    async def fails(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(wrapped(b"no python3\r\n", output=2))

    async with FakeEngine(fails) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="odd"), owner="x", engine=engine)
        with pytest.raises(SandboxUnavailable, match=r"image odd did not get ready \(the stream ended: no python3\)"):
            await sandbox.run(python(""))
        assert engine.present == {}


async def test_x8_beyond_its_places_and_its_queue_the_sandbox_is_busy() -> None:
    async with FakeEngine(saying(frame(b"S"), then_end=False)) as engine:
        settings = SandboxSettings(image="any", at_once=2, queue=1, patience=0.2)
        sandbox = DockerSandbox(settings, owner="x", engine=engine)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(sandbox.run(python("", timeout=0.5))) for _ in range(2)]
            await until(lambda: engine.started == 2)
            queued = tasks.create_task(outcome(sandbox))
            await asyncio.sleep(0)
            assert await outcome(sandbox) == ("All sandboxes are busy and the queue is full; try again soon.", True)
            assert await queued == ("No sandbox came free within 0 s; try again soon.", True)
            assert [task.done() for task in running] == [False, False]
        assert engine.started == 2


async def outcome(sandbox: DockerSandbox) -> tuple[str, bool]:
    try:
        await sandbox.run(python(""))
    except SandboxUnavailable as reason:
        return str(reason), reason.busy
    return "", False


def test_a_machine_that_does_not_tell_its_boot_has_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert boot_id() == boot_id()
    monkeypatch.setattr(sandbox_module, "BOOT_ID", tmp_path / "missing")
    assert boot_id() == ""


async def test_the_pool_waits_for_an_engine_that_comes_back() -> None:
    async with FakeEngine(saying(*FINE)) as engine:
        engine.down = True
        sandbox = DockerSandbox(SandboxSettings(image="any", waiting=1), owner="x", engine=engine)
        async with serving(sandbox):
            with pytest.raises(SandboxUnavailable):
                await sandbox.run(python(""))
            engine.down = False
            assert await sandbox.run(python("")) == OK
            await until(lambda: sandbox.ready == 1)
            engine.down = True
        engine.down = False


@pytest.mark.engine
async def test_x7_no_run_finds_anything_of_another(settings: SandboxSettings, owner: str) -> None:
    program = (
        "import os\nprint(sorted(os.listdir('/workspace')), sorted(os.listdir('/tmp')), 'left' in os.environ)\n"
        "import json; print(hasattr(json, 'left'))\n"
        "open('left', 'w'); open('/tmp/left', 'w'); os.environ['left'] = 'x'; json.left = 1\n"
    )
    sandbox = DockerSandbox(settings, owner=owner)
    async with serving(sandbox):
        for _ in range(4):
            result = await sandbox.run(python(program))
            assert result.output.splitlines()[-1] == "False"
            assert result.output.startswith("[] ['block1.py'")
            assert "left" not in result.output
    sandbox.close()


@pytest.mark.engine
async def test_a_container_that_waits_answers_at_least_five_times_sooner_than_one_that_is_started(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    sandbox = DockerSandbox(settings, owner=owner)

    async def took() -> float:
        started = time.perf_counter()
        assert (await sandbox.run(python("print(1)"))).output == "1\n"
        return time.perf_counter() - started

    cold = [await took() for _ in range(5)]
    warm: list[float] = []
    async with serving(sandbox):
        for _ in range(5):
            await until(lambda: sandbox.ready == settings.waiting)  # so that no refill competes with the run
            warm.append(await took())
    sandbox.close()
    await gone(engine, owner)
    assert statistics.median(warm) * 5 <= statistics.median(cold)


@pytest.mark.engine
async def test_x8_twelve_runs_at_once_leave_the_loop_and_other_threads_free(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    sandbox = DockerSandbox(settings, owner=owner)
    lags: list[float] = []
    waits: list[float] = []

    async def watch() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.01)
            lags.append(time.perf_counter() - started - 0.01)
            started = time.perf_counter()
            await asyncio.to_thread(int)
            waits.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as tasks:
        watcher = tasks.create_task(watch())
        runs = [tasks.create_task(sandbox.run(python("import time; time.sleep(1); print(1)"))) for _ in range(12)]
        assert [(await run).output for run in runs] == ["1\n"] * 12
        watcher.cancel()
    sandbox.close()
    await gone(engine, owner)
    # 20 ms and 50 ms on a machine of its own; a thread pool that waits for containers would starve others for seconds
    assert sorted(lags)[int(len(lags) * 0.95)] < 0.1
    assert max(waits) < 0.5


@pytest.mark.engine
async def test_x5_the_sweep_at_the_start_removes_what_a_dead_process_left_and_nothing_else(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    async def leave(state: str, *, of: str = owner, boot: str | None = None) -> str:
        labels = {OWNER: of, INSTANCE: "earlier", BOOT: boot_id() if boot is None else boot}
        config: dict[str, Any] = container_config(settings, labels)
        if state == "running":
            started = await engine.start(config)
            started.socket.detach()  # nobody hangs up
            return started.id
        host = {**config["HostConfig"], "AutoRemove": False}
        changed = {**config, "HostConfig": host, "Entrypoint": ["true"], "Cmd": []}
        container: str = (await engine.call(lambda client: client.create_container_from_config(changed)))["Id"]
        if state == "exited":
            await engine.call(lambda client: client.start(container))
            await engine.call(lambda client: client.wait(container, timeout=5))
        return container

    other = f"{owner}-other"
    swept = {await leave(state) for state in ("created", "exited", "running")}
    kept = {
        await leave("running", of=other),
        await leave("created", of=other),
        await leave("running", boot="of another machine"),
    }
    sandbox = DockerSandbox(settings, owner=owner)
    try:
        async with serving(sandbox):
            assert (await sandbox.run(python("print(1)"))).output == "1\n"
            async with asyncio.timeout(PATIENCE):
                while swept & await left(engine, owner, other):
                    await sandbox.check()
        async with asyncio.timeout(PATIENCE):
            while await left(engine, owner, other) != kept:
                await sandbox.check()
    finally:
        for container in kept | swept:
            await engine.remove(container)
        sandbox.close()


async def test_x5_x12_what_a_slow_engine_made_for_nobody_and_an_earlier_boot_left_is_removed_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "SWEEPING", 0.0)

    class Slow(FakeEngine):
        """An engine that made a container when everybody had left, and takes its time to start another one."""

        made: dict[str, str] = {  # noqa: RUF012 (of this test alone)
            "for nobody": "created",
            "an earlier boot's": "exited",
            "another machine's": "running",
        }
        swept = asyncio.Event()

        async def start(self, config: Mapping[str, object]) -> Started:
            if not hasattr(self, "labels"):
                self.labels: Any = config["Labels"]
                raise SandboxUnavailable("It did not answer.")
            await self.swept.wait()
            return await super().start(config)

        async def containers(self, label: str) -> tuple[Found, ...]:
            if len(self.made) == 1:
                self.swept.set()
            elsewhere = {**self.labels, INSTANCE: "another", BOOT: "another"}
            old = (
                Found(id=name, labels=elsewhere if name.startswith("an") else self.labels, state=state)
                for name, state in self.made.items()
            )
            return (*old, *await super().containers(label))

        async def remove(self, container: str) -> None:
            if self.made.pop(container, None) is None:
                await super().remove(container)

    async with Slow(saying(*FINE)) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="any", waiting=1), owner="x", engine=engine)
        with pytest.raises(SandboxUnavailable):
            await sandbox.run(python(""))
        async with serving(sandbox):
            await until(lambda: sandbox.ready == 1)
            assert list(engine.made) == ["another machine's"]
            await sweeps(engine)
            assert list(engine.present) == ["container-1"]


async def test_x5_a_container_whose_removal_failed_is_removed_by_a_later_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A taken-over agent need not leave when its input ends."""
    monkeypatch.setattr(pool, "SWEEPING", 0.0)

    class Refusing(FakeEngine):
        """An engine that is too busy to remove its first container, once."""

        refused = False

        async def remove(self, container: str) -> None:
            if not self.refused:
                self.refused = True
                raise SandboxUnavailable("It did not answer.")
            await super().remove(container)

    async with Refusing(saying(*FINE)) as engine:
        sandbox = DockerSandbox(SandboxSettings(image="any", waiting=1), owner="x", engine=engine)
        async with serving(sandbox):
            await until(lambda: sandbox.ready == 1)
            assert await sandbox.run(python("")) == OK
            await until(lambda: engine.refused and list(engine.present) == ["container-2"])
            await sweeps(engine)
            assert (list(engine.present), sandbox.ready) == (["container-2"], 1)
            await sandbox.run(python(""))


async def sweeps(engine: FakeEngine) -> None:
    """Wait until it was looked for strays a few times more."""
    seen = engine.looks
    await until(lambda: engine.looks > seen + 3)


async def left(engine: DockerEngine, *owners: str) -> set[str]:
    return {found.id for owner in owners for found in await engine.containers(f"{OWNER}={owner}")}
