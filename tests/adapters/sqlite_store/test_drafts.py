"""A draft is told at once, and written at most once a second."""

from pathlib import Path

from msgspec.structs import replace

from adapters.sqlite_store import open_for_reading, open_store
from agents.log.events import TurnStarted
from agents.ports import Draft, OpenDraft
from agents.testing import FakeClock, until


def draft(text: str, room: str = "web:lobby") -> OpenDraft:
    return OpenDraft(
        room=room, started=TurnStarted(speaker="agent:coder", upto=3, rung=""), draft=Draft(text=text, thoughts="hm")
    )


async def on_disk(path: Path, clock: FakeClock, room: str = "web:lobby") -> OpenDraft | None:
    async with open_for_reading(path, clock) as store:
        return await store.drafts.read(room)


async def is_on_disk(path: Path, clock: FakeClock, text: str, room: str = "web:lobby") -> bool:
    return await on_disk(path, clock, room) == draft(text, room)


async def test_a_growing_text_survives_the_process(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.drafts.write(draft("Hel"))
        await store.drafts.write(draft("Hello"))
    async with open_store(path, clock) as store:
        assert await store.drafts.read("web:lobby") == draft("Hello")
        await store.drafts.clear("web:lobby")
    assert await on_disk(path, clock) is None


async def test_it_is_written_once_a_second_and_not_before(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        for second in ("one", "two"):
            await store.drafts.write(draft(f"{second} begins"))
            await store.drafts.write(draft(second))
            await until(lambda: clock.sleepers == 1)
            clock.advance(0.9)
            earlier = await on_disk(path, clock)
            assert earlier != draft(second)
            clock.advance(0.1)
            await until(lambda expected=second: is_on_disk(path, clock, expected))


async def test_a_turn_shorter_than_a_second_is_never_written(path: Path, clock: FakeClock) -> None:
    async with open_store(path, clock) as store:
        await store.drafts.write(draft("quick"))
        await store.drafts.clear("web:lobby")
        await store.drafts.write(draft("slow", room="web:garden"))
        await until(lambda: clock.sleepers == 1)
        clock.advance(1)
        await until(lambda: is_on_disk(path, clock, "slow", room="web:garden"))

        assert await on_disk(path, clock) is None


async def test_a_text_that_ends_in_half_an_emoji_is_written_with_a_mark_in_its_place(
    path: Path, clock: FakeClock
) -> None:
    async with open_store(path, clock) as store:
        await store.drafts.write(draft("Hello \ud83d"))

        assert await store.drafts.read("web:lobby") == draft("Hello \ud83d")
    assert await on_disk(path, clock) == draft("Hello ?")


async def test_c46_a_text_for_some_only_is_not_written_down_where_it_would_be_for_all(
    path: Path, clock: FakeClock
) -> None:
    private = replace(draft("my secret"), started=replace(draft("").started, audience=("person:web/ana",)))
    async with open_store(path, clock) as store:
        await store.drafts.write(private)
        assert await store.drafts.read("web:lobby") == private
    found = await on_disk(path, clock)
    assert found is not None
    assert (found.draft, found.key) == (Draft(text=""), private.key)
