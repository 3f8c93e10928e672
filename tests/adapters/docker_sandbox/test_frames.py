"""X14: an agent that was taken over may say anything. The run ends `killed`, and little is held for it."""

import asyncio
import json
import struct
import tracemalloc

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings, dialogue, frame_stream
from adapters.docker_sandbox.settings import LIMITS
from agents.log.files import NamedFile
from agents.ports import RunResult
from tests.adapters.docker_sandbox.conftest import python
from tests.adapters.docker_sandbox.fake_engine import FakeEngine, frame, saying, wrapped

SETTINGS = SandboxSettings(image="any")
S = frame(b"S")
E = frame(b"E", b'{"status": "ok", "exit_code": 0, "left_out": 0}')
Z = frame(b"Z", b'{"too_many": 0, "too_large": 0}')


def ended(**changes: object) -> bytes:
    return frame(b"E", json.dumps({"status": "ok", "exit_code": 0, "left_out": 0, **changes}).encode())


def file(name: object = "a", size: object = 1) -> bytes:
    return frame(b"F", json.dumps({"name": name, "size": size}).encode())


async def result_of(*said: bytes, then_end: bool = True, timeout: float = 5.0) -> RunResult:
    async with FakeEngine(saying(*said, then_end=then_end)) as engine:
        result = await DockerSandbox(SETTINGS, owner="x", engine=engine).run(python("", timeout=timeout))
        assert engine.present == {}
        return result


async def test_a_well_behaved_conversation_gives_its_result() -> None:
    said = (S, frame(b"O", b"be"), frame(b"O", b"gin"), frame(b"T", b"end"), ended(left_out=7))
    result = await result_of(*said, file("a.txt", 3), frame(b"D", b"ab"), frame(b"D", b"c"), file("empty", 0), Z)
    assert result == RunResult(
        status="ok",
        exit_code=0,
        output="begin\n[7 bytes of output were left out here]\nend",
        files=(
            NamedFile(name="a.txt", media_type="text/plain", content=b"abc"),
            NamedFile(name="empty", media_type="application/octet-stream", content=b""),
        ),
    )


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([S, struct.pack(">BxxxI", 1, 5) + struct.pack(">cI", b"O", 1 << 30)], id="a frame of a gigabyte"),
        pytest.param([S, struct.pack(">BxxxI", 1, 1 << 31)], id="a piece of two gigabytes"),
        pytest.param([S, wrapped(b"", output=7)], id="a third output"),
        pytest.param([S, frame(b"?")], id="an unknown kind"),
        pytest.param([S, S], id="started twice"),
        pytest.param([S, Z], id="the end before the ending"),
        pytest.param([S, file()], id="a file before the ending"),
        pytest.param([S, frame(b"O", bytes(LIMITS.head)), frame(b"O", b"1")], id="too much head"),
        pytest.param([S, frame(b"T", bytes(LIMITS.tail + 1))], id="too long a tail"),
        pytest.param([S, frame(b"T", b"1"), frame(b"T", b"2")], id="two tails"),
        pytest.param([S, E, frame(b"O", b"more")], id="output after the ending"),
        pytest.param([S, E, E], id="two endings"),
        pytest.param([S, frame(b"E", b"{")], id="torn JSON"),
        pytest.param([S, frame(b"E", b"\xff\xfe")], id="no text"),
        pytest.param([S, frame(b"E", b"[1]")], id="no object"),
        pytest.param([S, frame(b"E", b"[" * 60_000)], id="deep JSON"),
        pytest.param([S, ended(status="fine")], id="an unknown status"),
        pytest.param([S, ended(status=["ok"])], id="no status at all"),
        pytest.param([S, ended(exit_code=-1)], id="a negative code"),
        pytest.param([S, ended(exit_code=True)], id="a boolean code"),
        pytest.param([S, ended(exit_code=1.5)], id="half a code"),
        pytest.param([S, ended(left_out=1 << 50)], id="too large a number"),
        pytest.param([S, E, file(size=-1)], id="a negative size"),
        pytest.param([S, E, file(size=LIMITS.file + 1)], id="too large a file"),
        pytest.param([S, E, file(size="1")], id="a size in words"),
        pytest.param([S, E, file(size=1), frame(b"D", b"12")], id="more than announced"),
        pytest.param([S, E, file(size=2), file()], id="a file inside a file"),
        pytest.param([S, E, file(size=2), frame(b"D")], id="no data"),
        pytest.param([S, E, file(size=2), Z], id="the end inside a file"),
        pytest.param([S, E, frame(b"D", b"1")], id="data of no file"),
        pytest.param([S, E, *[file(size=0)] * (LIMITS.files + 1)], id="too many files"),
        pytest.param([S, E, frame(b"Z", b"{}")], id="an end that says nothing"),
        pytest.param([S, E], id="no end"),
        pytest.param([S, frame(b"O", b"text")], id="no ending"),
    ],
)
async def test_x14_a_forged_frame_ends_the_run_as_killed(said: list[bytes]) -> None:
    result = await result_of(*said)
    assert (result.status, result.exit_code) == ("killed", 137)


