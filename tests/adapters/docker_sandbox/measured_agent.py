"""The agent as an imported program, for a container in which coverage counts its lines."""

import os

import coverage

from adapters.docker_sandbox.inside.agent import serve

current, leave = coverage.Coverage.current(), os._exit


def leave_counted(code: int) -> None:
    """What ends at once ends without exit functions, coverage's among them."""
    if current:
        current.save()
    leave(code)


os._exit = leave_counted
serve(["json", "no_such_module"])
