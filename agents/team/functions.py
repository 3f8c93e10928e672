"""Functions of the transcript that users give to teams, and what is said of things that are none."""

import dis
import inspect
import sys
from collections.abc import Callable, Collection
from types import CodeType, FunctionType
from typing import TypeGuard

from agents.errors import WrongUse
from agents.log.participants import SYSTEM
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
    name = _compared_with_an_id(given)
    if name is not None:
        raise WrongUse(
            f"{what} is the function {called(given)}, which compares .by with {name!r}; .by is an id such as "
            f"'agent:{name}', so compare .name, the short name, with {name!r}."
        )
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
    module = function.__module__ or ""  # of a function that was made by exec, it may be None
    return module.startswith("agents.") and getattr(sys.modules.get(module), function.__name__, None) is function


def _compared_with_an_id(function: Callable[[Transcript], object]) -> str | None:
    """A short name with which the function compares ``message.by``: never equal, and nothing would tell of it."""
    code = getattr(function, "__code__", None)
    steps = list(dis.get_instructions(code)) if isinstance(code, CodeType) else []
    for attribute, constant, comparison in zip(steps, steps[1:], steps[2:], strict=False):
        if (attribute.opname, attribute.argval) != ("LOAD_ATTR", "by") or constant.opname != "LOAD_CONST":
            continue
        if comparison.opname in ("COMPARE_OP", "CONTAINS_OP"):
            several = constant.argval if _are_several(constant.argval) else (constant.argval,)
            names = [one for one in several if isinstance(one, str) and ":" not in one and one != SYSTEM]
            if names:
                return names[0]
    return None


def _are_several(constant: object) -> TypeGuard[Collection[object]]:
    return isinstance(constant, tuple | frozenset)
