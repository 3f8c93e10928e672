"""Users' functions that the room runs between turns: policies and conditions, which should be quick."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from agents.turn.threads import name_of

LOGGER = logging.getLogger(__name__)

SLOW_SECONDS = 0.1
"""A function that takes longer than so many seconds is named in the log: nothing else goes on meanwhile."""

A = TypeVar("A")
R = TypeVar("R")


def call_inline(function: Callable[[A], R], argument: A, *, slow: float = SLOW_SECONDS) -> R:
    """Call the function here, and warn in the log where it took more than ``slow`` seconds. Raises what it raises.

    assert call_inline(str.upper, "here") == "HERE"
    """
    begun = monotonic()
    try:
        return function(argument)
    finally:
        took = monotonic() - begun
        if took > slow:
            LOGGER.warning(
                "The function %s took %.0f ms, and no room went on meanwhile; let it look at less of the transcript, "
                "or move the work into an agent's function, which runs in a thread.",
                name_of(function),
                took * 1000,
            )
