"""Many agents, and other people's bots, in one Discord channel (P1, P3, P4, D4, D6)."""

import copy
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from adapters.shared.pace import PaceLimits, Rate
from agents.log.events import Said
from tests.adapters.discord.serving import Server, a_server
from tests.scenarios.discord_teams import CROWD
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

AT_ONCE = PaceLimits(room=Rate(count=100, seconds=1.0), platform=Rate(count=100, seconds=1.0), draft=1.5)
BUDGET = 3


def tokens(server: Server) -> str:
    """The config of the agents that have bots of their own."""
    return "\n".join(f'[agents.{name}.discord]\nbot_token = "{bot.token}"' for name, bot in server.own.items())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is posted slowly."""
    monkeypatch.setattr("bots.platforms.discord.LIMITS", AT_ONCE)


async def test_p1_twenty_agents_half_of_them_with_bots_of_their_own_answer_once_each_in_order(tmp_path: Path) -> None:
    names = [f"a{number}" for number in range(CROWD)]
    async with a_server(tmp_path, own=names[::2], team="tests.scenarios.discord_teams:crowd") as server:
        server.config["extra"] = tokens(server)
        async with server.serving():
            await server.say(" ".join(f"@{name}" for name in names[:10]))
            await server.answered(10)
            await server.say(" ".join(f"@{name}" for name in names[10:]), server.bob)
            answers = await server.answered(CROWD)
            assert [one.content for one in answers] == [f"{name} is here" for name in names]
            assert [one.author_name for one in answers] == names
            assert [one.webhook_id is None for one in answers] == [True, False] * 10
            assert len(server.fake.world.webhooks) == 1
            people = [one for one in await server.records() if isinstance(one.event, Said) and "person:" in one.by]
            assert len(people) == 2


async def test_d6_two_installations_that_ask_each_other_fall_silent_until_a_person_speaks(tmp_path: Path) -> None:
    extra = f"[limits]\nagent_turns_without_a_person = {BUDGET}\n"
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    async with a_server(folders[0], own=["coder"], team="tests.scenarios.discord_teams:calling_planner") as one:
        two = copy.copy(one)
        two.folder, two.host = folders[1], one.fake.add_bot("Other", guilds=[one.guild])
        two.own = {"planner": one.fake.add_bot("planner", guilds=[one.guild])}
        two.config = one.config | {"team": "tests.scenarios.discord_teams:calling_coder"}
        for server, others in ((one, two), (two, one)):
            theirs = [bot.user_id for bot in (others.host, *others.own.values())]
            listed = ["discord:role:Member", *[f"discord:user:{bot}" for bot in theirs]]
            server.config["users"] = str(listed).replace("'", '"')
        one.config["extra"], two.config["extra"] = extra, extra + tokens(two)
        async with AsyncExitStack() as stack:
            for server in (one, two):
                await stack.enter_async_context(server.serving())
            for times in (1, 2):
                before = len(answered(one, two))
                await one.say("@coder hello")
                await one.fake.until(lambda before=before: len(answered(one, two)) >= before + 2 + BUDGET)
                for _ in range(5):
                    await attended(one, two)
                assert len(answered(one, two)) <= times * 2 * (1 + BUDGET)
                now = answered(one, two)
                await attended(one, two)
                assert answered(one, two) == now


def answered(one: Server, two: Server) -> list[str]:
    """What both installations said in the channel."""
    ours = {bot.user_id for server in (one, two) for bot in (server.host, *server.own.values())}
    return [message.content for message in one.fake.messages(one.lobby) if message.author_id in ours]


async def attended(one: Server, two: Server) -> None:
    """Return once both have answered something in private: as long as it takes to answer each other in the channel."""
    for server in (one, two):
        direct = server.fake.add_dm(server.host, server.bob)
        before = len(server.answers(direct))
        await server.say("hello", server.bob, direct)
        await server.answered(before + 1, direct)
