"""Messages that come while a session ends and the next one begins: heard once, none forgotten (D22)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import discord
import pytest

from adapters.discord.listener import SharedListener
from adapters.discord.rooms import Where
from adapters.discord.timelines import Timelines
from agents.testing import FakeClock, MemoryFacts, MemoryStore, until
from tests.adapters.discord.serving import a_server
from tests.adapters.discord.test_connection import echoed
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

SERVER = 5


class Place:
    """A channel with a history; a page of it is what stood there when it was asked for."""

    parent_id = last_message_id = None
    guild = SimpleNamespace(me=None)

    def __init__(self, clock: FakeClock):
        self.id = 7
        self.written: list[SimpleNamespace] = []
        self._first = int((clock.now() - 1_420_070_400) * 1000) << 22

    def say(self, text: str) -> SimpleNamespace:
        message = SimpleNamespace(id=self._first + len(self.written), text=text, channel=self)
        self.written.append(message)
        return message

    def history(self, *, limit: int, after: discord.Object, oldest_first: bool) -> AsyncIterator[SimpleNamespace]:
        return self._page([one for one in self.written if one.id > after.id])

    async def _page(self, page: list[SimpleNamespace]) -> AsyncIterator[SimpleNamespace]:
        for one in page:
            yield one

    def permissions_for(self, me: object) -> discord.Permissions:
        return discord.Permissions.all()


@asynccontextmanager
async def at_work(run: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_d22_a_session_that_begins_while_the_history_is_read_makes_the_channel_behind_anew():
    clock, heard, gate = FakeClock(), list[str](), asyncio.Event()

    async def take(message: SimpleNamespace) -> None:
        if message.text == "two":
            await gate.wait()
        heard.append(message.text)

    async def review(channel: object, upto: int) -> None:
        """Nothing was changed."""

    place, timelines = Place(clock), Timelines(MemoryFacts(), clock, take, review)
    await timelines.hear(place, place.say("one"))
    timelines.new_session()
    place.say("two")
    async with at_work(timelines.run):
        timelines.catch_up(place)
        await until(lambda: place.id in timelines._timelines and timelines._timelines[place.id].lock.locked())
        place.say("three")  # nobody is told: the connection is gone again
        timelines.new_session()
        timelines.catch_up(place)
        gate.set()
        await until(lambda: heard == ["one", "two", "three"])


async def test_d22_a_message_that_is_dealt_with_while_no_bot_sees_its_channel_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
):
    clock, heard = FakeClock(), list[str]()
    place = Place(clock)
    monkeypatch.setattr("adapters.discord.listener.where_of", lambda channel: Where(server=SERVER, channel=channel.id))
    bot = SimpleNamespace(user=1)

    async def take(message: SimpleNamespace, by: object) -> None:
        heard.append(message.text)

    async def nothing(*_: object) -> None:
        """There is nothing to keep."""

    async def review(*_: object) -> None:
        """Nothing was changed."""

    monkeypatch.setattr("adapters.discord.listener.review", review)
    house = SimpleNamespace(store=MemoryStore(clock), clock=clock)
    servers, direct = SimpleNamespace(serves=lambda server: True), SimpleNamespace(keep=nothing)
    listener = SharedListener(house, [bot], servers, direct, None)
    listener.attach(SimpleNamespace(message=take), None, None)
    guild = SimpleNamespace(me=bot, get_channel=lambda channel: place)
    client = SimpleNamespace(bot=bot, get_guild=lambda server: None)
    listener.session(client)
    async with at_work(listener.timelines.run):
        await listener.timelines.hear(place, place.say("one"))
        assert heard == []
        client.get_guild = lambda server: guild
        await until(lambda: clock.sleepers > 0)
        clock.advance(2)
        await until(lambda: heard == ["one"])


@pytest.mark.usefixtures("nowhere")
async def test_d22_answers_that_are_lost_while_history_is_read_only_delay_what_was_missed(tmp_path: Path):
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("number 1")
            await echoed(server, "number 1")
        await server.say("number 2")
        lost = [
            server.fake.faults.lose_answer(route, times=2)
            for route in ("GET /channels/{channel_id}/messages", "GET /guilds/{guild_id}/members/{user_id}")
        ]
        async with server.serving():
            await echoed(server, "number 2")
            assert [one.struck for one in lost] == [2, 2]
