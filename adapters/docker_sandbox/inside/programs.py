"""Programs as processes: started, watched, ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import time

from adapters.docker_sandbox.inside.frames import CHUNK, Gone
from adapters.docker_sandbox.inside.interpreter import interpret
from adapters.docker_sandbox.inside.output import Output
from adapters.docker_sandbox.inside.workspace import WORKSPACE

TYPE_CHECKING = False  # for type checkers it is true: each container saves the time that importing `typing` takes
if TYPE_CHECKING:
    from typing import NoReturn

PR_SET_DUMPABLE = 4
DESCRIPTORS = 256


class EndMark:
    """How a program that leaves its process alive says that it has ended: the ``mark``, then its exit code."""

    def __init__(self, descriptor: int, mark: bytes):
        self.descriptor, self.mark = descriptor, mark


class Programs:
    """Runs one program after the other, each in a process of its own, until the deadline."""

    def __init__(self, deadline: float, output: Output):
        self.deadline, self.output = deadline, output
        self.woken, self.wake = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(self.wake, False)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, noticed)

    def run(self, language: str, path: str) -> tuple[str, int]:
        """Run one program; its status and exit code."""
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            become(language, path, writing)
        os.close(writing)
        os.set_blocking(reading, False)
        ended = self.watch(pid, reading)
        os.close(reading)
        return ended

    def watch(self, pid: int, reading: int, end: EndMark | None = None) -> tuple[str, int]:
        """Pass output on until the program ends, time is up, or it printed too much.

        A program that does not end with its process says by its ``end`` mark with which code it ended. A process that
        answers anything else is killed: what it would say of later programs could not be told from what it says now.
        """
        poller = select.poll()
        for descriptor in (0, reading, self.woken, *((end.descriptor,) if end else ())):
            poller.register(descriptor, select.POLLIN | select.POLLHUP)
        while True:
            seconds = self.deadline - time.monotonic()
            if seconds <= 0:
                return "timeout", 124
            ready = [descriptor for descriptor, _ in poller.poll(seconds * 1000)]
            if 0 in ready:
                raise Gone
            if reading in ready and not self.pass_on(reading):
                poller.unregister(reading)
            code = self.reap(pid) if self.woken in ready else None
            if end and end.descriptor in ready:
                poller.unregister(end.descriptor)
                said = os.read(end.descriptor, CHUNK)
                if said[:-1] == end.mark:
                    code = said[-1]
                elif said and code is None:
                    os.kill(pid, signal.SIGKILL)
            while code is not None and self.output.total <= self.output.limit and self.pass_on(reading):
                pass  # what is still in the pipe
            if self.output.total > self.output.limit:
                return "output_limit", 128 + signal.SIGKILL
            if code is not None:
                return ("error" if code else "ok"), code

    def close(self) -> None:
        """No program runs any more."""
        signal.set_wakeup_fd(-1)
        os.close(self.woken)
        os.close(self.wake)

    def pass_on(self, reading: int) -> bool:
        """Read once from the program; false when there is nothing (more)."""
        try:
            data = os.read(reading, CHUNK)
        except BlockingIOError:
            return False
        self.output.keep(data)
        return bool(data)

    def reap(self, pid: int) -> int | None:
        """Bury the dead; the exit code of this one if it is among them."""
        os.read(self.woken, CHUNK)
        code = None
        with contextlib.suppress(ChildProcessError):
            while True:
                found, status = os.waitpid(-1, os.WNOHANG)
                if not found:
                    break
                if found == pid:
                    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        return code


def noticed(*_: object) -> None:
    """A handler, so that the signal wakes `Programs.watch` at all."""


def become(language: str, path: str, writing: int) -> NoReturn:
    """In the child: turn into the program."""
    try:
        settle(writing, on_broken_pipe=signal.SIG_DFL if language == "sh" else signal.SIG_IGN)
        if language == "sh":
            with contextlib.suppress(FileNotFoundError):
                os.execvp("bash", ["bash", path])
            os.execvp("sh", ["sh", path])
    except OSError as error:
        os.write(2, f"The program could not be started: {error}\n".encode())
        os._exit(126)
    interpret(path)


def settle(writing: int, *kept: int, on_broken_pipe: signal.Handlers) -> None:
    """In a child: no input, output to ``writing``, none of the agent's descriptors but ``kept``, in the workspace."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, on_broken_pipe)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    last = 2
    for descriptor in (*sorted(kept), DESCRIPTORS):
        os.closerange(last + 1, descriptor)
        last = descriptor
    set_dumpable(True)
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    os.chdir(WORKSPACE)


def end_all_programs() -> None:
    """Kill every process of this container but this one, and bury them."""
    while True:
        with contextlib.suppress(ProcessLookupError):  # nobody is left; the dead may still want burying
            os.kill(-1, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def set_dumpable(dumpable: bool) -> None:
    """Let others of this user look into this process, or not."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(dumpable), 0, 0, 0)


def oom_kills() -> int:
    """How many processes of this container the kernel has killed for memory so far."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        with contextlib.suppress(OSError), open(path) as lines:
            for line in lines:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0
