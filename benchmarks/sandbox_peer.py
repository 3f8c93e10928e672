"""One other sandbox at the same work; a program for an environment of the peers' own.

``python -m benchmarks.sandbox_peer NAME IMAGE RUNS STARTS`` prints one JSON object: milliseconds by what was measured.
It needs nothing of Tertulia, and imports a peer only when that one is measured.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import TypeAlias

Runs: TypeAlias = Callable[[], Awaitable[str]]
"""Runs the program once and gives what it printed."""

PROGRAM = "print(1)"
PAUSE = 0.4
"""Seconds between two programs, as between two turns of a fast conversation; the same for everybody."""


@asynccontextmanager
async def autogen(image: str) -> AsyncGenerator[Runs]:
    """One container, an `exec` and a file for each program."""
    docker = import_module("autogen_ext.code_executors.docker")
    block = import_module("autogen_core.code_executor").CodeBlock(code=PROGRAM, language="python")
    token = import_module("autogen_core").CancellationToken()
    with tempfile.TemporaryDirectory() as folder:
        executor = docker.DockerCommandLineCodeExecutor(image=image, work_dir=folder)
        await executor.start()

        async def run() -> str:
            return (await executor.execute_code_blocks([block], token)).output

        yield run
        await executor.stop()


@asynccontextmanager
async def ag2(image: str) -> AsyncGenerator[Runs]:
    """One container, an `exec` for each program."""
    async with import_module("ag2.extensions.docker.sandbox").DockerSandbox(image=image) as sandbox:

        async def run() -> str:
            return (await sandbox.exec(["python3", "-c", PROGRAM])).output

        yield run


@asynccontextmanager
async def llm_sandbox(image: str) -> AsyncGenerator[Runs]:
    """One container, a copied file and an `exec` for each program."""
    session = import_module("llm_sandbox").SandboxSession(lang="python", image=image, skip_environment_setup=True)
    session.open()

    async def run() -> str:
        return session.run(PROGRAM).stdout

    yield run
    session.close()


@asynccontextmanager
async def smolagents(image: str) -> AsyncGenerator[Runs]:
    """One container with a Jupyter gateway, a published port, one kernel for all programs."""
    logger = import_module("smolagents.monitoring").AgentLogger(level=-1)
    gateway = "python3 -m kernel_gateway --KernelGatewayApp.ip=0.0.0.0 --KernelGatewayApp.port=8888"
    executor = import_module("smolagents.remote_executors").DockerExecutor(
        [], logger, image_name=image, build_new_image=False, container_run_kwargs={"command": gateway}
    )

    async def run() -> str:
        return executor.run_code_raise_errors(PROGRAM).logs

    yield run
    executor.cleanup()


PEERS: dict[str, tuple[str, Callable[[str], AbstractAsyncContextManager[Runs]]]] = {
    "autogen": ("autogen_ext.code_executors.docker", autogen),
    "ag2": ("ag2.extensions.docker.sandbox", ag2),
    "llm_sandbox": ("llm_sandbox", llm_sandbox),
    "smolagents": ("smolagents.remote_executors", smolagents),
}
"""Each with the module that is imported before anything is measured."""


async def measure(
    peer: Callable[[str], AbstractAsyncContextManager[Runs]], image: str, runs: int, starts: int
) -> dict[str, list[float]]:
    """Milliseconds from nothing to the first output, for each further program, and to let go."""
    measured: dict[str, list[float]] = {"first": [], "next": [], "end": []}
    for _ in range(starts):
        began = time.perf_counter()
        async with peer(image) as run:
            await _checked(run)
            measured["first"].append((time.perf_counter() - began) * 1000)
            for _ in range(runs // starts):
                await asyncio.sleep(PAUSE)
                began = time.perf_counter()
                await _checked(run)
                measured["next"].append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
        measured["end"].append((time.perf_counter() - began) * 1000)
    return measured


async def _checked(run: Runs) -> None:
    printed = await run()
    if printed.strip() != "1":
        raise RuntimeError(f"the program printed {printed!r}")


if __name__ == "__main__":
    name, image, runs, starts = sys.argv[1:]
    module, peer = PEERS[name]
    import_module(module)
    sys.stdout.write(json.dumps(asyncio.run(measure(peer, image, int(runs), int(starts)))))
