"""X18: the same sandbox under gVisor, where the engine has its runtime."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.attacks import assault, attacks
from adapters.docker_sandbox.engine import DockerEngine
from agents.runs import NamedFile
from tests.adapters.docker_sandbox.conftest import gone, python, sh

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

RUNTIME = "runsc"


@pytest.fixture
async def sandbox(sandbox_image: str, engine: DockerEngine, owner: str) -> AsyncIterator[DockerSandbox]:
    known: Any = await engine.call(lambda client: client.info())
    if RUNTIME not in known["Runtimes"]:
        pytest.skip(f"the engine has no runtime {RUNTIME} (gVisor)")
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image, runtime=RUNTIME, preload=()), owner=owner)
    yield sandbox
    await gone(engine, owner)
    sandbox.close()


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
