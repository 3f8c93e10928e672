"""What an attack is, and whether the sandbox held."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.docker_sandbox.names import safe_name
from agents.errors import SandboxUnavailable
from agents.log.code_blocks import CodeBlock
from agents.ports import CodeRun, RunResult, RunStatus, Sandbox

AT_ONCE = 4
"""How many attacks are tried at the same time."""

WORKED = "WORKED"
"""What a program prints when something worked that must not."""

ATTEMPT = f"""
import errno, os
def attempt(what):
    try:
        what()
    except OSError as error:
        print(errno.errorcode.get(error.errno, error.errno))
    else:
        print("{WORKED}")
"""
"""For programs: the name of the error with which something is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A hostile program, and what is seen when it gets nowhere.

    ``by`` is what stops it, for people. The run must end in one of ``endings``, its output must contain the pattern
    ``output`` and its files, unless None, must have the names ``files``. ``neighbour`` is a program that another room
    runs before. No file may hold ``secret``. With ``shared_kernel`` it is an attack only where programs have the host's
    kernel: in one of their own they may do that to themselves.
    """

    name: str
    by: str
    program: str
    output: str = ""
    endings: tuple[RunStatus, ...] = ("ok",)
    files: tuple[str, ...] | None = None
    media_types: tuple[str, ...] | None = None
    language: str = "python"
    timeout: float = 15.0
    neighbour: str = ""
    secret: bytes = b"root:x:0"
    shared_kernel: bool = False

    def failed(self, result: RunResult, *, exactly: bool) -> bool:
        """Whether it got nowhere, and ``exactly`` as on Linux.

        Another kernel, such as gVisor's, refuses and counts in its own ways: nothing may have worked there.
        """
        names = tuple(file.name for file in result.files)
        harmless = (
            WORKED not in result.output
            and all(safe_name(name) == name for name in names)
            and not any(self.secret in file.content for file in result.files)
        )
        if not exactly:
            return harmless
        return (
            harmless
            and result.status in self.endings
            and re.search(self.output, result.output) is not None
            and self.files in (None, names)
            and self.media_types in (None, tuple(file.media_type for file in result.files))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackOutcome:
    """What came of an attack. ``said`` is how the run ended and the beginning of its output, in printable letters."""

    attack: Attack
    held: bool
    said: str


async def assault(sandbox: Sandbox, attacks: Sequence[Attack], *, exactly: bool = True) -> tuple[AttackOutcome, ...]:
    """Try them all, each in a room of its own. An attack that could not be run did not show that the sandbox holds."""
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as tasks:
        trying = [tasks.create_task(_attempt(sandbox, attack, places, exactly)) for attack in attacks]
    return tuple(task.result() for task in trying)


async def _attempt(sandbox: Sandbox, attack: Attack, places: asyncio.Semaphore, exactly: bool) -> AttackOutcome:
    try:
        async with places:
            if attack.neighbour:
                await sandbox.run(_run(f"{attack.name}: the neighbour", "python", attack.neighbour, attack.timeout))
            result = await sandbox.run(_run(attack.name, attack.language, attack.program, attack.timeout))
    except SandboxUnavailable as reason:
        return AttackOutcome(attack=attack, held=False, said=f"not run: {reason}")
    said = f"{result.status}: {ascii(result.output[:300])[1:-1]}"
    return AttackOutcome(attack=attack, held=attack.failed(result, exactly=exactly), said=said)


def _run(room: str, language: str, program: str, timeout: float) -> CodeRun:
    return CodeRun(room=room, blocks=(CodeBlock(language=language, code=program),), timeout=timeout)
