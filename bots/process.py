"""The life of a process: signals, and garbage collection that fits many long-lived small objects."""

import asyncio
import gc
import signal
from collections.abc import Coroutine


def run(main: Coroutine[object, object, int]) -> int:
    """Run to the end and return the exit code. SIGINT and SIGTERM cancel ``main``, which then winds up."""
    with asyncio.Runner() as runner:
        return runner.run(_with_sigterm(main))


async def _with_sigterm(main: Coroutine[object, object, int]) -> int:
    task = asyncio.current_task()
    assert task is not None, "a runner runs tasks"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # at 1,000 live rooms the cyclic collector is else half of all CPU
    return await main
