"""Lines that people type or pipe in."""

import io
import os

from adapters.terminal import read_lines


async def lines(content: bytes) -> list[str]:
    return [line async for line in read_lines(io.BytesIO(content))]


async def test_lines_come_in_order_without_their_ends() -> None:
    assert await lines(b"one\ntwo\r\n\nthree") == ["one", "two", "", "three"]


async def test_nothing_is_lost_of_ten_thousand_pasted_lines() -> None:
    assert await lines(b"".join(b"%d\n" % n for n in range(10_000))) == [str(n) for n in range(10_000)]


async def test_a_line_of_a_megabyte_comes_whole() -> None:
    assert await lines(b"x" * 1_000_000 + b"\n") == ["x" * 1_000_000]


async def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert await lines(b"caf\xff\n") == ["caf\ufffd"]


async def test_a_reader_that_leaves_early_leaves_no_thread_waiting_on_the_loop() -> None:
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as stream, os.fdopen(writable, "wb") as feed:
        feed.write(b"first\n")
        feed.flush()
        reader = read_lines(stream)
        assert await anext(reader) == "first"
        await reader.aclose()
        feed.close()
