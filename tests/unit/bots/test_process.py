"""P31: a process that is told to end winds up and ends well."""

import asyncio
import gc
import os
import signal
from collections.abc import Iterator

import pytest

from agents.errors import StoreFailed
from bots.process import run


@pytest.fixture(autouse=True)
def _garbage_as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_p31_a_signal_lets_the_process_wind_up_and_is_no_problem(number: signal.Signals):
    said: list[str] = []

    async def main() -> int:
        os.kill(os.getpid(), number)
        try:
            await asyncio.Event().wait()
        finally:
            said.append("wound up")
        return 5

    assert run(main()) == 0
    assert said == ["wound up"]


def test_p31_a_second_signal_ends_at_once():
    async def main() -> int:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        return 0

    with pytest.raises(KeyboardInterrupt):
        run(main())


def test_without_a_signal_the_exit_code_is_that_of_the_program():
    async def main() -> int:
        return 3

    assert run(main()) == 3


def test_a_cancellation_that_nobody_ordered_is_not_hidden():
    async def main() -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(main())


def test_of_several_errors_at_once_the_one_that_is_meant_for_people_is_raised():
    full = StoreFailed("The disk is full.")

    async def main() -> int:
        inner = ExceptionGroup("inside", [KeyError("room"), full])
        raise ExceptionGroup("both", [ValueError("broken"), inner])

    with pytest.raises(StoreFailed, match="The disk is full") as raised:
        run(main())
    assert raised.value is full
    assert raised.value.__suppress_context__


def test_a_bug_among_several_errors_is_not_hidden():
    async def main() -> int:
        raise ExceptionGroup("both", [ValueError("broken")])

    with pytest.raises(ExceptionGroup, match="both"):
        run(main())
