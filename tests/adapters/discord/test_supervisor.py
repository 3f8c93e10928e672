"""Clients end in every way there is, and begin again as often as Discord allows (D21)."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import discord
import pytest

from adapters.discord.bots import Bot
from adapters.discord.client import Client
from adapters.discord.identifies import A_DAY, BETWEEN, NAMESPACE, Identifies, UsedUp
from adapters.discord.supervisor import Ended, Supervisor
from agents.errors import StoreFailed
from agents.testing import FakeClock, MemoryFacts, until
from tests.adapters.discord.serving import a_server
from tests.fakes.discord import FakeDiscord
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

BOT = Bot(user=1, application=2, name="Tertulia", token="secret")
DAY = 86_400.0


class Socket:
    """What discord.py says a connection was closed with."""

    def __init__(self, close_code: int):
        self.close_code = close_code


def closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(Socket(code), shard_id=None)


class OneClient:
    """A client that asks for a session, has it unless ``error`` comes first, and ends with that error."""

    def __init__(self, error: BaseException | None, identifies: Identifies, began: Callable[[], None]):
        self._error, self._identifies, self._began = error, identifies, began
        self.sessions, self.closed = 0, False

    async def start(self, token: str) -> None:
        assert token == BOT.token
        await self._identifies.count()
        self._began()
        if self._error is None:
            self.sessions += 1
            await asyncio.Event().wait()
        raise self._error

    async def close(self) -> None:
        self.closed = True


class Watch:
    """A supervisor over clients that end with ``errors``, one after the other; the next one stays."""

    def __init__(self, errors: list[BaseException], records: MemoryFacts | None = None):
        self.clock, self.records = FakeClock(), records or MemoryFacts()
        self.began: list[float] = []
        self.clients: list[OneClient] = []
        identifies = Identifies(BOT, self.clock, self.records)
        ends: Iterator[BaseException | None] = iter([*errors, None])

        def make() -> OneClient:
            began = lambda: self.began.append(self.clock.now())  # noqa: E731
            self.clients.append(OneClient(next(ends), identifies, began))
            return self.clients[-1]

        self.supervisor = Supervisor(BOT, make, identifies, self.clock)

    async def stands(self, step: float = 1.0) -> None:
        """Let time pass until a client stays."""
        running = asyncio.create_task(self.supervisor.run())
        try:
            while not (self.clients and self.clients[-1].sessions):
                await asyncio.wait([running], timeout=0)
                if running.done():
                    await running
                if self.clock.sleepers:
                    self.clock.advance(step)
        finally:
            running.cancel()
            await asyncio.wait([running])


ENDS = [
    AttributeError("'NoneType' object has no attribute 'sequence'"),
    zlib.error("Error -3 while decompressing data"),
    type("ZstdError", (Exception,), {})("Unknown frame descriptor"),
    ConnectionResetError(104, "Connection reset by peer"),
    closed(4000),
    TimeoutError(),
    KeyError("owner"),
]


async def test_d21_a_client_that_ends_in_any_way_is_replaced_by_another() -> None:
    watch = Watch([*ENDS])
    await watch.stands()
    assert len(watch.began) == len(ENDS) + 1
    assert all(client.closed for client in watch.clients)


async def test_d21_two_sessions_of_a_bot_are_five_seconds_apart_even_where_they_fail_at_once() -> None:
    watch = Watch([closed(4000) for _ in range(20)])
    await watch.stands(step=0.25)
    gaps = [later - earlier for earlier, later in pairwise(watch.began)]
    assert min(gaps) >= BETWEEN
    assert gaps[-1] > 40  # it backs off


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (discord.LoginFailure("Improper token"), "make a new one"),
        (closed(4004), "make a new one"),
        (closed(4010), "shard"),
        (closed(4011), "sharding"),
        (closed(4012), "upgrade discord.py"),
        (closed(4013), "upgrade discord.py"),
        (discord.PrivilegedIntentsRequired(None), "Message Content Intent"),
    ],
)
async def test_d21_what_cannot_be_mended_by_trying_again_is_final(error: Exception, part: str) -> None:
    watch = Watch([error])
    with pytest.raises(Ended, match=part):
        await watch.stands()
    assert len(watch.clients) == 1
    assert watch.clients[0].closed


async def test_d21_sessions_of_a_day_are_counted_over_a_restart_and_the_next_one_waits() -> None:
    records, now = MemoryFacts(), FakeClock().now()
    times = [now - DAY / 2 + number for number in range(A_DAY - 2)]
    await records.put(NAMESPACE, str(BOT.user), json.dumps(times))
    watch = Watch([closed(4000), closed(4000), closed(4000)], records)
    await watch.stands(step=60.0)
    second, third = watch.began[1:3]
    assert second - now < 120
    assert third >= times[0] + DAY


async def test_d21_a_session_that_is_lost_when_none_is_left_ends_the_client() -> None:
    records, clock = MemoryFacts(), FakeClock()
    await records.put(NAMESPACE, str(BOT.user), json.dumps([clock.now()] * A_DAY))
    with pytest.raises(UsedUp):
        await Identifies(BOT, clock, records).count()


async def test_d21_a_store_that_fails_keeps_no_bot_from_connecting() -> None:
    class Failing(MemoryFacts):
        async def get(self, namespace: str, key: str) -> str | None:
            raise StoreFailed("The disk is full; make room.")

        async def put(self, namespace: str, key: str, body: str, **_: object) -> None:
            raise StoreFailed("The disk is full; make room.")

    watch = Watch([], Failing())
    await watch.stands()
    assert len(watch.began) == 1


@pytest.mark.parametrize("code", [4004, 4013, 4014])
@pytest.mark.usefixtures("nowhere")
async def test_d21_what_is_final_is_final_for_that_bot_only(tmp_path, code: int) -> None:
    async with a_server(tmp_path, own=["coder"]) as server, server.serving():
        await server.say("@coder one")
        (first,) = await server.answered(1)
        await server.fake.gateway.drop(server.own["coder"], code=code)
        await until(lambda: not server.fake.gateway.connected(server.own["coder"]))
        await server.say("@planner two")
        await server.answered(2)
        await server.say("@coder three")
        *_, third = await server.answered(3)
        assert (first.webhook_id is None, third.webhook_id is None) == (True, False)
        assert third.author_name == "coder"
        assert server.fake.gateway.connected(server.host)
        assert len([one for one in server.fake.gateway.identifies if one.bot is server.own["coder"]]) == 1


class Deaf:
    """Ears that nothing reaches."""

    def session(self, client: Client) -> None:
        pass

    async def server(self, client: Client, guild: discord.Guild) -> None:
        pass

    async def ready(self, client: Client) -> None:
        pass


class Stage:
    """A fake with one bot on it, and clients of that bot."""

    def __init__(self, fake: FakeDiscord):
        self.fake, self.clock = fake, FakeClock()
        self.known = fake.add_bot("Tertulia", guilds=[fake.add_guild("Workshop")])
        self.bot = replace(BOT, user=self.known.user_id, token=self.known.token)

    def start(self) -> tuple[Client, asyncio.Task[None]]:
        client = Client(self.bot, Deaf(), Identifies(self.bot, self.clock, MemoryFacts()))
        return client, asyncio.create_task(client.start(self.bot.token))

    async def connected(self) -> None:
        await self.fake.until(lambda: self.fake.gateway.connected(self.known))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord.open() as fake:
        with fake.routed():
            yield Stage(fake)


async def test_d21_a_client_whose_session_is_lost_begins_the_next_one_in_its_time(stage: Stage) -> None:
    client, running = stage.start()
    await stage.connected()
    await stage.fake.gateway.invalidate_session(stage.known)
    await until(lambda: stage.clock.sleepers)
    assert len(stage.fake.gateway.identifies) == 1
    stage.clock.advance(BETWEEN)
    await stage.fake.until(lambda: len(stage.fake.gateway.identifies) == 2)
    await client.close()
    await running


async def test_d23_a_closed_client_says_nothing_more(stage: Stage) -> None:
    client, running = stage.start()
    await stage.connected()
    await client.close()
    client.dispatch("ready")  # as a task does that discord.py leaves behind
    await running


@pytest.mark.parametrize("trouble", ["refused", "garbled"])
async def test_d21_a_first_connection_that_fails_and_a_broken_stream_end_a_client(stage: Stage, trouble: str) -> None:
    """Why there is a supervisor: if one of these is mended in discord.py, so much the better."""
    stage.fake.gateway.refuse_connections(trouble == "refused")
    client, running = stage.start()
    if trouble == "garbled":
        await stage.connected()
        await stage.fake.gateway.garble(stage.known)
    await asyncio.wait([running], timeout=20)
    assert isinstance(running.exception(), AttributeError if trouble == "refused" else Exception)
    await client.close()
