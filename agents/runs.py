"""What runs in a sandbox and what comes out."""

from typing import Literal, TypeAlias

from agents.values import value


@value
class CodeBlock:
    """One program. ``language`` is ``python`` or ``sh``; ``filename`` a plain relative path, or empty."""

    language: str
    code: str
    filename: str = ""


@value
class NamedFile:
    """A file by content. From a sandbox, ``name`` is a safe base name."""

    name: str
    media_type: str
    content: bytes


@value
class CodeRun:
    """What to run: blocks in order, stopping at the first that fails; ``files`` lie in the workspace before.

    ``timeout`` is in seconds for the whole run.
    """

    room: str
    blocks: tuple[CodeBlock, ...]
    files: tuple[NamedFile, ...] = ()
    timeout: float = 30.0


RunStatus: TypeAlias = Literal["ok", "error", "timeout", "oom", "output_limit", "killed"]


@value
class RunResult:
    """How it ended. ``exit_code`` is 124 for a time-out; ``output`` is both streams, shortened with a note."""

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


def in_workspace(filename: str) -> bool:
    """Whether it is a plain relative path that stays inside the workspace; so is an empty one, which names no file."""
    if not filename:
        return True
    plain_parts = all(part not in ("", ".", "..") and not part.startswith("~") for part in filename.split("/"))
    return plain_parts and filename.isprintable() and len(filename) <= 200 and not set(filename) & set('\\:*?"<>|')
