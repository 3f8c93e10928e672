"""Functions of the transcript that users give to teams, and what is said of things that are none."""

import inspect
import sys
from collections.abc import Callable
from types import FunctionType

from agents.errors import WrongUse
from agents.log.transcript import Transcript
from agents.turn.threads import name_of


def called(function: Callable[[Transcript], object]) -> str:
    """What the function is called, to people; ``custom`` where it has no name of its own, as a lambda."""
    name = name_of(function)
    return name if name.isidentifier() else "custom"


def transcript_function(given: object, what: str) -> Callable[[Transcript], object]:
    """What was given as ``what``, if it can be called with a transcript alone; raises `WrongUse` otherwise."""
    if isinstance(given, type):
        raise WrongUse(f"{what} is the class {given.__name__}; make one of it: {given.__name__}(...).")
    if not callable(given):
        raise WrongUse(f"{what} is {given!r}, which is no function of the transcript.")
    if isinstance(given, FunctionType) and _makes_one(given):
        raise WrongUse(f"{what} is {given.__name__}, which has to be called: {given.__name__}(...).")
    try:
        signature = inspect.signature(given)
    except (ValueError, TypeError):
        return given  # a callable that does not tell what it takes
    try:
        signature.bind(None)
    except TypeError:
        raise WrongUse(
            f"{what} is the function {called(given)}{signature}; it has to take one argument, the transcript."
        ) from None
    return given


def _makes_one(function: FunctionType) -> bool:
    """Whether it is one of ours, which make policies and conditions: its call was forgotten."""
    if not function.__module__.startswith("agents."):
        return False
    return getattr(sys.modules.get(function.__module__), function.__name__, None) is function
