"""Tertulia's sandbox beside others: one program, one engine, one image, in the same minutes.

``python -m benchmarks.sandbox_peers`` installs the others into an environment of their own under .build/ (they are no
dependency), measures each and Tertulia in turn, and prints one table. What the numbers do not say (who is root, who has
a network) is in docs/sandbox.md.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.docker_sandbox import DockerSandbox, ImageRecipe, SandboxSettings
from adapters.docker_sandbox.image import ensure_image
from agents.log.code_blocks import CodeBlock
from agents.ports import CodeRun
from benchmarks.sandbox_peer import PROGRAM, Runs, measure

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".build" / "sandbox-peers"
RECIPE = ImageRecipe(packages=("jupyter_kernel_gateway", "ipykernel"))
"""One of them wants a Jupyter gateway in the image, so all get it."""

PEERS = {
    "autogen-ext 0.7.5, command line": "autogen",
    "ag2 1.2.1": "ag2",
    "llm-sandbox 0.3.46, session": "llm_sandbox",
    "smolagents 1.26.0": "smolagents",
}
REQUIREMENTS = ("autogen-ext[docker]==0.7.5", "ag2==1.2.1", "llm-sandbox[docker]==0.3.46", "smolagents[docker]==1.26.0")
RUNS, STARTS = 24, 3
INSTALLING, MEASURING = 600, 300
"""Seconds that these may take."""


def main() -> int:
    """Print milliseconds to the first output, for each further program, and to let go; the exit code."""
    _install()
    image = asyncio.run(ensure_image(RECIPE, lambda step, done: None))
    ready = SandboxSettings(image=image, preload=(), waiting=2)
    stateful = SandboxSettings(image=image, preload=(), waiting=2, stateful=True)
    print(f"Load of the machine's {os.cpu_count()} processors when this began: {os.getloadavg()[0]:.1f}")
    print(f"{'milliseconds, median (95th percentile)':42}{'first':>12}{'each further':>20}{'end':>12}")
    _print("Tertulia, a fresh container each time", asyncio.run(measure(lambda _: ours(ready), image, RUNS, STARTS)))
    _print("Tertulia, stateful", asyncio.run(measure(lambda _: ours(stateful), image, RUNS, STARTS)))
    for peer, name in PEERS.items():
        _print(peer, _measured(name, image))
    return 0


@asynccontextmanager
async def ours(settings: SandboxSettings) -> AsyncGenerator[Runs]:
    """Our sandbox with its pool, in the way of the peers."""
    sandbox = DockerSandbox(settings, owner="benchmark")
    run = CodeRun(room="benchmark", blocks=(CodeBlock(language="python", code=PROGRAM),))

    async def printed() -> str:
        return (await sandbox.run(run)).output.rpartition("]\n")[2]

    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(sandbox.serve())
        yield printed
        serving.cancel()
    sandbox.close()


def _install() -> None:
    if (ENVIRONMENT / ".installed").exists():
        return
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    command = [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", *REQUIREMENTS]
    subprocess.run(command, check=True, timeout=INSTALLING)
    (ENVIRONMENT / ".installed").touch()


def _measured(name: str, image: str) -> Mapping[str, Sequence[float]]:
    command = [
        str(ENVIRONMENT / "bin" / "python"),
        "-m",
        "benchmarks.sandbox_peer",
        name,
        image,
        str(RUNS),
        str(STARTS),
    ]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True,
        timeout=MEASURING,
    )  # fmt: skip
    return json.loads(done.stdout)


def _print(who: str, measured: Mapping[str, Sequence[float]]) -> None:
    following = sorted(measured["next"])
    first, end = statistics.median(measured["first"]), statistics.median(measured["end"])
    next_run = f"{statistics.median(following):.1f} ({following[int(len(following) * 0.95)]:.1f})"
    print(f"{who:42}{first:>12.0f}{next_run:>20}{end:>12.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
