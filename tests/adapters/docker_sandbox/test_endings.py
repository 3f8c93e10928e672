"""How runs end: too long, too much memory, too much output, cancelled."""

import asyncio
import threading

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.settings import LIMITS
from tests.adapters.docker_sandbox.conftest import PATIENCE, beside_plain_runs, gone, python, sh

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
print("before", flush=True)
if not os.fork():
    os.setsid()
while True:
    pass
"""


async def test_x2_a_flood_of_output_is_ended_and_only_its_ends_are_kept(
    settings: SandboxSettings, sandbox: DockerSandbox, engine: DockerEngine, owner: str
) -> None:
    async def flood() -> None:
        result = await sandbox.run(sh("yes"))
        assert (result.status, result.exit_code) == ("output_limit", 137)
        assert len(result.output.encode()) <= LIMITS.head + LIMITS.tail + 100
        await gone(engine, owner)

    took, plain = await beside_plain_runs(settings, flood())
    assert took < 2.0 + 3 * plain


async def test_c23_ten_megabytes_of_output_are_shortened_and_the_note_says_by_how_much(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(python("print('first'); print('é' * 5_000_000); print('last')"))
    assert result.status == "ok"
    assert result.output.startswith("first\nééé")
    assert result.output.endswith("ééé\nlast\n")
    head, _, rest = result.output.partition("\n[")
    note, _, tail = rest.partition("]\n")
    assert "\N{REPLACEMENT CHARACTER}" not in result.output
    assert note.endswith(" bytes of output were left out here")
    left_out = int(note.split()[0].replace(",", ""))
    # the character that was cut in two at either end is in neither count
    assert 0 <= len(b"first\n\nlast\n") + 10_000_000 - left_out - len((head + tail).encode()) <= 4


async def test_x3_a_program_that_ignores_signals_and_its_detached_child_end_at_the_deadline(
    settings: SandboxSettings, sandbox: DockerSandbox, engine: DockerEngine, owner: str
) -> None:
    async def stubborn() -> None:
        result = await sandbox.run(python(STUBBORN, timeout=1.5))
        assert (result.status, result.exit_code, result.output) == ("timeout", 124, "before\n")
        await gone(engine, owner)

    took, plain = await beside_plain_runs(settings, stubborn())
    assert took < 1.5 + 1.0 + 3 * plain


async def test_c23_what_was_printed_and_written_before_the_time_out_is_kept(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(
        python("open('part.txt', 'w').write('half')\nprint('begun')\nimport time\ntime.sleep(60)", timeout=1.0)
    )
    assert (result.status, result.exit_code, result.output) == ("timeout", 124, "begun\n")
    assert [(file.name, file.content) for file in result.files] == [("part.txt", b"half")]


async def test_x4_a_program_that_takes_too_much_memory_is_told_apart(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(python("print('begun')\nheld = bytearray(600 << 20)"))
    assert (result.status, result.exit_code, result.output) == ("oom", 137, "begun\n")


async def test_x4_a_grandchild_that_takes_too_much_memory_is_told_apart(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(sh("python3 -c 'held = bytearray(600 << 20)'"))
    assert result.status == "oom"


async def test_a_program_that_crashes_says_by_its_exit_code_which_signal_it_was(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(python("import ctypes; ctypes.string_at(0)"))
    assert (result.status, result.exit_code) == ("error", 139)


@pytest.mark.parametrize(
    ("ending", "code", "output"),
    [
        ("raise SystemExit", 0, ""),
        ("import sys; sys.exit('why')", 1, "why\n"),
        ("import sys; sys.exit(300)", 44, ""),
        ("import os; os._exit(7)", 7, ""),
        ("import atexit; atexit.register(print, 'at exit')", 0, "at exit\n"),
        ("import threading; threading.Timer(0.1, lambda: print('thread')).start()", 0, "thread\n"),
        ("import sys; sys.stdout.write('no newline')", 0, "no newline"),
        ("print(__name__, __file__)", 0, "__main__ /tmp/block1.py\n"),
        ("raise KeyboardInterrupt", 130, "Traceback (most recent call last):\n"),
    ],
)  # fmt: skip
async def test_a_python_program_ends_as_under_python_itself(
    sandbox: DockerSandbox, ending: str, code: int, output: str
) -> None:
    result = await sandbox.run(python(ending))
    assert (result.exit_code, result.status) == (code, "error" if code else "ok")
    assert result.output.startswith(output)


async def test_a_traceback_shows_the_program_and_nothing_of_ours(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(python("def f():\n    return 1 / 0\n\nf()\n"))
    assert result.output == (
        'Traceback (most recent call last):\n  File "/tmp/block1.py", line 4, in <module>\n    f()\n'
        '  File "/tmp/block1.py", line 2, in f\n    return 1 / 0\n           ~~^~~\n'
        "ZeroDivisionError: division by zero\n"
    )


async def test_x6_a_cancelled_run_leaves_no_container_and_no_thread_behind(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    sandbox = DockerSandbox(settings, owner=owner)
    await engine.containers("none=none")  # the thread of these questions is not one of the sandbox's
    before = threading.active_count()
    for delay in (0.02, 0.1, 0.2, 0.3, 0.6):  # while it is created, started, and runs
        try:
            async with asyncio.timeout(delay):
                await sandbox.run(python("while True: pass", timeout=30))
        except TimeoutError:
            await gone(engine, owner)
        else:
            pytest.fail("the run ended before it was cancelled")
    sandbox.close()
    async with asyncio.timeout(PATIENCE):
        while threading.active_count() > before:
            await engine.containers("none=none")
