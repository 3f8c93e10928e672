"""Users' plain functions run in threads, so that one that computes, or waits, holds up no other room."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from queue import SimpleQueue
from threading import Thread
from typing import TypeGuard, TypeVar

A = TypeVar("A")

MOST_IDLE = 8
"""How many threads wait for the next call; others end once their function has returned."""


async def call_aside(function: Callable[[A], object], argument: A) -> object:
    """Call a user's function: an async one as it is, any other one in a thread that no other call has meanwhile.

    Raises what the function raises.

    Cancelling leaves a thread running, and its result is dropped. It is a daemon: one that never returns does not keep
    the process from ending. What comes back is whatever the function returned, and is to be checked.

        assert await call_aside(str.upper, "aside") == "ASIDE"
    """
    made = function(argument) if iscoroutinefunction(function) else await _in_thread(function, argument)
    return await made if isawaitable(made) else made


def name_of(function: object) -> str:
    """What a user's function is called in a sentence for people."""
    return getattr(function, "__name__", type(function).__name__)


def is_listed(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a function returned a list or a tuple."""
    return isinstance(value, list | tuple)


async def _in_thread(function: Callable[[A], object], argument: A) -> object:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[object] = loop.create_future()

    def deliver(result: object, error: BaseException | None) -> None:
        if done.done():
            return  # the turn was cut off, and nobody waits any more
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def work() -> bool:
        result, raised = None, None
        try:
            result = function(argument)
        except StopIteration as error:  # no future takes this one
            raised = RuntimeError(f"{name_of(function)} raised {error!r}")
        except BaseException as error:
            raised = error
        try:
            loop.call_soon_threadsafe(deliver, result, raised)
        except RuntimeError:  # the loop is closed
            return False
        return True

    try:
        worker = _IDLE.pop()
    except IndexError:
        worker = _Worker()
    worker.begin(partial(copy_context().run, work))
    return await done


class _Worker:
    """A daemon thread that does one piece of work after the other; ``work`` says whether more may come."""

    def __init__(self) -> None:
        self._given = SimpleQueue[Callable[[], bool]]()
        Thread(target=self._run, name="function", daemon=True).start()

    def begin(self, work: Callable[[], bool]) -> None:
        self._given.put(work)

    def _run(self) -> None:
        while self._given.get()() and len(_IDLE) < MOST_IDLE:
            _IDLE.append(self)


_IDLE: list[_Worker] = []
"""Threads that wait for the next call: starting one costs twice as much as handing it over."""
