"""Functions of the transcript that users give to teams, and what is said of things that are none."""

import dis
import inspect
import sys
from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from types import CodeType, FunctionType
from typing import TypeGuard

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.participants import SYSTEM, is_agent, short_name
from agents.log.transcript import Message, Transcript
from agents.turn.threads import name_of


def called(function: Callable[[Transcript], object]) -> str:
    """What the function is called, to people; ``custom`` where it has no name of its own, as a lambda."""
    name = name_of(function)
    return name if name.isidentifier() else "custom"


def transcript_function(given: object, what: str) -> Callable[[Transcript], object]:
    """What was given as ``what``, if it can be called with a transcript alone; raises `WrongUse` otherwise.

    To a function that looks at ``message.by``, an agent's id also equals the agent's short name.
    """
    if isinstance(given, type):
        raise WrongUse(f"{what} is the class {given.__name__}; make one of it: {given.__name__}(...).")
    if not callable(given):
        raise WrongUse(f"{what} is {given!r}, which is no function of the transcript.")
    if isinstance(given, FunctionType) and _makes_one(given):
        raise WrongUse(f"{what} is {given.__name__}, which has to be called: {given.__name__}(...).")
    name = _looked_for_in_a_set(given)
    if name is not None:
        raise WrongUse(
            f"{what} is the function {called(given)}, which looks for .by in a set with {name!r}; .by is an id such "
            f"as 'agent:{name}', so look for .name, the short name."
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
    return _told_short_names(given) if _mentions_by(getattr(given, "__code__", None)) else given


def _makes_one(function: FunctionType) -> bool:
    """Whether it is one of ours, which make policies and conditions: its call was forgotten."""
    module = function.__module__ or ""  # of a function that was made by exec, it may be None
    return module.startswith("agents.") and getattr(sys.modules.get(module), function.__name__, None) is function


def _looked_for_in_a_set(function: Callable[[Transcript], object]) -> str | None:
    """A short name in a set in which the function looks for ``message.by``: never found, for sets go by hashes."""
    code = getattr(function, "__code__", None)
    steps = list(dis.get_instructions(code)) if isinstance(code, CodeType) else []
    for attribute, constant in pairwise(steps):
        if (attribute.opname, attribute.argval) == ("LOAD_ATTR", "by") and _is_a_set(constant.argval):
            names = sorted(str(one) for one in constant.argval)
            return next((one for one in names if ":" not in one and one != SYSTEM), None)
    return None


def _is_a_set(constant: object) -> TypeGuard[frozenset[object]]:
    return isinstance(constant, frozenset)


def _mentions_by(code: object) -> bool:
    """Whether this code, or code in it such as a comprehension, looks at an attribute called ``by``."""
    return isinstance(code, CodeType) and ("by" in code.co_names or any(map(_mentions_by, code.co_consts)))


class _Id(str):
    """An id that also equals the short name of the agent whose id it is; its hash is the id's."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        own = str(self)
        return own == other or (is_agent(own) and short_name(own) == other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def _told_short_names(function: Callable[[Transcript], object]) -> Callable[[Transcript], object]:
    @wraps(function)
    def told(transcript: Transcript) -> object:
        messages = tuple(map(_with_short_names, transcript.messages))
        task = None if transcript.task is None else _with_short_names(transcript.task)
        return function(replace(transcript, messages=messages, task=task))

    return told


def _with_short_names(message: Message) -> Message:
    return replace(message, by=_Id(message.by))
