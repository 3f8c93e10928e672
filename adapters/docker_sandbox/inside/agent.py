"""PID 1: waits for a request, answers it, and ends, unless it is one of a session: then it waits for the next."""

from __future__ import annotations

import json
import os
import signal
import time

from adapters.docker_sandbox.inside.frames import FRAME, Gone, read_exactly, read_pieces, send, send_json
from adapters.docker_sandbox.inside.interpreter import leave_last, preload
from adapters.docker_sandbox.inside.kernel import Kernel
from adapters.docker_sandbox.inside.output import Output
from adapters.docker_sandbox.inside.programs import Programs, end_all_programs, oom_kills, set_dumpable
from adapters.docker_sandbox.inside.workspace import (
    WORKSPACE,
    fingerprint,
    place,
    regular_files,
    reopen,
    send_files,
    write_file,
)

TYPE_CHECKING = False  # for type checkers it is true: each container saves the time that importing `typing` takes
if TYPE_CHECKING:
    from typing import Any

SEED = "/usr/share/tertulia/matplotlib"
KEPT_BLOCKS = 100
"""How many of a session's latest blocks stay on file."""


class Session:
    """What outlasts one request, in a room that wants that."""

    def __init__(self) -> None:
        self.kernel: Kernel | None = None
        self.lost, self.blocks = False, 0

    def number(self) -> int:
        """Which number a block without a name gets, so that a traceback through an earlier one shows its lines."""
        self.blocks = self.blocks % KEPT_BLOCKS + 1
        return self.blocks

    def resume(self) -> None:
        """Let what was kept go on."""
        self.lost = False
        reopen()
        if self.kernel and not self.kernel.resume():
            self.forget()

    def run(self, programs: Programs, path: str) -> tuple[str, int]:
        """Run a Python file where earlier ones have run."""
        self.kernel = self.kernel or Kernel()
        return self.kernel.run(programs, path)

    def rest(self) -> None:
        """End everything but what is kept, and stop that."""
        if self.kernel is None:
            end_all_programs()
        elif not self.kernel.rest():
            self.forget()

    def forget(self) -> None:
        """The kernel is no more."""
        end_all_programs()
        if self.kernel:
            self.kernel.close()
        self.kernel, self.lost = None, True


def run_blocks(
    request: dict[str, Any], output: Output, session: Session | None
) -> tuple[str, int, dict[str, tuple[int, ...]]]:
    """Run the blocks up to the first that fails; how it ended, and the files that programs did not write."""
    programs = Programs(time.monotonic() + request["timeout"], output)
    before, killed = regular_files(), oom_kills()
    status, code = "ok", 0
    for number, block in enumerate(request["blocks"], 1):
        try:
            path = place(block, session.number() if session else number)
            before[path] = fingerprint(path) or ()
        except OSError as error:
            output.keep(f"Block {number} could not be written: {error}.\n".encode())
            status, code = "error", 1
            break
        if session and block["language"] == "python":
            status, code = session.run(programs, path)
        else:
            status, code = programs.run(block["language"], path)
        if status != "ok":
            break
    if session:
        session.rest()
    else:
        end_all_programs()
    programs.close()
    if status == "error" and oom_kills() > killed:
        status = "oom"
    return status, code, before


def answer(request: dict[str, Any], session: Session | None) -> None:
    """Run the request and send everything that comes of it."""
    if session:
        session.resume()
    unwritten: list[str] = []
    for file in request["files"]:
        pieces = read_pieces(file["size"])
        try:
            write_file(os.path.join(WORKSPACE, file["name"]), pieces)
        except OSError as error:
            unwritten.append(f"The file {file['name']} could not be put into the workspace: {error.strerror}.\n")
        for _ in pieces:
            pass  # what there was no place for
    send(b"S")
    limits: dict[str, int] = request["limits"]
    output = Output(limits)
    for line in unwritten:
        output.keep(line.encode())
    status, code, before = run_blocks(request, output, session)
    lost = session is not None and session.lost
    send_json(b"E", {"status": status, "exit_code": code, "left_out": output.finish(), "lost": lost})
    too_many, too_large = send_files(before, limits["files"], limits["file"])
    send_json(b"Z", {"too_many": too_many, "too_large": too_large})


def plant(folder: str) -> None:
    """Copy the files of `SEED` to a new folder."""
    os.mkdir(folder)
    for entry in os.scandir(SEED):
        if entry.is_file():
            with open(entry.path, "rb") as file:
                write_file(os.path.join(folder, entry.name), [file.read()])


def serve(modules: list[str]) -> None:
    """Wait for the request and answer it; in a session, for all that come."""
    if os.getpid() != 1:
        raise SystemExit("This program runs as PID 1 of a container and nowhere else.")
    leave_last()
    set_dumpable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.path.isdir(SEED):
        plant(os.environ["MPLCONFIGDIR"])
    send(b"R")
    try:
        preload(modules)
        session = None
        while True:
            _, length = FRAME.unpack(read_exactly(FRAME.size))
            request = json.loads(read_exactly(length))
            if not request["session"]:
                answer(request, None)
                return
            session = session or Session()
            answer(request, session)
    except (Gone, BrokenPipeError):
        os._exit(0)
