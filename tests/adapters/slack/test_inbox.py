"""The inbox alone: what is written down, handled and crossed out, in whichever order these come to an end (R1)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.slack.inbox import NAMESPACE, Inbox, Item
from adapters.sqlite_store import open_store
from adapters.sqlite_store.connection import Connection
from agents.errors import StoreFailed
from agents.log.events import Said
from agents.log.records import Entry
from agents.testing import FakeClock, MemoryFacts, until


def item(number: int, line: str = "C1") -> Item:
    return Item(key=f"slack:T1/{line}/{number}", line=line, at=str(number), payload={"number": number})


class Gated(MemoryFacts):
    """Facts whose next ``put`` waits until it is let through, or fails."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.failure = asyncio.Event(), None

    async def put(self, namespace: str, key: str, body: str, *, soon: bool = False) -> None:
        await self.gate.wait()
        if self.failure:
            raise self.failure
        await super().put(namespace, key, body)


@asynccontextmanager
async def running(inbox: Inbox) -> AsyncGenerator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(inbox.run())
        yield
        task.cancel()


def noting(handled: list[str]) -> Callable[[Item], Awaitable[None]]:
    async def handle(item: Item) -> None:
        handled.append(item.key)

    return handle


async def test_what_is_handled_before_it_is_written_down_is_crossed_out_afterwards() -> None:
    records, handled = Gated(), []
    inbox = Inbox(records, FakeClock(), noting(handled))
    async with running(inbox), asyncio.TaskGroup() as group:
        taking = group.create_task(inbox.take(item(1)))
        await until(lambda: handled == [item(1).key])
        await inbox.drained()
        assert not taking.done()
        records.gate.set()

    assert await records.items(NAMESPACE) == {}
    await inbox.take(item(1))
    assert handled == [item(1).key]


async def test_what_was_not_written_down_is_not_answered_and_handled_again_when_it_comes_again() -> None:
    records, handled = Gated(), []
    records.gate.set()
    inbox = Inbox(records, FakeClock(), noting(handled))
    async with running(inbox):
        records.failure = StoreFailed("The disk is full; make room.")
        try:
            await inbox.take(item(1))
        except StoreFailed:
            records.failure = None
        await inbox.take(item(1))
        await inbox.drained()

    assert handled == [item(1).key] * 2
    assert await records.items(NAMESPACE) == {}


async def test_what_came_before_it_ran_is_handled_once_and_what_was_kept_too() -> None:
    records, handled = MemoryFacts(), []
    before = Inbox(records, FakeClock(), noting([]))
    await before.take(item(1))
    inbox = Inbox(records, FakeClock(), noting(handled))
    await inbox.take(item(2))
    async with running(inbox):
        await inbox.drained()

    assert sorted(handled) == [item(1).key, item(2).key]
    assert await records.items(NAMESPACE) == {}


async def test_what_an_item_adds_to_a_log_shares_the_commit_that_keeps_it(tmp_path: Path, monkeypatch) -> None:
    transactions: list[int] = []
    run = Connection.run

    async def counted(connection: Connection, statements):
        transactions.append(len(statements))
        return await run(connection, statements)

    async with open_store(tmp_path / "tertulia.db", FakeClock()) as store:

        async def handle(item: Item) -> None:
            await store.log.append("slack:T1/C1", [Entry(event=Said(text="hello"), by="person:slack/T1/U1")])

        inbox = Inbox(store.facts, FakeClock(), handle)
        async with running(inbox):
            await inbox.take(item(1))
            await inbox.drained()
            await store.facts.items(NAMESPACE)
            monkeypatch.setattr(Connection, "run", counted)
            await inbox.take(item(2))

        assert transactions == [2]
