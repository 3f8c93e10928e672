"""The agent as a program of this project, imported rather than sent, so that coverage can count what it runs."""

import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import coverage
import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.dialogue import INTERPRETER_ENDED
from adapters.docker_sandbox.engine import DockerEngine, Found, Started
from adapters.docker_sandbox.inside import LOADER, program
from adapters.docker_sandbox.sessions import AGAIN, FIRST, IDLE
from agents.log.code_blocks import CodeBlock
from agents.log.files import NamedFile
from agents.ports import CodeRun
from agents.testing import FakeClock
from tests.adapters.docker_sandbox.conftest import gone, python, sh

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("measured_agent.py")


class MeasuringEngine:
    """The real engine; its containers run the agent from this checkout, under coverage if the tests are."""

    def __init__(self, engine: DockerEngine, data: Path):
        self._engine, self._data = engine, data

    async def check(self, image: str, runtime: str) -> None:
        await self._engine.check(image, runtime)

    async def start(self, config: Mapping[str, Any]) -> Started:
        packages = Path(coverage.__file__).parents[1]
        measure = [
            "-W",
            "ignore",
            "-m",
            "coverage",
            "run",
            f"--rcfile={ROOT}/pyproject.toml",
            "--data-file=/data/.coverage",
        ]
        host = {
            **config["HostConfig"],
            "Binds": [f"{ROOT}:{ROOT}:ro", f"{packages}:{packages}:ro", f"{self._data}:/data"],
        }
        return await self._engine.start(
            {
                **config,
                "Entrypoint": ["python3", *(measure if coverage.Coverage.current() else ()), str(PROGRAM)],
                "Cmd": config["Cmd"][:1],
                "Env": [*config["Env"], f"PYTHONPATH={ROOT}:{packages}"],
                "HostConfig": host,
            }
        )  # fmt: skip

    async def remove(self, container: str) -> None:
        """Let it end first, as it writes down then which lines it ran."""
        await self._engine.call(lambda client: client.wait(container, timeout=15))
        await self._engine.remove(container)

    async def out_of_memory(self, container: str) -> bool | None:
        return await self._engine.out_of_memory(container)

    async def containers(self, label: str) -> tuple[Found, ...]:
        return await self._engine.containers(label)

    def close(self) -> None:
        self._engine.close()


@pytest.fixture
async def measuring(engine_host: str, counts: Path) -> MeasuringEngine:
    return MeasuringEngine(DockerEngine(threads=4, host=engine_host), counts)


@pytest.fixture
async def sandbox(sandbox_image: str, owner: str, measuring: MeasuringEngine) -> AsyncIterator[DockerSandbox]:
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image), owner=owner, engine=measuring)
    yield sandbox
    sandbox.close()


@pytest.fixture
def counts(tmp_path: Path) -> Iterator[Path]:
    """A folder into which containers may write what coverage counted; it is added to the tests' own."""
    tmp_path.chmod(0o777)
    yield tmp_path
    current = coverage.Coverage.current()
    for counted in tmp_path.glob(".coverage*"):
        assert current
        shutil.copy(counted, Path(current.get_data().data_filename()).with_name(f".coverage.agent.{uuid.uuid4().hex}"))


async def test_blocks_of_both_languages_run_with_files_in_and_out(sandbox: DockerSandbox) -> None:
    blocks = (
        CodeBlock(language="python", code="print(open('in.txt').read())", filename="read.py"),
        CodeBlock(
            language="sh",
            code="echo 1 > a.txt; head -c 9000000 /dev/zero > big.bin; for n in $(seq 20); do echo > $n; done",
        ),
        CodeBlock(language="python", code="import sys; sys.exit('why')"),
        CodeBlock(language="sh", code="echo never"),
    )
    given = NamedFile(name="in.txt", media_type="text/plain", content=b"given")
    result = await sandbox.run(CodeRun(room="test", blocks=blocks, files=(given,)))
    assert (result.status, result.exit_code) == ("error", 1)
    assert result.output.startswith("given\nwhy\n[")
    assert len(result.files) == 10


