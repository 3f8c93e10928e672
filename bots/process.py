"""The life of a process: signals, and garbage collection that fits many long-lived small objects."""

import asyncio
import gc
import signal
from collections.abc import Coroutine, Iterator

from agents.errors import TertuliaError

ENDING = (signal.SIGINT, signal.SIGTERM)


def run(main: Coroutine[object, object, int]) -> int:
    """Run to the end and return the exit code.

    SIGINT and SIGTERM cancel ``main``, which then winds up, and the exit code is 0: being told to end is no problem.
    A second one ends the process at once. Raises what ``main`` raises; of a group of errors the first one that is
    meant for people.
    """
    with asyncio.Runner() as runner:
        try:
            return runner.run(_until_told_to_end(main))
        except Exception as error:
            meant = meant_for_people(error)
            if meant is None:
                raise
            raise meant from None


def meant_for_people(error: Exception) -> TertuliaError | None:
    """The first error that is a sentence for people: this one, or one in the groups that it is made of."""
    return next(_for_people(error), None)


def _for_people(error: BaseException) -> Iterator[TertuliaError]:
    if isinstance(error, TertuliaError):
        yield error
    for inner in getattr(error, "exceptions", ()):
        yield from _for_people(inner)


async def _until_told_to_end(main: Coroutine[object, object, int]) -> int:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "a runner runs tasks"
    told = asyncio.Event()

    def end() -> None:
        told.set()
        for number in ENDING:
            loop.remove_signal_handler(number)
        task.cancel()

    for number in ENDING:
        loop.add_signal_handler(number, end)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # at 1,000 live rooms the cyclic collector is else half of all CPU
    try:
        return await main
    except asyncio.CancelledError:
        if told.is_set():
            return 0
        raise
