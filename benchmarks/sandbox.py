"""Running code: in a container started for it, in one that waits, in a room's own; as wall time, on this engine."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

from adapters.docker_sandbox import DockerSandbox, ImageRecipe, SandboxSettings
from adapters.docker_sandbox.image import ensure_image
from adapters.docker_sandbox.inside.interpreter import CALM
from agents.log.code_blocks import CodeBlock
from agents.ports import CodeRun
from benchmarks.measuring import Size
from benchmarks.table import Row

HELLO = "print(1)"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.savefig('plot.png')"
BARE = SandboxSettings(preload=(), waiting=1)
LOADED = SandboxSettings(waiting=1)
RUNS = 25
SETTLING = 0.3
"""Seconds between runs, so that a container's successor does not compete with the next run."""
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass"
DEADLINE = 1.0
LOADING = CALM + 4.0
"""Seconds that a container may wait, import and draw before it is used."""


def measure(size: Size) -> Iterator[Row]:
    """The 25 runs of each kind are one after the other; without an engine this ends with a `SandboxUnavailable`."""
    runs = size.of(RUNS)
    asyncio.run(ensure_image(ImageRecipe(), lambda step, done: None))
    cold = asyncio.run(_cold(runs))
    warm = asyncio.run(_warm(BARE, HELLO, runs, SETTLING))
    yield Row(what="sandbox: cold run of print(1), goal for p95", samples=cold, unit="ms", floor=250.0, goal=500.0)
    yield Row(what="sandbox: warm run of print(1)", samples=warm, unit="ms", floor=0.2, goal=30.0)
    yield Row(what="sandbox: warm run, p95", samples=(_p95(warm),), unit="ms", goal=60.0)
    yield Row(what="sandbox: warm over cold", samples=(_p50(warm) / _p50(cold),), unit="x", goal=0.2)
    plots = size.of(5)
    yield Row(
        what="sandbox: warm plot to PNG, loaded", samples=asyncio.run(_warm(LOADED, PLOT, plots, LOADING)), unit="ms"
    )
    yield Row(what="sandbox: cold plot to PNG", samples=asyncio.run(_cold(plots, PLOT)), unit="ms")
    yield Row(
        what="sandbox: container refilled and removed (6/s)",
        samples=asyncio.run(_throughput(size.of(24), 4)),
        unit="ms",
        goal=167.0,
    )
    kept = asyncio.run(_stateful(size.of(200)))
    yield Row(what="sandbox: run in a room's session", samples=kept, unit="ms", floor=0.2, goal=5.0)
    yield Row(what="sandbox: run in a room's session, p95", samples=(_p95(kept),), unit="ms")
    late = asyncio.run(_overtime(size.of(5)))
    yield Row(what="sandbox: cold start and end of a deaf program, overtime", samples=late, unit="ms", goal=1000.0)
    for at_once in (1, 2, 4, 8, 16):
        each = asyncio.run(_throughput(size.of(16), at_once))
        yield Row(what=f"sandbox: {at_once} cold runs at once, each", samples=each, unit="ms")
    lags = asyncio.run(_lags(12))
    yield Row(what="sandbox: event loop's lag with 12 runs, p95", samples=(_p95(lags),), unit="ms", goal=20.0)


async def _cold(runs: int, code: str = HELLO) -> tuple[float, ...]:
    sandbox = DockerSandbox(BARE, owner="benchmark")
    times = [await _timed(sandbox, code) for _ in range(runs)]
    sandbox.close()
    return tuple(times)


async def _warm(settings: SandboxSettings, code: str, runs: int, settling: float) -> tuple[float, ...]:
    async with _served(settings) as sandbox:
        times: list[float] = []
        for _ in range(runs):
            while not sandbox.ready:  # noqa: ASYNC110 (the pool tells nobody)
                await asyncio.sleep(0.01)
            await asyncio.sleep(settling)
            times.append(await _timed(sandbox, code))
        return tuple(times)


async def _stateful(runs: int) -> tuple[float, ...]:
    """Milliseconds of every run but a session's first."""
    async with _served(SandboxSettings(preload=(), waiting=1, stateful=True)) as sandbox:
        times = [await _timed(sandbox, HELLO) for _ in range(runs + 1)]
    return tuple(times[1:])


async def _overtime(runs: int) -> tuple[float, ...]:
    """Milliseconds that a run takes beyond its deadline: its container's start, the kill, the removal."""
    sandbox = DockerSandbox(BARE, owner="benchmark")
    run = CodeRun(room="benchmark", blocks=(CodeBlock(language="python", code=STUBBORN),), timeout=DEADLINE)
    late: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        await sandbox.run(run)
        late.append((time.perf_counter() - began - DEADLINE) * 1000)
    sandbox.close()
    return tuple(late)


async def _lags(runs: int) -> tuple[float, ...]:
    """By how many milliseconds the event loop came late while so many programs ran."""
    sandbox = DockerSandbox(SandboxSettings(preload=(), queue=runs), owner="benchmark")
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append((time.perf_counter() - began - 0.005) * 1000)

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch())
        running = [tasks.create_task(_timed(sandbox, "import time; time.sleep(1)")) for _ in range(runs)]
        for task in running:
            await task
        watching.cancel()
    sandbox.close()
    return tuple(lags)


async def _throughput(runs: int, at_once: int) -> tuple[float, ...]:
    """Milliseconds per container when runs come as fast as containers do."""
    sandbox = DockerSandbox(SandboxSettings(preload=(), queue=runs, at_once=at_once), owner="benchmark")
    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(runs):
            tasks.create_task(_timed(sandbox, HELLO))
    sandbox.close()
    return ((time.perf_counter() - started) * 1000 / runs,)


@asynccontextmanager
async def _served(settings: SandboxSettings) -> AsyncGenerator[DockerSandbox]:
    sandbox = DockerSandbox(settings, owner="benchmark")
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(sandbox.serve())
        yield sandbox
        keeper.cancel()
    sandbox.close()


async def _timed(sandbox: DockerSandbox, code: str) -> float:
    started = time.perf_counter()
    result = await sandbox.run(CodeRun(room="benchmark", blocks=(CodeBlock(language="python", code=code),)))
    if result.status != "ok":
        raise RuntimeError(f"the program ended with {result.status}: {result.output}")
    return (time.perf_counter() - started) * 1000


def _p50(samples: tuple[float, ...]) -> float:
    return sorted(samples)[len(samples) // 2]


def _p95(samples: tuple[float, ...]) -> float:
    return sorted(samples)[int(len(samples) * 0.95)]
