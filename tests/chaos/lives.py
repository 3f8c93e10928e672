"""A process that is killed and started again, as often as wanted."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

_ALWAYS = {
    "DOCKER_HOST": "unix:///nowhere/docker.sock",
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), f"chaos-bytecode-{os.getuid()}")),
}
"""No engine; and bytecode is kept, as where the product is installed: else half of each start is compiling."""

ENDING_SECONDS = 10.0
"""How long a process may take to end when it is asked to (P31)."""


@dataclass(kw_only=True)
class Lives:
    """``python -m MODULE ARGUMENTS`` again and again; ``log`` gets all that it says. Sizes are in MiB.

    The next one stands by while one works, so that it begins at once; it begins with a line on its standard input.
    """

    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str]
    kills: int = 0
    endings: list[float] = field(default_factory=list[float])
    exits: list[int] = field(default_factory=list[int])
    _process: Process | None = None
    _next: Process | None = None

    async def begin(self, *, last: bool = False) -> None:
        """Start it; if it is not to be the ``last`` one, prepare the next."""
        self._process, self._next = self._next or await self._prepared(), None
        begins = self._process.stdin
        assert begins is not None, "it is made with one"
        begins.write(b"begin\n")
        await begins.drain()
        self._next = None if last else await self._prepared()

    async def _prepared(self) -> Process:
        with self.log.open("ab") as out:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.command,
                cwd=ROOT,
                env={**os.environ, **_ALWAYS, **self.environment},
                stdin=PIPE,
                stdout=out,
                stderr=out,
            )

    async def kill(self) -> None:
        """End it with SIGKILL: nothing that it holds in memory is kept."""
        process = self._alive()
        process.kill()
        await process.wait()
        self.kills += 1

    async def end(self) -> None:
        """Ask it to end with SIGTERM, and note how long that took and its exit code."""
        process, began = self._alive(), time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(2 * ENDING_SECONDS):
                self.exits.append(await process.wait())
        except TimeoutError:
            await self.kill()
            raise
        self.endings.append(time.monotonic() - began)

    def memory(self) -> float:
        """What it holds in memory now."""
        status = Path(f"/proc/{self._alive().pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def _alive(self) -> Process:
        process = self._process
        if process is None or process.returncode is not None:
            code = None if process is None else process.returncode
            raise AssertionError(f"The process ended by itself with exit code {code}; see {self.log.name}.")
        return process

    async def close(self) -> None:
        """Leave nothing behind."""
        for process in (self._process, self._next):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