@pytest.mark.parametrize(
    ("run", "ended"),
    [
        (python("print('x', flush=True)\nwhile True: pass", timeout=1.0), ("timeout", 124, "x\n")),
        (python("1 / 0"), ("error", 1, "Traceback")),
        (sh("kill -9 $$"), ("error", 137, "")),
        (sh("yes"), ("output_limit", 137, "y\ny\n")),
        (sh("sleep 60 & echo started"), ("ok", 0, "started\n")),
        (sh("python3 -c 'held = bytearray(900 << 20)'"), ("oom", 137, "")),
    ],
    ids=["too long", "exception", "killed", "too much", "background", "memory"],
)
async def test_programs_end_as_they_do_when_the_agent_is_sent(
    sandbox: DockerSandbox, run: CodeRun, ended: tuple[str, int, str]
) -> None:
    result = await sandbox.run(run)
    assert (result.status, result.exit_code) == ended[:2]
    assert result.output.startswith(ended[2])


async def test_a_named_block_does_not_follow_a_link_out_of_the_workspace(sandbox: DockerSandbox) -> None:
    blocks = (
        CodeBlock(language="sh", code="ln -s /tmp out"),
        CodeBlock(language="sh", code="echo never", filename="out/x.sh"),
    )
    result = await sandbox.run(CodeRun(room="test", blocks=blocks))
    assert result.output == "Block 2 could not be written: out/x.sh leads out of the workspace.\n"


async def test_x11_a_session_goes_on_as_it_does_when_the_agent_is_sent(
    sandbox_image: str, owner: str, measuring: MeasuringEngine, engine: DockerEngine
) -> None:
    clock = FakeClock()
    settings = SandboxSettings(image=sandbox_image, stateful=True)
    sandbox = DockerSandbox(settings, owner=owner, engine=measuring, now=clock.now)
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    fork = "import os\nif not os.fork():\n    pass\nelse:\n    os.wait(); print(kept)"
    plot = "import matplotlib.pyplot as plt; plt.plot([1])"
    for run, status, said in (
        (python("kept = 1"), "ok", f"{FIRST}\n"),
        (sh("sleep 60 & echo $((1 + 1))"), "ok", "2\n"),
        (python("while True: pass", timeout=2.0), "timeout", "Traceback"),
        (python(fork), "ok", "1\n"),
        (python(plot, timeout=60.0), "ok", ""),
        (python("import os; os._exit(3)"), "error", INTERPRETER_ENDED),
        (sh("exit 4"), "error", ""),
        (python("print('kept' in globals())"), "ok", "False\n"),
        (python(deaf, timeout=2.0), "timeout", INTERPRETER_ENDED),
    ):
        result = await sandbox.run(run)
        assert result.status == status, result.output
        assert result.output.startswith(said), result.output
        assert len(result.files) == (run.blocks[0].code == plot)
    clock.advance(settings.session_idle + 1)
    assert (await sandbox.run(python(""))).output == f"{AGAIN.format(why=IDLE)}\n"
    sandbox.close()
    await gone(engine, owner)


@pytest.mark.parametrize("version", [sys.version, "of another Python"])
def test_the_agent_is_loaded_compiled_by_the_same_python_and_from_its_sources_by_another(version: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", LOADER, str(len(program())), "[]", version],
        input=program(),
        capture_output=True,
        check=False,
    )
    assert loaded.stderr == b"This program runs as PID 1 of a container and nowhere else.\n"


@pytest.mark.parametrize(("asked", "calm", "imported"), [("x", 30.0, "False"), ("", 0.0, "True")])
def test_p27_what_programs_want_is_imported_when_all_is_calm_and_not_while_a_request_waits(
    asked: str, calm: float, imported: str
) -> None:
    program = (
        "import sys\nfrom adapters.docker_sandbox.inside import interpreter\n"
        f"interpreter.CALM = {calm}\ninterpreter.preload(['colorsys', 'no_such_module'])\n"
        "print('colorsys' in sys.modules)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as agent:
        assert agent.stdin
        assert agent.stdout
        agent.stdin.write(asked)
        agent.stdin.flush()
        assert agent.stdout.readline() == f"{imported}\n"
