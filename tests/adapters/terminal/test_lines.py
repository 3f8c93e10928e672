"""P32: lines from a terminal, a pipe or a file."""

import asyncio
import io
import os
import threading
from contextlib import aclosing

import pytest

from adapters.terminal.lines import LONGEST_LINE, note_on_stderr, read_lines


async def lines_of(content: bytes, notes: list[str] | None = None) -> list[str]:
    note = (notes if notes is not None else []).append
    return [line async for line in read_lines(io.BytesIO(content), note=note)]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"one\n", ["one"]),
        (b"one\ntwo", ["one", "two"]),
        (b"one\r\n\r\n\ntwo\r\n", ["one", "", "", "two"]),
        ("ñandú 👩‍👩‍👧\n".encode(), ["ñandú 👩‍👩‍👧"]),
        (b"a\x0bb\x0cc\xe2\x80\xa8d\n", ["a\x0bb\x0cc\u2028d"]),
    ],
)
async def test_p32_lines_end_where_a_line_break_is_and_at_the_end_of_input(content, lines):
    assert await lines_of(content) == lines


async def test_p32_ten_thousand_pasted_lines_all_arrive_in_order():
    wanted = [f"line {number} é" for number in range(10_000)]
    assert await lines_of("\n".join(wanted).encode()) == wanted


async def test_p32_a_line_of_a_megabyte_arrives_whole():
    assert [len(line) for line in await lines_of(b"x" * 1_000_000 + b"\nnext\n")] == [1_000_000, 4]


async def test_p32_a_line_that_never_ends_is_cut_and_said_so():
    notes: list[str] = []
    lines = await lines_of(b"x" * (LONGEST_LINE + 10) + b"\nnext\n", notes)
    assert [len(line) for line in lines] == [LONGEST_LINE, 4]
    assert notes == [f"Line 1 has {LONGEST_LINE + 10:,} bytes; only the first {LONGEST_LINE:,} were read."]


async def test_p32_bytes_that_are_not_utf_8_are_replaced_with_a_note_for_their_line_only():
    notes: list[str] = []
    assert await lines_of(b"fine\ncaf\xe9\xff\nfine \xc3\xa9\n", notes) == ["fine", "caf\ufffd\ufffd", "fine é"]
    assert notes == ["Line 2 is not UTF-8; what could not be read is shown as \ufffd."]


def test_p32_notes_go_beside_the_conversation(capsys):
    note_on_stderr("Line 2 is not UTF-8.")
    assert capsys.readouterr() == ("", "tertulia: Line 2 is not UTF-8.\n")


async def test_p32_lines_from_a_pipe_arrive_one_by_one_while_it_stays_open():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        async with aclosing(read_lines(stream)) as lines:
            os.write(writing, b"first\nsec")
            assert await anext(lines) == "first"
            os.write(writing, b"ond\n")
            assert await anext(lines) == "second"
            os.close(writing)
            with pytest.raises(StopAsyncIteration):
                await anext(lines)


async def test_p32_lines_from_a_terminal_arrive_and_its_end_of_input_ends_them():
    controller, terminal = os.openpty()
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        async with aclosing(read_lines(stream)) as lines:
            os.write(controller, b"typed\n")
            assert await anext(lines) == "typed"
            os.write(controller, b"\x04")
            with pytest.raises(StopAsyncIteration):
                await anext(lines)
    os.close(controller)


async def test_p32_a_terminal_that_hangs_up_is_the_end_of_input():
    controller, terminal = os.openpty()
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        async with aclosing(read_lines(stream)) as lines:
            os.write(controller, b"typed\n")
            assert await anext(lines) == "typed"
            os.close(controller)
            with pytest.raises(StopAsyncIteration):
                await anext(lines)


async def test_p32_reading_runs_ahead_by_a_megabyte_at_most():
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"x\n" * (size // 2)

    stream = Endless()
    async with aclosing(read_lines(stream)) as lines:
        for _ in range(10):
            assert await anext(lines) == "x"
        for _ in range(200):
            await asyncio.sleep(0)
        assert stream.taken <= 20 * 65536


async def test_p32_the_reading_thread_ends_when_nobody_reads_any_more():
    async with aclosing(read_lines(io.BytesIO(b"x\n" * 10_000_000))) as lines:
        await anext(lines)
        (pump,) = [thread for thread in threading.enumerate() if thread.name == "stdin" and thread.is_alive()][-1:]
    await asyncio.to_thread(pump.join, 10)
    assert not pump.is_alive()


def test_p32_the_process_can_end_while_the_terminal_is_still_being_read():
    reading, writing = os.pipe()

    async def first_line(stream) -> str:
        lines = read_lines(stream)
        line = await anext(lines)
        await lines.aclose()
        return line

    os.write(writing, b"one\n")
    with os.fdopen(reading, "rb") as stream:
        assert asyncio.run(first_line(stream)) == "one"
        os.close(writing)


def test_p32_the_reading_thread_ends_with_the_event_loop_though_there_is_more_to_read():
    async def first_line() -> str:
        return await anext(read_lines(io.BytesIO(b"x\n" * 10_000_000)))

    before = set(threading.enumerate())
    assert asyncio.run(first_line()) == "x"
    for pump in set(threading.enumerate()) - before:
        pump.join(10)
        assert not pump.is_alive()


async def test_p32_input_that_breaks_is_the_end_of_input():
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == len(self.getvalue()):
                raise OSError("the terminal is gone")
            return super().read(size)

    assert [line async for line in read_lines(Broken(b"one\ntwo\n"))] == ["one", "two"]
