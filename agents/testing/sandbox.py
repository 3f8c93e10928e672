"""A sandbox that runs nothing: a test says how each program ends."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from agents.errors import SandboxUnavailable, WrongUse
from agents.log.code_blocks import CodeBlock
from agents.log.files import NamedFile
from agents.ports import CodeRun, RunResult, refusal
from agents.testing.model import Gate


class Gated(Struct, frozen=True, kw_only=True):
    """A program that runs until its gate is opened, and then ends with ``result``."""

    gate: Gate
    result: RunResult


Ending: TypeAlias = str | RunResult | Gated | SandboxUnavailable
"""How a block ends: it prints a text and succeeds, gives this result, waits at a gate first, or cannot be run."""


class FakeSandbox:
    r"""A `Sandbox` whose blocks end as ``endings`` says: by their code, or by a function of the block.

        sandbox = FakeSandbox({"print(1)": "1\n"})
        run = CodeRun(room="web:lobby", blocks=(CodeBlock(language="python", code="print(1)"),))
        assert (await sandbox.run(run)).output == "1\n"

    Without endings every program succeeds and prints nothing; with them, other code raises `WrongUse`. ``runs`` has
    every run, oldest first, refused ones too. A text in ``unavailable`` is what every run and check then raise as
    `SandboxUnavailable`. ``states`` is what `state` answers, by room.
    """

    def __init__(
        self,
        endings: Mapping[str, Ending] | Callable[[CodeBlock], Ending] = lambda _: "",
        *,
        unavailable: str = "",
    ):
        self._ending = endings if callable(endings) else _by_code(endings)
        self.unavailable = unavailable
        self.runs: list[CodeRun] = []
        self.states: dict[str, str] = {}

    async def check(self) -> None:
        """Raise `SandboxUnavailable` where ``unavailable`` says why."""
        if self.unavailable:
            raise SandboxUnavailable(self.unavailable)

    def state(self, room: str) -> str:
        """What ``states`` has for the room; empty where it has nothing."""
        return self.states.get(room, "")

    async def run(self, run: CodeRun) -> RunResult:
        """End the blocks one after the other, up to the first that does not succeed."""
        await self.check()
        self.runs.append(run)
        refused = refusal(run)
        if refused:
            return RunResult(status="error", exit_code=1, output=refused)
        output = ""
        files: dict[str, NamedFile] = {}
        result = RunResult(status="ok", exit_code=0, output="")
        for block in run.blocks:
            result = await _end(self._ending(block))
            output += result.output
            files.update((file.name, file) for file in result.files)
            if result.status != "ok":
                break
        return RunResult(status=result.status, exit_code=result.exit_code, output=output, files=tuple(files.values()))


def _by_code(endings: Mapping[str, Ending]) -> Callable[[CodeBlock], Ending]:
    def ending(block: CodeBlock) -> Ending:
        if block.code not in endings:
            raise WrongUse(f"The fake sandbox was not told what this program does; add it: {block.code!r}")
        return endings[block.code]

    return ending


async def _end(ending: Ending) -> RunResult:
    match ending:
        case SandboxUnavailable():
            raise ending
        case Gated():
            ending.gate.reached.set()
            await ending.gate.opened.wait()
            return ending.result
        case str():
            return RunResult(status="ok", exit_code=0, output=ending)
        case _:
            return ending
