"""X1: what hostile programs try, as `tertulia sandbox check` tries it; afterwards the engine is as it was."""

import asyncio
import platform
import re
import time
import uuid
from collections.abc import Mapping

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.attacks import Attack, AttackOutcome, assault, attacks
from adapters.docker_sandbox.attacks.lies import CLEARING
from adapters.docker_sandbox.attacks.walls import NUMBERS, walls
from adapters.docker_sandbox.engine import DockerEngine
from adapters.shared.mentions import neutralise_mentions
from adapters.terminal.clean import clean
from agents.log.files import NamedFile
from agents.ports import RunResult
from agents.testing import FakeSandbox
from tests.adapters.docker_sandbox.conftest import PATIENCE, gone, python

pytest_plugins = ("tests.engine",)

SMALL = SandboxSettings(memory_mb=128, preload=())
NAMES = [attack.name for attack in attacks(SMALL)]


@pytest.fixture(scope="module")
def outcomes(sandbox_image: str, engine_host: str) -> Mapping[str, AttackOutcome]:
    """Every attack, once. That so many runs follow each other on one engine shows that none of them harms it."""

    async def attacked() -> tuple[AttackOutcome, ...]:
        owner = f"test-{uuid.uuid4().hex}"
        settings = SandboxSettings(image=sandbox_image, memory_mb=128, preload=())
        sandbox, engine = DockerSandbox(settings, owner=owner), DockerEngine(threads=1, host=engine_host)
        came = await assault(sandbox, attacks(settings))
        started = time.monotonic()
        assert (await sandbox.run(python("print('still here')"))).output == "still here\n"
        assert time.monotonic() - started < PATIENCE
        await gone(engine, owner)
        sandbox.close()
        engine.close()
        return came

    return {outcome.attack.name: outcome for outcome in asyncio.run(attacked())}


@pytest.mark.engine
@pytest.mark.xdist_group("attacks")
@pytest.mark.parametrize("name", NAMES)
def test_x1_x17_an_attack_gets_nowhere(outcomes: Mapping[str, AttackOutcome], name: str) -> None:
    assert outcomes[name].held, outcomes[name].said


def test_x1_no_two_attacks_have_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_x1_on_a_machine_whose_system_calls_have_unknown_numbers_they_are_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    known = len(walls())
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    assert known - len(walls()) == len(NUMBERS["x86_64"]) + 2


ASKS = Attack(name="asking", by="nobody answers", program="ask", output="^refused", files=("a.txt",), neighbour="hide")


def told(output: str = "refused", name: str = "a.txt", content: bytes = b"") -> RunResult:
    return RunResult(
        status="ok",
        exit_code=0,
        output=output,
        files=(NamedFile(name=name, media_type="text/plain", content=content),),
    )


@pytest.mark.parametrize(
    ("result", "held"),
    [
        (told(), True),
        (told("granted"), False),
        (told("refused, WORKED"), False),
        (told(name="../a.txt"), False),
        (told(name="b.txt"), False),
        (told(content=b"root:x:0:0:root:/root:/bin/sh"), False),
        (RunResult(status="killed", exit_code=137, output="refused"), False),
    ],
)
async def test_x1_an_attack_is_judged_by_its_end_its_output_and_its_files(result: RunResult, *, held: bool) -> None:
    sandbox = FakeSandbox({"ask": result, "hide": ""})
    (outcome,) = await assault(sandbox, [ASKS])
    assert (outcome.held, outcome.said) == (held, f"{result.status}: {result.output}")
    assert [run.room for run in sandbox.runs] == ["asking: the neighbour", "asking"]


@pytest.mark.parametrize(
    ("result", "held"),
    [
        (told("otherwise"), True),
        (RunResult(status="killed", exit_code=137, output=""), True),
        (told("WORKED"), False),
        (RunResult(status="timeout", exit_code=124, output=""), True),
    ],
)
async def test_x18_another_kernel_may_refuse_in_its_own_words(result: RunResult, *, held: bool) -> None:
    (outcome,) = await assault(FakeSandbox({"ask": result, "hide": ""}), [ASKS], exactly=False)
    assert outcome.held == held


def test_x18_in_a_kernel_of_its_own_a_program_may_do_to_that_what_it_likes() -> None:
    left_out = set(NAMES) - {attack.name for attack in attacks(SandboxSettings(memory_mb=128, runtime="runsc"))}
    assert left_out >= {"making devices", "namespaces of its own", "the agent's memory"}
    assert len(left_out) < 10


async def test_x1_what_a_program_says_is_repeated_in_harmless_letters() -> None:
    (outcome,) = await assault(FakeSandbox({"ask": "\x1b[2J¿\n", "hide": ""}), [ASKS])
    assert outcome.said == r"ok: \x1b[2J\xbf\n"


def test_x1_what_a_program_prints_turns_no_terminal_around_and_calls_nobody() -> None:
    printed = CLEARING.encode().decode("unicode_escape")
    assert clean(printed).isprintable()
    assert not re.search(r"@everyone|<!channel>|<@U12345678>", neutralise_mentions(printed))


async def test_x12_an_attack_that_could_not_be_run_proves_nothing() -> None:
    (outcome,) = await assault(FakeSandbox(unavailable="No engine."), [ASKS])
    assert (outcome.held, outcome.said) == (False, "not run: No engine.")
