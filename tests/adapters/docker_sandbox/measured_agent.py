"""The agent as an imported program, for a container in which coverage counts its lines."""

import os
import sys

import coverage

from adapters.docker_sandbox.inside import interpreter
from adapters.docker_sandbox.inside.agent import serve
from adapters.docker_sandbox.inside.frames import read_exactly

current, leave = coverage.Coverage.current(), os._exit


def leave_counted(code: int) -> None:
    """What ends at once ends without exit functions, coverage's among them."""
    if current:
        current.save()
    leave(code)


os._exit = leave_counted
interpreter.CALM = 0.0
read_exactly(int(sys.argv[1]))  # the very program, which is here already
serve(["json", "no_such_module"])
