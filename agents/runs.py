"""What runs in a sandbox and what comes out."""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """One program. ``language`` is ``python`` or ``sh``; ``filename`` a plain relative path, or empty."""

    language: str
    code: str
    filename: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file by content. From a sandbox, ``name`` is a safe base name."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRun:
    """What to run: blocks in order, stopping at the first that fails; ``files`` lie in the workspace before.

    ``timeout`` is in seconds for the whole run.
    """

    room: str
    blocks: tuple[CodeBlock, ...]
    files: tuple[NamedFile, ...] = ()
    timeout: float = 30.0


RunStatus: TypeAlias = Literal["ok", "error", "timeout", "oom", "output_limit", "killed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How it ended. ``exit_code`` is 124 for a time-out; ``output`` is both streams, shortened with a note."""

    status: RunStatus
    exit_code: int
    output: str
    files: tuple[NamedFile, ...] = ()
