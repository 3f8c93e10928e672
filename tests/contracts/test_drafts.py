"""The contract of `agents.ports.Drafts`."""

from contextlib import aclosing

from agents.log.events import TurnStarted
from agents.ports import Draft, OpenDraft
from tests.contracts.conftest import Store


def draft(text: str, room: str = "web:lobby", turn: int = 3, thoughts: str = "") -> OpenDraft:
    return OpenDraft(
        room=room,
        started=TurnStarted(speaker="agent:coder", upto=turn, rung=""),
        draft=Draft(text=text, thoughts=thoughts),
    )


async def test_the_newest_draft_is_the_one_that_is_read(store: Store) -> None:
    await store.drafts.write(draft("Hel"))
    await store.drafts.write(draft("Hello", thoughts="greet them"))

    assert await store.drafts.read("web:lobby") == draft("Hello", thoughts="greet them")


async def test_each_room_has_its_own_draft(store: Store) -> None:
    await store.drafts.write(draft("Hello"))

    assert await store.drafts.read("web:garden") is None


async def test_a_cleared_draft_is_gone(store: Store) -> None:
    await store.drafts.write(draft("Hello"))
    await store.drafts.write(draft("Bye", room="web:garden"))
    await store.drafts.clear("web:lobby")
    await store.drafts.clear("web:nowhere")

    assert await store.drafts.read("web:lobby") is None
    assert await store.drafts.read("web:garden") == draft("Bye", room="web:garden")


async def test_watchers_are_told_of_every_change(store: Store) -> None:
    async with aclosing(store.log.watch()) as watch:
        await store.drafts.write(draft("Hello"))
        assert await anext(watch) == "web:lobby"
        await store.drafts.clear("web:lobby")
        assert await anext(watch) == "web:lobby"


async def test_clearing_nothing_is_no_news(store: Store) -> None:
    async with aclosing(store.log.watch()) as watch:
        await store.drafts.clear("web:lobby")
        await store.drafts.write(draft("Hello", room="web:garden"))

        assert await anext(watch) == "web:garden"
