"""A Python program in a forked copy of the agent, with all that is loaded there; as ``python file`` otherwise."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import select
import sys
import types

from adapters.docker_sandbox.inside.pictures import Pictures
from adapters.docker_sandbox.inside.workspace import WORKSPACE

TYPE_CHECKING = False  # for type checkers it is true: each container saves the time that importing `typing` takes
if TYPE_CHECKING:
    from typing import NoReturn

DRAW_ONCE = """
import io, matplotlib.pyplot as plt
plt.plot([0, 1], label="a"); plt.title("a"); plt.legend(); plt.savefig(io.BytesIO()); plt.close("all")
"""
"""What a plotting library does only once is done before a program wants it."""

CALM = 5.0
"""Seconds without a request before anything is imported: an import cannot be broken off, so that a run which comes in
the middle of one waits for its end. Runs that follow each other quickly meet containers that import nothing yet."""


def preload(modules: list[str]) -> None:
    """Import what programs will probably want, once all is calm, until the request comes."""
    poller = select.poll()
    poller.register(0, select.POLLIN | select.POLLHUP)
    seconds = CALM
    for name in modules:
        if poller.poll(seconds * 1000):
            return
        seconds = 0
        try:
            importlib.import_module(name)
            if name == "matplotlib.pyplot" and not poller.poll(0):
                exec(DRAW_ONCE, {})
        except ImportError:
            continue  # this image does without it; a program that wants it is told
    gc.collect()
    gc.freeze()


def interpret(path: str) -> NoReturn:
    """Run a Python file in this process, with all that is loaded, as ``python file`` would."""
    own_streams()
    ENDING.code = execute(path, new_main())
    raise SystemExit


def own_streams() -> None:
    """Give this process its descriptors as Python's streams."""
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    # by lines: what was printed before a kill is not lost
    out, err = (open(fd, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False) for fd in (1, 2))  # noqa: SIM115
    sys.stdout = sys.__stdout__ = out
    sys.stderr = sys.__stderr__ = err


def new_main() -> types.ModuleType:
    """An empty ``__main__`` for programs, which find their modules in the workspace too.

    What is installed goes before it: a file that somebody sent takes no library's place.
    """
    sys.path.append(WORKSPACE)
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    return main


def execute(path: str, main: types.ModuleType) -> int:
    """Run a Python file in ``main``; its exit code."""
    main.__file__, sys.argv = path, [path]
    pictures = Pictures(WORKSPACE)
    try:
        with open(path, "rb") as file:
            exec(compile(file.read(), path, "exec"), main.__dict__)
        pictures.save()
    except SystemExit as leaving:
        if leaving.code is not None and not isinstance(leaving.code, int):
            sys.stderr.write(f"{leaving.code}\n")
            return 1
        return (leaving.code or 0) & 0xFF
    except BaseException as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename == execute.__code__.co_filename:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


class _Ending:
    code = 0

    def leave(self) -> None:
        if os.getpid() == 1:
            return  # the agent's own end is nobody's concern any more
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(self.code)


ENDING = _Ending()


def leave_last() -> None:
    """End this process and its forks after their threads and exit functions, without tearing the interpreter down.

    Taking down an interpreter that has loaded much takes longer than most programs. Exit functions run last in, first
    out: call this before anything else registers one.
    """
    atexit.register(ENDING.leave)
