"""A Python process that keeps what one program leaves behind for the next, in a room that wants that."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import time

from adapters.docker_sandbox.inside.interpreter import execute, new_main, own_streams
from adapters.docker_sandbox.inside.pictures import close_figures
from adapters.docker_sandbox.inside.programs import EndMark, Programs, settle
from adapters.docker_sandbox.inside.workspace import WORKSPACE

TYPE_CHECKING = False  # for type checkers it is true: each container saves the time that importing `typing` takes
if TYPE_CHECKING:
    from typing import NoReturn

YIELDING = 0.25
"""Seconds that a program may take to end when it is interrupted; then its process is killed, with all it kept."""

MARK = 16
"""Bytes by which an answer is known as the one to what was asked: programs share the process, and its pipes."""


class Kernel:
    """The process and the pipes to it. Between requests it is stopped, and nothing else is left running."""

    def __init__(self) -> None:
        asked, self.asking = os.pipe()
        self.answers, answering = os.pipe()
        self.output, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                settle(writing, asked, answering, on_broken_pipe=signal.SIG_IGN)
                live(asked, answering)
            finally:
                os._exit(1)
        for descriptor in (asked, answering, writing):
            os.close(descriptor)
        os.set_blocking(self.output, False)

    def run(self, programs: Programs, path: str) -> tuple[str, int]:
        """Run a file; its status and exit code. One that takes too long or prints too much is interrupted."""
        mark = os.urandom(MARK)
        os.write(self.asking, mark + path.encode())
        end = EndMark(self.answers, mark)
        status, code = programs.watch(self.pid, self.output, end)
        if status in ("timeout", "output_limit"):
            os.kill(self.pid, signal.SIGINT)
            programs.deadline, programs.output.limit = time.monotonic() + YIELDING, sys.maxsize
            if programs.watch(self.pid, self.output, end)[0] == "timeout":
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        return status, code

    def resume(self) -> bool:
        """Let it go on; false where it has ended."""
        bury()
        try:
            os.kill(self.pid, signal.SIGCONT)
        except ProcessLookupError:
            return False
        return True

    def rest(self) -> bool:
        """Stop it and kill every other process of this container; false where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGSTOP)  # whoever stands still starts nothing new
        for pid in {int(name) for name in os.listdir("/proc") if name.isdigit()} - {os.getpid(), self.pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            lives = os.waitpid(self.pid, os.WNOHANG) == (0, 0)
        except ChildProcessError:
            lives = False
        bury()
        return lives

    def close(self) -> None:
        """Let go of it; for when it has ended."""
        for descriptor in (self.asking, self.answers, self.output):
            os.close(descriptor)


def bury() -> None:
    """Forget the processes that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def live(asked: int, answering: int) -> NoReturn:
    """In the child: run the files that are asked for, one after the other, in one ``__main__``."""
    this, main = os.getpid(), new_main()
    while True:
        mark, path = os.read(asked, MARK), os.read(asked, 4096).decode()
        own_streams()
        sys.excepthook = sys.__excepthook__
        os.chdir(WORKSPACE)
        importlib.invalidate_caches()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = execute(path, main)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.getpid() != this:
            os._exit(code)  # a fork that the program made and that has reached the program's end
        close_figures()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os.write(answering, mark + bytes([code]))
