"""One run as a dialogue with a container's agent: the request goes in, a result is made of the frames that come out.

The program may have taken the agent over, so no frame is trusted.
"""

import asyncio
import codecs
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from msgspec import structs

from adapters.docker_sandbox.frame_stream import BrokenFrames, FrameStream
from adapters.docker_sandbox.names import media_type, safe_name
from adapters.docker_sandbox.settings import LIMITS, RunLimits
from agents.log.files import NamedFile
from agents.ports import CodeRun, RunResult, RunStatus

ADMISSION = 20.0
"""Seconds that a waiting agent may take to accept a request."""

GRACE = 0.7
"""Seconds past a run's time-out after which its container is killed, should the agent not have ended it itself."""

COLLECTING = 10.0
"""Seconds that sending the files may take once the programs have ended."""

INTERPRETER_ENDED = "[The interpreter of this session ended: the variables of earlier runs are lost, files are kept]"

KILLED = 137
_CONTINUATION = bytes(range(0x80, 0xC0))
_STATUSES: Mapping[str, RunStatus] = {
    "ok": "ok",
    "error": "error",
    "timeout": "timeout",
    "oom": "oom",
    "output_limit": "output_limit",
}


@dataclass(slots=True)
class _IncomingFile:
    name: str
    size: int
    content: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Dialogue:
    """Collects what one run sends, within its limits.

    ``started`` is false as long as certainly nothing ran; ``complete`` says that the agent told everything, so that one
    which keeps a ``session`` can be talked to again; ``lost``, that the variables of earlier runs are gone.
    """

    limits: RunLimits = LIMITS
    session: bool = False
    started: bool = False
    complete: bool = False
    lost: bool = False
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytes = b""
    _left_out: int = 0
    _status: RunStatus | None = None
    _exit_code: int = 0
    _incoming: _IncomingFile | None = None
    _files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _unsent: tuple[int, int] = (0, 0)

    async def hold(self, stream: FrameStream, run: CodeRun) -> RunResult:
        """Run it. Raises `BrokenFrames` when the stream ends or breaks before the programs have ended."""
        await self._begin(stream, run)
        try:
            async with asyncio.timeout(run.timeout + GRACE):
                while self._status is None:
                    self._take(*await stream.receive())
        except TimeoutError:
            self._status, self._exit_code = "timeout", 124
            return self._result()
        try:
            async with asyncio.timeout(COLLECTING):
                while not self.complete:
                    self._take(*await stream.receive())
        except (TimeoutError, BrokenFrames):
            # the programs' end is known; an agent that cannot tell the rest was tampered with
            self._status, self._exit_code = "killed", KILLED
        return self._result()

    async def _begin(self, stream: FrameStream, run: CodeRun) -> None:
        try:
            async with asyncio.timeout(ADMISSION):
                await stream.send(self._request(run), [one.content for one in run.files])
                self._take(*await stream.receive())
        except TimeoutError as error:
            raise BrokenFrames(f"the agent did not take the request within {ADMISSION:.0f} s") from error

    def _request(self, run: CodeRun) -> bytes:
        names: list[str] = []
        for file in run.files:
            names.append(safe_name(file.name, names))
        request = {
            "blocks": [structs.asdict(block) for block in run.blocks],
            "files": [{"name": name, "size": len(file.content)} for name, file in zip(names, run.files, strict=True)],
            "timeout": run.timeout,
            "limits": asdict(self.limits),
            "session": self.session,
        }
        return json.dumps(request).encode()

    def _take(self, kind: bytes, payload: bytes) -> None:
        match kind:
            case b"S" if not self.started:
                self.started = True
            case b"O" if self.started and self._status is None and len(self._head) + len(payload) <= self.limits.head:
                self._head += payload
            case b"T" if self.started and self._status is None and not self._tail and len(payload) <= self.limits.tail:
                self._tail = payload
            case b"E" if self.started and self._status is None:
                self._end(_object(payload))
            case b"F" if self._status is not None and self._incoming is None and len(self._files) < self.limits.files:
                self._announce(_object(payload))
            case b"D" if self._incoming is not None and payload:
                self._incoming.content += payload
                self._file_done(self._incoming)
            case b"Z" if self._status is not None and self._incoming is None:
                self._left_behind(_object(payload))
            case _:
                raise BrokenFrames(f"a frame of kind {kind!r} came where none may")

    def _end(self, ending: Mapping[str, Any]) -> None:
        status = _STATUSES.get(str(ending.get("status")))
        if status is None:
            raise BrokenFrames("the run ended in an unknown way")
        self._left_out = _number(ending, "left_out", 1 << 40)
        self._exit_code = _number(ending, "exit_code", 255)
        self.lost = self.session and ending.get("lost") is True
        self._status = status

    def _announce(self, file: Mapping[str, Any]) -> None:
        name = safe_name(str(file.get("name"))[:1000], self._files)
        self._incoming = _IncomingFile(name, _number(file, "size", self.limits.file))
        self._file_done(self._incoming)

    def _file_done(self, incoming: _IncomingFile) -> None:
        if len(incoming.content) > incoming.size:
            raise BrokenFrames("a file was longer than announced")
        if len(incoming.content) == incoming.size:
            self._files[incoming.name] = bytes(incoming.content)
            self._incoming = None

    def _left_behind(self, rest: Mapping[str, Any]) -> None:
        self._unsent = _number(rest, "too_many", 1 << 20), _number(rest, "too_large", 1 << 20)
        self.complete = True

    def _result(self) -> RunResult:
        files = tuple(
            NamedFile(name=name, media_type=media_type(name, content), content=content)
            for name, content in self._files.items()
        )
        return RunResult(status=self._status or "killed", exit_code=self._exit_code, output=self._output(), files=files)

    def _output(self) -> str:
        if self._left_out:
            gap = f"\n[{self._left_out:,} bytes of output were left out here]\n"
            text = f"{_without_torn_end(self._head)}{gap}{_text(self._tail.lstrip(_CONTINUATION))}"
        else:
            text = _text(self._head + self._tail)
        too_many, too_large = self._unsent
        if too_many:
            text = _with_line(text, f"[{_files(too_many)} not kept: a run gives at most {self.limits.files}]")
        if too_large:
            text = _with_line(text, f"[{_files(too_large)} not kept: each may have at most {self.limits.file:,} bytes]")
        return _with_line(text, INTERPRETER_ENDED) if self.lost else text

    def killed(self, *, out_of_memory: bool) -> RunResult:
        """The result when the container ended under its programs."""
        self._status, self._exit_code = "oom" if out_of_memory else "killed", KILLED
        return self._result()


def _object(payload: bytes) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(payload)
        return {**found}
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenFrames("a frame that should be a JSON object is not") from error


def _number(values: Mapping[str, Any], name: str, largest: int) -> int:
    number = values.get(name)
    if type(number) is not int or not 0 <= number <= largest:
        raise BrokenFrames(f"{name} is not a number from 0 to {largest}")
    return number


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "replace")


def _without_torn_end(data: bytes | bytearray) -> str:
    return codecs.getincrementaldecoder("utf-8")("replace").decode(data)


def _files(number: int) -> str:
    return "1 file was" if number == 1 else f"{number} files were"


def _with_line(text: str, line: str) -> str:
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
