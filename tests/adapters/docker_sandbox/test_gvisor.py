"""X18: the same sandbox under gVisor, where the engine has its runtime."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.attacks import assault, attacks
from adapters.docker_sandbox.dialogue import INTERPRETER_ENDED
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.hardening import OWNER
from adapters.docker_sandbox.sessions import AGAIN, ENDED, FIRST, GONE, IDLE
from agents.log.files import NamedFile
from agents.testing import FakeClock
from tests.adapters.docker_sandbox.conftest import gone, python, sh

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

RUNTIME = "runsc"


@pytest.fixture
async def settings(sandbox_image: str, engine: DockerEngine) -> SandboxSettings:
    known: Any = await engine.call(lambda client: client.info())
    if RUNTIME not in known["Runtimes"]:
        pytest.skip(f"the engine has no runtime {RUNTIME} (gVisor)")
    return SandboxSettings(image=sandbox_image, runtime=RUNTIME, preload=())


@pytest.fixture
async def sandbox(settings: SandboxSettings, engine: DockerEngine, owner: str) -> AsyncIterator[DockerSandbox]:
    sandbox = DockerSandbox(settings, owner=owner)
    yield sandbox
    await swept(sandbox, engine, owner)
    sandbox.close()


async def swept(sandbox: DockerSandbox, engine: DockerEngine, owner: str) -> None:
    """Wait until nothing is left. What the engine does not remove in time is swept, as a house does each minute."""
    async with asyncio.timeout(90.0):
        looked_at: set[str] = set()
        while await engine.containers(f"{OWNER}={owner}"):
            looked_at = await sandbox._pool.sweep(looked_at)
            await asyncio.sleep(0.5)


@pytest.fixture
async def room(
    settings: SandboxSettings, engine: DockerEngine, owner: str, clock: FakeClock
) -> AsyncIterator[DockerSandbox]:
    """A sandbox that keeps what runs leave behind, and has something to keep."""
    sandbox = DockerSandbox(replace(settings, stateful=True), owner=owner, now=clock.now)
    begun = await sandbox.run(python("kept = [1, 2]\nopen('kept.txt', 'w').write('file')"))
    assert (begun.output, len(begun.files)) == (f"{FIRST}\n", 1)
    yield sandbox
    sandbox.close()
    await gone(engine, owner)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_x18_under_gvisor_programs_run_with_files_in_and_out(sandbox: DockerSandbox) -> None:
    await sandbox.check()
    given = NamedFile(name="in.txt", media_type="text/plain", content=b"given")
    program = "print(open('/proc/version').read())\nopen('out.txt', 'w').write(open('in.txt').read())"
    result = await sandbox.run(python(program, files=(given,)))
    assert result.status == "ok"
    assert [(file.name, file.content) for file in result.files] == [("out.txt", b"given")]


async def test_x18_under_gvisor_a_stubborn_program_ends_at_the_deadline(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(
        python("import signal\nsignal.signal(15, signal.SIG_IGN)\nwhile True: pass", timeout=2.0)
    )
    assert (result.status, result.exit_code) == ("timeout", 124)


async def test_x18_under_gvisor_a_flood_is_ended(sandbox: DockerSandbox) -> None:
    assert (await sandbox.run(sh("yes", timeout=30.0))).status == "output_limit"


@pytest.mark.timeout(300)
async def test_x18_under_gvisor_no_attack_gets_anywhere(sandbox: DockerSandbox) -> None:
    outcomes = await assault(sandbox, attacks(SandboxSettings(runtime=RUNTIME)), exactly=False)
    assert {outcome.attack.name: outcome.said for outcome in outcomes if not outcome.held} == {}
    assert len(outcomes) > 50


async def test_x18_under_gvisor_a_program_that_ends_the_agent_ends_its_own_run_only(sandbox: DockerSandbox) -> None:
    """Its kernel does not shield PID 1 from its children as Linux does; the host trusts the agent with nothing."""
    result = await sandbox.run(python("import os\nos.kill(1, 9)\nprint('still here')"))
    assert (result.status, result.exit_code) == ("killed", 137)
    assert (await sandbox.run(python("print('next')"))).output == "next\n"


async def test_x18_x11_under_gvisor_a_room_keeps_its_state_until_its_time_is_up(
    room: DockerSandbox, clock: FakeClock
) -> None:
    given = NamedFile(name="in.txt", media_type="text/plain", content=b"given")
    begun = await room.run(
        python(
            "import matplotlib.pyplot as plt, subprocess, time\nplt.plot(kept)\n"
            "child, wall = subprocess.Popen(['sleep', '600']), time.monotonic()\nprint(open('in.txt').read())",
            timeout=60.0,
            files=(given,),
        )
    )
    assert (begun.status, begun.output) == ("ok", "given\n")
    assert [(file.name, file.media_type) for file in begun.files] == [("figure-1.png", "image/png")]
    assert (await room.run(sh("cat kept.txt in.txt"))).output == "filegiven"
    assert (await room.run(python("kept.append(3)\nprint(kept, child.wait(5))"))).output == "[1, 2, 3] -9\n"
    clock.advance(901)
    assert (await room.run(python("print('kept' in globals())"))).output == f"{AGAIN.format(why=IDLE)}\nFalse\n"


async def test_x18_x11_under_gvisor_a_room_is_told_what_a_program_cost_it(room: DockerSandbox) -> None:
    interrupted = await room.run(python("print('begun')\nwhile True: pass", timeout=1.0))
    assert (interrupted.status, interrupted.exit_code) == ("timeout", 124)
    assert interrupted.output.startswith("begun\nTraceback")
    assert (await room.run(python("print(kept)"))).output == "[1, 2]\n"

    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    assert (await room.run(python(deaf, timeout=1.0))).output == f"{INTERPRETER_ENDED}\n"
    after = await room.run(python("print('kept' in globals(), open('kept.txt').read())"))
    assert (after.status, after.output) == ("ok", "False file\n")

    ended = await room.run(python("import os\nos.kill(1, 9)\nwhile True: pass"))
    assert (ended.status, ended.output) == ("killed", f"{ENDED}\n")
    assert (await room.run(python("print('next')"))).output == f"{AGAIN.format(why=GONE)}\nnext\n"
