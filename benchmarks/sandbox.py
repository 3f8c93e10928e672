"""Running code: a container started for it, and one that waits; as wall time, on the engine of this machine."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

from adapters.docker_sandbox import DockerSandbox, ImageRecipe, SandboxSettings
from adapters.docker_sandbox.image import ensure_image
from agents.runs import CodeBlock, CodeRun
from benchmarks.measuring import Size
from benchmarks.table import Row

HELLO = "print(1)"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.savefig('plot.png')"
BARE = SandboxSettings(preload=(), waiting=1)
LOADED = SandboxSettings(waiting=1)
RUNS = 25
SETTLING = 0.3
"""Seconds between runs, so that a container's successor does not compete with the next run."""
LOADING = 4.0
"""Seconds that a container may take to import and draw before it is used."""


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
        samples=asyncio.run(_throughput(size.of(24))),
        unit="ms",
        goal=167.0,
    )


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


async def _throughput(runs: int) -> tuple[float, ...]:
    """Milliseconds per container when runs come as fast as containers do."""
    sandbox = DockerSandbox(SandboxSettings(preload=(), queue=runs), owner="benchmark")
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