async def test_x14_forged_names_are_made_harmless() -> None:
    names = [
        "../../etc/passwd",
        "/",
        "",
        "..",
        ".bashrc",
        "a\nb\x1b[2J.png",
        "x" * 500 + ".txt",
        7,
        "a\\b.txt",
        "a/b.txt",
    ]
    result = await result_of(S, E, *[file(name, 0) for name in names], Z)
    assert [one.name for one in result.files] == [
        "passwd", "file", "file-2", "file-3", "bashrc", "a_b__2J.png", "x" * 91 + ".txt", "7", "b.txt", "b-2.txt",
    ]  # fmt: skip


async def test_x14_an_agent_that_says_nothing_is_ended_by_our_own_clock() -> None:
    result = await result_of(S, frame(b"O", b"so far"), then_end=False, timeout=0.1)
    assert (result.status, result.exit_code, result.output) == ("timeout", 124, "so far")


async def test_x14_an_agent_that_never_ends_its_files_is_ended_by_our_own_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialogue, "COLLECTING", 0.1)
    result = await result_of(S, E, file("whole", 1), frame(b"D", b"1"), file(size=2), then_end=False)
    assert (result.status, [one.name for one in result.files]) == ("killed", ["whole"])


async def test_x14_a_flood_does_not_fill_our_memory() -> None:
    async def flooding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"R"))
        await reader.readexactly(5)
        writer.write(S)
        piece = wrapped(bytes(1 << 20), output=2)
        while True:
            writer.write(piece)
            await writer.drain()

    async with FakeEngine(flooding) as engine:
        tracemalloc.start()
        result = await DockerSandbox(SETTINGS, owner="x", engine=engine).run(python("", timeout=30.0))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert result.status == "killed"
    assert peak < 16 << 20


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(frame(b"O"), id="frames that say nothing"),
        pytest.param(wrapped(struct.pack(">cI", b"O", 0) * 1000), id="many of them at once"),
        pytest.param(wrapped(b""), id="pieces of nothing"),
        pytest.param(wrapped(b"", output=2), id="errors that say nothing"),
        pytest.param(E + file(size=LIMITS.file) + frame(b"D", b"x") * 50_000, id="a file byte by byte"),
    ],
)
async def test_x14_x8_a_flood_of_next_to_nothing_ends_the_run_and_lets_others_have_their_turn(
    flood: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_stream, "MOST_PARTS", 20_000)
    turns = 0

    async def flooding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"R"))
        await reader.readexactly(5)
        writer.write(S)
        while True:
            writer.write(flood * (200_000 // len(flood) + 1))
            await writer.drain()

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with FakeEngine(flooding) as engine, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(others())
        result = await DockerSandbox(SETTINGS, owner="x", engine=engine).run(python("", timeout=30.0))
        waiting.cancel()
    assert result.status == "killed"
    assert turns > 150
