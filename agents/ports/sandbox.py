"""What runs in a sandbox and what comes out."""

from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from agents.log.code_blocks import CodeBlock, in_workspace
from agents.log.files import NamedFile


class CodeRun(Struct, frozen=True, kw_only=True):
    """What to run: the blocks in order, up to the first that fails.

    ``files`` are put into the workspace before. ``timeout`` is in seconds, for the whole run.
    """

    room: str
    blocks: tuple[CodeBlock, ...]
    files: tuple[NamedFile, ...] = ()
    timeout: float = 30.0


RunStatus: TypeAlias = Literal["ok", "error", "timeout", "oom", "output_limit", "killed"]
"""How a run ended: well, with an error, too late, for want of memory, with too much output, or killed from outside."""


class RunResult(Struct, frozen=True, kw_only=True):
    """How a run ended.

    ``exit_code`` is the last program's; 124 where time was up, as with the command ``timeout``. ``output`` is what went
    to both of its streams, and says so where it was shortened. ``files`` are what it made in the workspace.
    """

    status: RunStatus
    exit_code: int
    output: str
    files: tuple[NamedFile, ...] = ()


def refusal(run: CodeRun) -> str:
    """Why no sandbox may run this, as a sentence for the model; empty where nothing speaks against it."""
    for number, block in enumerate(run.blocks, 1):
        if block.language not in ("python", "sh"):
            return f"Nothing was run: block {number} is {block.language!r}, and only python and sh are run here."
        if not in_workspace(block.filename):
            return (
                f"Nothing was run: block {number} names the file {block.filename!r}, which is not in the workspace; "
                "use a plain relative name such as plot.py."
            )
    return ""


class Sandbox(Protocol):
    """Where agents' code runs; it runs nowhere else.

    What a program does wrong is a result for the model; only a sandbox that cannot run anything raises.

        hello = CodeBlock(language="python", code="print('Hello.')")
        result = await sandbox.run(CodeRun(room="web:lobby", blocks=(hello,)))
        assert result.exit_code == 0
    """

    async def run(self, run: CodeRun) -> RunResult:
        """Run the blocks. Raises `SandboxUnavailable`; nothing ran then. Cancelling kills and removes everything."""
        ...

    async def check(self) -> None:
        """Return where a run would find an engine and an image; else raise `SandboxUnavailable` with what to do."""
        ...

    def state(self, room: str) -> str:
        """Names what earlier runs have left for the next one in this room; another name after each run that does so.

        Empty where nothing is left. An approval of code holds only for the state in which it was given.
        """
        ...


def read_result(result: RunResult) -> str:
    """What a model reads of a run: the two lines of AutoGen 0.2, which models know.

    A sentence on how it ended follows where those would mislead: time was up, or it failed without a word.
    """
    ended = "succeeded" if _succeeded(result) else "failed"
    return f"exitcode: {result.exit_code} (execution {ended})\nCode output: {read_output(result)}"


def read_output(result: RunResult) -> str:
    """What a run wrote, with a sentence on how it ended where it failed without a word or was ended."""
    ending = _ENDINGS[result.status]
    if not _succeeded(result) and not ending and not result.output.strip():
        ending = "The program failed and wrote nothing."
    return "\n".join(part for part in (result.output.rstrip("\n"), ending) if part) if ending else result.output


def _succeeded(result: RunResult) -> bool:
    return result.status == "ok" and result.exit_code == 0


_ENDINGS: dict[RunStatus, str] = {
    "ok": "",
    "error": "",
    "timeout": "The program timed out and was ended.",
    "oom": "The program used more memory than it may and was ended.",
    "output_limit": "The program wrote more than it may and was ended.",
    "killed": "The program was ended from outside.",
}
