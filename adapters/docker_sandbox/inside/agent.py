"""PID 1: waits for one request, answers it, ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from typing import Any

from adapters.docker_sandbox.inside.frames import FRAME, Gone, read_exactly, send, send_json
from adapters.docker_sandbox.inside.interpreter import leave_last, preload
from adapters.docker_sandbox.inside.output import Output
from adapters.docker_sandbox.inside.programs import Programs, end_all_programs, oom_kills, set_dumpable
from adapters.docker_sandbox.inside.workspace import (
    WORKSPACE,
    fingerprint,
    place,
    regular_files,
    send_files,
    write_file,
)

SEED = "/usr/share/tertulia/matplotlib"


def run_blocks(request: dict[str, Any], output: Output) -> tuple[str, int, dict[str, tuple[int, ...]]]:
    """Run the blocks up to the first that fails; how it ended, and the files that programs did not write."""
    programs = Programs(time.monotonic() + request["timeout"], output)
    before, killed = regular_files(), oom_kills()
    status, code = "ok", 0
    for number, block in enumerate(request["blocks"], 1):
        try:
            path = place(block, number)
            before[path] = fingerprint(path) or ()
        except OSError as error:
            output.keep(f"Block {number} could not be written: {error}.\n".encode())
            status, code = "error", 1
            break
        status, code = programs.run(block["language"], path)
        if status != "ok":
            break
    end_all_programs()
    if status == "error" and oom_kills() > killed:
        status = "oom"
    return status, code, before


def answer(request: dict[str, Any]) -> None:
    """Run the request and send everything that comes of it."""
    for file in request["files"]:
        write_file(os.path.join(WORKSPACE, file["name"]), read_exactly(file["size"]))
    send(b"S")
    limits: dict[str, int] = request["limits"]
    output = Output(limits)
    status, code, before = run_blocks(request, output)
    send_json(b"E", {"status": status, "exit_code": code, "left_out": output.finish()})
    too_many, too_large = send_files(before, limits["files"], limits["file"])
    send_json(b"Z", {"too_many": too_many, "too_large": too_large})


def serve(modules: list[str]) -> None:
    """Wait for the request, answer it, end."""
    if os.getpid() != 1:
        raise SystemExit("This program runs as PID 1 of a container and nowhere else.")
    leave_last()
    set_dumpable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.path.isdir(SEED):
        shutil.copytree(SEED, os.environ["MPLCONFIGDIR"])
    send(b"R")
    try:
        preload(modules)
        _, length = FRAME.unpack(read_exactly(FRAME.size))
        answer(json.loads(read_exactly(length)))
    except (Gone, BrokenPipeError):
        os._exit(0)
