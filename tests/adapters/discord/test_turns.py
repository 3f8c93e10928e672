"""What a turn looks like from outside: nobody waits for Discord, words grow, somebody types (D10, D12, D13, D23)."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, closing

import pytest
from structlog.testing import capture_logs

from adapters.discord import indicator
from agents.log.events import Said, Stopped, TurnTaken
from agents.log.records import Record
from agents.testing import FakeClock, until
from tests.adapters.discord import teams
from tests.adapters.discord.serving import Server, a_server
from tests.fakes.discord.values import FakeMessage
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

GROWING = "tests.adapters.discord.teams:growing"
EXECUTE = "POST /webhooks/{webhook_id}/{webhook_token}"
TYPING = "POST /channels/{channel_id}/typing"


async def logged(server: Server, so: Callable[[Sequence[Record]], bool]) -> None:
    """Return once this is so of the lobby's records."""
    async with asyncio.timeout(20), aclosing(server.house.ports.store.log.watch(server.room)) as watch:
        while not so(await server.records()):
            await anext(watch)


async def asked(server: Server, numbers: Iterable[int]) -> None:
    """The planner and the coder are asked in turns, each once the log has the last answer."""
    for number in numbers:
        await server.say(f"@{('planner', 'coder')[number % 2]} {number}")
        await logged(server, lambda records, number=number: answers(records) == number + 1)


async def a_while(server: Server) -> None:
    """Something else is asked and answered meanwhile."""
    told = len(whispered(server))
    await server.say("!status")
    await server.fake.until(lambda: len(whispered(server)) > told)


def whispered(server: Server) -> list[FakeMessage]:
    """What Ana was told in private."""
    direct = server.host.dms.get(server.ana.id)
    return [] if direct is None else server.fake.messages(direct)


def answers(records: Sequence[Record]) -> int:
    """How often agents have spoken."""
    return sum(isinstance(one.event, Said) and one.by.startswith("agent:") for one in records)


def is_over(records: Sequence[Record]) -> bool:
    """Whether a turn has ended."""
    return any(isinstance(one.event, TurnTaken | Stopped) for one in records)


def typed(server: Server) -> list[str]:
    return [one.bot.name for one in server.fake.requests if one.route == TYPING and one.bot]


def kept(server: Server) -> tuple[int, int]:
    """How many messages are known by their ids, and how many posts by theirs, in one look at the store."""
    with closing(sqlite3.connect(f"file:{server.folder / 'rooms.db'}?mode=ro", uri=True)) as store:
        messages = "SELECT count(*) FROM records WHERE namespace = 'discord_posts'"
        posts = "SELECT count(*) FROM receipts WHERE platform_id <> ''"
        return store.execute(f"SELECT ({messages}), ({posts})").fetchone()


@pytest.mark.parametrize("own", [[], ["coder"]])
async def test_d3_no_post_is_written_down_without_its_messages_id(tmp_path, own) -> None:
    looks: list[tuple[int, int]] = []
    async with a_server(tmp_path, own) as server:
        async with server.serving():
            for number in range(8):
                await server.say(f"@coder {number}")
                await server.fake.until(
                    lambda number=number: looks.append(kept(server)) or len(server.answers()) > number
                )
        looks.append(kept(server))
    assert all(messages >= posts for messages, posts in looks)
    assert looks[-1] == (8, 8)


