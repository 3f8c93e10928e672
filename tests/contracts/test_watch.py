"""The contract of `Log.watch`: no news is lost, and many may come as one."""

import asyncio
from contextlib import aclosing

from agents.log.events import Said
from agents.log.records import Entry
from tests.contracts.conftest import Store


def said(text: str, *, source: str | None = None) -> Entry:
    return Entry(event=Said(text=text), by="person:web/ana", source=source)


async def test_a_watch_hears_of_what_is_appended_after_it_began(store: Store) -> None:
    await store.log.append("web:lobby", [said("before")])
    async with aclosing(store.log.watch("web:lobby")) as watch:
        await store.log.append("web:lobby", [said("after")])

        assert await anext(watch) == "web:lobby"


async def test_a_watch_hears_nothing_of_what_came_before(store: Store) -> None:
    await store.log.append("web:lobby", [said("before")])
    async with aclosing(store.log.watch()) as watch:
        await store.log.append("web:garden", [said("after")])

        assert await anext(watch) == "web:garden"


async def test_news_between_two_looks_are_not_lost_and_are_told_once(store: Store) -> None:
    async with aclosing(store.log.watch()) as watch:
        await store.log.append("web:lobby", [said("one")])
        await store.log.append("web:lobby", [said("two")])
        await store.log.append("web:garden", [said("three")])
        heard = [await anext(watch), await anext(watch)]
        await store.log.append("web:lobby", [said("four")])
        heard.append(await anext(watch))

    assert heard == ["web:lobby", "web:garden", "web:lobby"]


async def test_a_watch_of_one_room_hears_of_no_other(store: Store) -> None:
    async with aclosing(store.log.watch("web:lobby")) as watch:
        await store.log.append("web:garden", [said("elsewhere")])
        await store.log.append("web:lobby", [said("here")])

        assert await anext(watch) == "web:lobby"
        async with asyncio.TaskGroup() as group:
            following = group.create_task(anext(watch))
            await store.log.append("web:garden", [said("elsewhere")])
            assert not following.done()
            await store.log.append("web:lobby", [said("here")])
            assert await following == "web:lobby"


async def test_every_watch_hears(store: Store) -> None:
    async with (
        aclosing(store.log.watch("web:lobby")) as one,
        aclosing(store.log.watch("web:lobby")) as two,
        aclosing(store.log.watch()) as everywhere,
    ):
        await store.log.append("web:lobby", [said("hello")])

        assert [await anext(watch) for watch in (one, two, everywhere)] == ["web:lobby"] * 3


async def test_an_append_that_adds_nothing_is_no_news(store: Store) -> None:
    await store.log.append("web:lobby", [said("hello", source="web:1")])
    async with aclosing(store.log.watch()) as watch:
        await store.log.append("web:lobby", [said("hello", source="web:1")])
        await store.log.append("web:garden", [said("news")])

        assert await anext(watch) == "web:garden"


async def test_a_reader_that_was_cancelled_while_waiting_misses_nothing(store: Store) -> None:
    async with aclosing(store.log.watch("web:lobby")) as watch:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(anext(watch))
            await asyncio.sleep(0)
            waiting.cancel()
        await store.log.append("web:lobby", [said("hello")])

        assert await anext(watch) == "web:lobby"


async def test_a_closed_watch_ends_its_reader(store: Store) -> None:
    watch = store.log.watch("web:lobby")

    async def rooms() -> list[str]:
        return [room async for room in watch]

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(rooms())
        await asyncio.sleep(0)
        await watch.aclose()
    await watch.aclose()

    assert reading.result() == []
    await store.log.append("web:lobby", [said("nobody listens")])
    assert [room async for room in watch] == []
