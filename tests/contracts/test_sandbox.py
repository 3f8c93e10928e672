"""What every `Sandbox` promises, on the in-memory one and on Docker."""

from collections.abc import AsyncIterator, Mapping

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from agents.log.code_blocks import CodeBlock
from agents.log.files import NamedFile
from agents.ports import CodeRun, RunResult, Sandbox
from agents.testing import FakeSandbox

pytest_plugins = ("tests.engine",)

ONE = "print('one')"
TWO = "echo two"
UNICODE = "print('¿Qué tal? 你好 🎉')"
FAILS = "import sys; sys.exit(3)"
PRINTS_AND_FAILS = "echo before; exit 4"
WRITES = "open('table.csv', 'w').write('a,b\\n1,2\\n')"
PICTURE = "printf '\\211PNG\\r\\n\\032\\n...' > 'my plot.png'"
READS_INPUT = "print(open('numbers.txt').read())"
MODULE = "answer = 42"
IMPORTS = "import deep; print(deep.answer)"

WHAT_THEY_DO: Mapping[str, str | RunResult] = {
    ONE: "one\n",
    TWO: "two\n",
    UNICODE: "¿Qué tal? 你好 🎉\n",
    FAILS: RunResult(status="error", exit_code=3, output=""),
    PRINTS_AND_FAILS: RunResult(status="error", exit_code=4, output="before\n"),
    WRITES: RunResult(
        status="ok",
        exit_code=0,
        output="",
        files=(NamedFile(name="table.csv", media_type="text/csv", content=b"a,b\n1,2\n"),),
    ),
    PICTURE: RunResult(
        status="ok",
        exit_code=0,
        output="",
        files=(NamedFile(name="my plot.png", media_type="image/png", content=b"\x89PNG\r\n\x1a\n..."),),
    ),
    READS_INPUT: "1 2 3\n",
    MODULE: "",
    IMPORTS: "42\n",
}
"""The programs of this suite and what they do: the in-memory sandbox is told, a real one finds out."""


@pytest.fixture(params=["memory", pytest.param("docker", marks=pytest.mark.engine)])
def image(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "memory" else request.getfixturevalue("sandbox_image")


@pytest.fixture
async def sandbox(image: str) -> AsyncIterator[Sandbox]:
    if not image:
        yield FakeSandbox(WHAT_THEY_DO)
        return
    docker = DockerSandbox(SandboxSettings(image=image), owner="contract")
    yield docker
    docker.close()


def python(code: str, filename: str = "") -> CodeBlock:
    return CodeBlock(language="python", code=code, filename=filename)


def sh(code: str, filename: str = "") -> CodeBlock:
    return CodeBlock(language="sh", code=code, filename=filename)


def run_of(*blocks: CodeBlock, files: tuple[NamedFile, ...] = ()) -> CodeRun:
    return CodeRun(room="test", blocks=blocks, files=files, timeout=20.0)


async def test_an_available_sandbox_passes_its_check(sandbox: Sandbox) -> None:
    assert await sandbox.check() is None


async def test_c23_blocks_run_in_order_and_their_output_is_joined(sandbox: Sandbox) -> None:
    result = await sandbox.run(run_of(python(ONE), sh(TWO), python(UNICODE)))
    assert result == RunResult(status="ok", exit_code=0, output="one\ntwo\n¿Qué tal? 你好 🎉\n")


async def test_c23_the_first_block_that_fails_is_the_last_that_runs(sandbox: Sandbox) -> None:
    result = await sandbox.run(run_of(python(ONE), sh(PRINTS_AND_FAILS), sh(TWO)))
    assert result == RunResult(status="error", exit_code=4, output="one\nbefore\n")


async def test_c23_a_silent_failure_is_a_failure(sandbox: Sandbox) -> None:
    result = await sandbox.run(run_of(python(FAILS)))
    assert (result.status, result.exit_code, result.output) == ("error", 3, "")


@pytest.mark.parametrize(
    "filename",
    ["../x.py", "/etc/passwd", "a/../../b.py", "~/.bashrc", "a//b.py", "./a.py", "a\nb.py", "a\\b.py", "x" * 201],
)
async def test_c23_a_file_name_that_leaves_the_workspace_is_refused_and_nothing_runs(
    sandbox: Sandbox, filename: str
) -> None:
    result = await sandbox.run(run_of(python(ONE), python(ONE, filename)))
    assert result.status == "error"
    assert result.exit_code == 1
    assert result.output.startswith("Nothing was run: block 2 names the file")
    assert result.files == ()


async def test_c23_another_language_is_refused_and_nothing_runs(sandbox: Sandbox) -> None:
    result = await sandbox.run(run_of(python(ONE), CodeBlock(language="ruby", code="puts 1")))
    assert (result.status, result.exit_code) == ("error", 1)
    assert result.output == "Nothing was run: block 2 is 'ruby', and only python and sh are run here."


async def test_p24_files_that_programs_write_come_out(sandbox: Sandbox) -> None:
    result = await sandbox.run(run_of(python(WRITES), sh(PICTURE)))
    assert sorted(result.files, key=lambda file: file.name) == [
        NamedFile(name="my plot.png", media_type="image/png", content=b"\x89PNG\r\n\x1a\n..."),
        NamedFile(name="table.csv", media_type="text/csv", content=b"a,b\n1,2\n"),
    ]


async def test_p24_input_files_lie_in_the_workspace_and_do_not_come_back(sandbox: Sandbox) -> None:
    given = NamedFile(name="numbers.txt", media_type="text/plain", content=b"1 2 3")
    result = await sandbox.run(run_of(python(READS_INPUT), files=(given,)))
    assert (result.output, result.files) == ("1 2 3\n", ())


async def test_c23_a_named_block_is_a_file_that_later_blocks_can_use(sandbox: Sandbox) -> None:
    result = await sandbox.run(run_of(python(MODULE, "deep.py"), python(IMPORTS, "scripts/main.py")))
    assert (result.status, result.output, result.files) == ("ok", "42\n", ())