async def test_d10_turns_go_on_while_discord_takes_nothing_and_then_all_is_posted_in_order(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("@coder 0")
        await server.answered(1)
        hold = server.fake.faults.slow_down(EXECUTE, times=None)
        await asked(server, range(1, 6))
        assert len(server.answers()) == 1
        hold.stop()
        posted = await server.answered(6)
        assert [one.content[-1] for one in posted] == list("012345")


async def test_d14_what_a_channel_never_takes_is_reported_and_other_places_go_on(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        server.fake.change_permissions(server.lobby, server.host, send_messages=False, manage_webhooks=False)
        with capture_logs() as logs:
            async with server.serving():
                await server.say("@coder hello")
                direct = server.fake.add_dm(server.host, server.ana)
                await server.say("hello", channel=direct)
                await server.answered(1, direct)
                await a_while(server)
        (reported,) = [one for one in logs if one["event"] == "post_given_up"]
        assert (reported["room"], reported["log_level"]) == (server.room, "error")
        assert "give it Send Messages" in reported["reason"]


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Lets the coder's story go on."""
    monkeypatch.setattr(teams, "more", asyncio.Event())
    return teams.more


async def test_d12_words_grow_where_that_was_asked_for_and_end_as_they_were_meant(tmp_path, more) -> None:
    async with a_server(tmp_path, discord="streaming = true", team=GROWING) as server, server.serving():
        await server.say("tell me a story")
        (first,) = await server.answered(1)
        assert first.content.startswith("Once upon a time there was a table")
        await server.fake.until(lambda: first.edits != [])
        more.set()
        await server.fake.until(lambda: first.content == "The end.")
        assert server.answers() == [first]


async def test_d12_without_being_asked_for_nothing_is_posted_before_it_is_whole(tmp_path, more) -> None:
    async with a_server(tmp_path, team=GROWING) as server, server.serving():
        await server.say("tell me a story")
        await server.fake.until(lambda: typed(server) != [])
        assert server.answers() == []
        more.set()
        (answer,) = await server.answered(1)
        assert (answer.content, answer.edits) == ("The end.", [])


async def test_d19_a_command_is_acknowledged_in_time_while_an_agent_thinks_for_long(tmp_path, more) -> None:
    async with a_server(tmp_path, team=GROWING) as server, server.serving():
        await server.fake.until(lambda: server.host.commands != [])
        await server.say("tell me a story")
        await server.fake.until(lambda: typed(server) != [])
        answer = await server.fake.command(server.ana, server.lobby, "tertulia status")
        assert answer.seconds < 3
        await server.fake.until(lambda: "coder" in server.fake.whispers(server.ana)[-1].content)
        more.set()


@pytest.mark.parametrize("count", [1, 19])
async def test_d4_however_many_bots_hear_a_message_it_is_answered_once(tmp_path, count: int) -> None:
    names = [f"agent{number}" for number in range(count)]
    async with a_server(tmp_path, names) as server:
        server.config["extra"] = "\n".join(
            f'[agents.{name}]\n[agents.{name}.discord]\nbot_token = "{server.own[name].token}"' for name in names
        )
        async with server.serving():
            await server.fake.until(lambda: all(server.fake.gateway.connected(bot) for bot in server.own.values()))
            await server.say("@coder one")
            await server.answered(1)
            for bot in (server.host, *server.own.values()):
                await server.fake.gateway.drop(bot)
                server.fake.gateway.repeat(bot, 5)
            await server.say("@coder two")
            await server.answered(2)
        async with server.serving():
            await server.say("@coder three")
            await server.answered(3)
            said = [one.event.text for one in await server.records() if isinstance(one.event, Said)]
        assert [one for one in said if one.startswith("@")] == ["@coder one", "@coder two", "@coder three"]
        assert [one.content.split()[-1] for one in server.answers()] == ["one", "two", "three"]


async def test_d13_silence_does_not_type(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(indicator, "GRACE", 0.0)
    async with a_server(tmp_path) as server, server.serving():
        await server.say("nobody is meant", channel=server.shared)
        await server.say("@coder hello")
        await server.answered(1)
        places = {one.path.split("/")[2] for one in server.fake.requests if one.route == TYPING}
        assert places == {str(server.lobby.id)}


@pytest.mark.parametrize("own", [[], ["coder"]])
async def test_d13_typing_begins_within_a_second_by_the_agents_own_bot_or_the_host(tmp_path, more, own) -> None:
    async with a_server(tmp_path, own, team=GROWING) as server, server.serving():
        await server.say("tell me a story")
        await server.fake.until(lambda: typed(server) != [])
        first = next(one for one in server.fake.requests if one.route == TYPING)
        turn = await server.house.ports.store.drafts.read(server.room)
        assert turn is not None
        assert 0 <= first.at - turn.at < 1.0
        assert typed(server) == [*own, "Tertulia"][:1]
        more.set()
        await server.answered(1)


@pytest.mark.parametrize("how", ["said", "crash", "stop"])
async def test_d13_nobody_types_when_the_turn_is_over_however_it_ended(tmp_path, more, monkeypatch, how) -> None:
    shown: list[str | None] = []
    speaking = indicator.Typing.speaking

    def watched(typing: indicator.Typing, room: str, speaker: str | None) -> None:
        speaking(typing, room, speaker)
        shown.append(speaker)

    monkeypatch.setattr(indicator.Typing, "speaking", watched)
    async with a_server(tmp_path, team=GROWING) as server, server.serving():
        await server.say(f"tell me a story, {how}")
        await server.fake.until(lambda: typed(server) != [])
        assert shown[-1] == "agent:coder"
        if how == "stop":
            await server.say("!stop")
        else:
            more.set()
        await logged(server, is_over)
        await until(lambda: shown[-1] is None)


async def test_d13_typing_is_repeated_while_somebody_has_the_floor_and_ends_with_it(monkeypatch) -> None:
    monkeypatch.setattr(indicator, "GRACE", 0.0)
    clock, typed = FakeClock(), []

    async def type_in(room: str, speaker: str) -> None:
        typed.append((room, speaker))

    typing = indicator.Typing(type_in, clock)
    running = asyncio.create_task(typing.run())
    typing.speaking("discord:1/2", "agent:coder")
    typing.speaking("discord:1/3", "agent:coder")
    await until(lambda: clock.sleepers == 2)
    clock.advance(indicator.AGAIN)
    await until(lambda: len(typed) == 4)
    typing.speaking("discord:1/2", "agent:planner")
    await until(lambda: len(typed) == 5)
    typing.speaking("discord:1/2", None)
    await until(lambda: clock.sleepers == 1)
    clock.advance(indicator.LONGEST)
    await until(lambda: clock.sleepers == 0)
    assert [room for room, _ in typed].count("discord:1/2") == 3
    assert [room for room, _ in typed].count("discord:1/3") == 2
    running.cancel()
    await asyncio.wait([running])


async def test_d23_the_end_comes_within_ten_seconds_though_discord_takes_nothing_and_nothing_is_lost(tmp_path) -> None:
    async with a_server(tmp_path, own=["coder"]) as server:
        loop = asyncio.get_running_loop()
        async with server.serving():
            await server.say("@planner 0")
            await server.answered(1)
            hold = server.fake.faults.slow_down("POST *", times=None)
            await asked(server, range(1, 7))
            began, stopped = loop.time(), server.fake.time.now()
        assert loop.time() - began < 10.0
        bots = [server.host, server.own["coder"]]
        assert [server.fake.gateway.closes[bot.user_id] for bot in bots] == [[1000], [1000]]
        assert [one for one in server.fake.requests if one.route == TYPING and one.at > stopped + 1.0] == []
        hold.stop()
        async with server.serving():
            posted = await server.answered(7)
            assert sorted(one.content[-1] for one in posted) == list("0123456")
            await server.say("@coder end")
            assert len(await server.answered(8)) == 8
