"""D26: interactions once more, under simcord: another Discord, which this project did not write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import discord
import pytest
import simcord
from discord.http import Route

from adapters.discord import payloads
from adapters.discord.bots import Bot
from adapters.discord.refusals import Refused, sentence
from adapters.discord.rest import Request
from adapters.discord.rooms import Where
from adapters.discord.servers import Servers
from adapters.discord.serving import Discord, furnish
from adapters.shared.recent import Recent
from agents.log.events import Answered, Event
from agents.ports import Card
from agents.testing import until
from bots.config import load
from bots.platforms.discord import LIMITS, MET, surroundings
from bots.platforms.outbox import Sending
from bots.wiring import House, Plan, open_house
from tests.adapters.discord.serving import CONFIG
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)
from tests.unit.bots.test_config_loader import written

pytestmark = pytest.mark.usefixtures("nowhere")


class Requests:
    """`adapters.discord.rest.Rest`, whose requests are answered by simcord instead of over a socket."""

    def __init__(self) -> None:
        self.client: discord.Client | None = None

    async def send(self, request: Request) -> object:
        assert self.client is not None
        route = Route(request.method, request.path)
        try:
            return await self.client.http.request(route, json=request.body, params=request.query)
        except discord.HTTPException as error:
            said = sentence(
                error.code, status=error.status, who=request.who, where="", wants=request.wants, said=error.text
            )
            raise Refused(said, code=error.code, status=error.status) from error


class Place:
    """A server of simcord's with Ana and Bob in it, and the house that is connected to it."""

    def __init__(self, env: simcord.Env, house: House, discord_: Discord, host: Bot, requests: Requests):
        self.env, self.house, self._discord, self._host, self._requests = env, house, discord_, host, requests
        self.guild = env.create_guild("Workshop")
        roles = {name: self.guild.create_role(name) for name in ("Member", "Boss", "Moderator")}
        self.lobby = self.guild.create_text_channel("lobby")
        self.ana = self.guild.add_member(env.create_user("Ana"), roles=[roles["Member"]])
        self.bob = self.guild.add_member(env.create_user("Bob"), roles=list(roles.values()))

    @property
    def room(self) -> str:
        return Where(server=self.guild.id, channel=self.lobby.id).room

    async def events(self, kind: type[Event]) -> list[Event]:
        return [one.event for one in await self.house.ports.store.log.read(self.room) if isinstance(one.event, kind)]

    async def asked(self, text: str = "ask approval Approve Reject") -> discord.Message:
        """The card that the coder puts into the lobby when Ana writes this."""
        await self.ana.send(self.lobby, text)
        await until(lambda: self.lobby.last_message is not None and self.lobby.last_message.components != [])
        return self.lobby.last_message

    async def post(self, components: list[object]) -> None:
        """Write a message with these buttons as the bot."""
        body = {"content": "?", "components": components}
        await self._requests.send(Request(method="POST", path=f"/channels/{self.lobby.id}/messages", body=body))

    async def says(self, text: str) -> None:
        """Return once somebody wrote this in the lobby."""
        await until(lambda: any(one.content == text for one in self.lobby.history()))

    async def restart(self) -> None:
        """Connect anew, with a client that remembers no message."""
        client = self._requests.client = self._discord.client(self._host)
        await self.env.restart_bot(client)
        for guild in client.guilds:  # simcord gives a client no time to be told of its servers
            client.dispatch("guild_available", guild)
        await self.env.settle()


@asynccontextmanager
async def a_place(folder: Path, team: str = "tests.adapters.discord.teams:curious") -> AsyncIterator[Place]:
    text = CONFIG.format(
        token="simcord.fake.token", discord="", coder="", team=team, users='["discord:role:Member"]', extra=""
    )
    path = written(folder, text)
    path.chmod(0o600)
    requests = Requests()
    async with (
        open_house(load(path), Plan()) as house,
        aiohttp.ClientSession() as session,
        simcord.run(discord.Client(intents=discord.Intents.default())) as env,
        asyncio.TaskGroup() as group,
    ):
        me, application = env.backend.bot_user, env.backend.application_id
        host = Bot(user=me.id, application=application, name=me.name, token="simcord.fake.token")
        table = house.loaded.config.discord
        assert table is not None
        inside = surroundings(house, table, Recent(MET))
        servers = Servers(frozenset(), house.ports.store.facts, inside.tell)
        outside = await furnish(inside, session, requests, host, {}, servers)
        requests.client = outside.client(host)
        await env.restart_bot(requests.client)
        env.inject_error(
            "*", "/channels/*/webhooks", status=403, code=50013, times=None
        )  # its webhooks have no buttons
        place = Place(env, house, outside, host, requests)
        await env.settle()
        sending = Sending(house, "discord", outside.platform, LIMITS, speaking=outside.speaking)
        tasks = [group.create_task(one) for one in (house.serve(), sending.run(), outside.attend())]
        try:
            yield place
        finally:
            for task in tasks:
                task.cancel()


async def test_d26_d18_the_right_person_presses_and_the_card_says_so(tmp_path) -> None:
    async with a_place(tmp_path) as place:
        card = await place.asked()
        pressed = await place.bob.click(card, label="Approve")
        assert pressed.acknowledged
        await place.says("**coder:** So: Approve")
        (closed,) = [one for one in place.lobby.history() if one.id == card.id]
        assert closed.components == []
        assert "Bob: Approve" in closed.content


async def test_d26_d18_who_may_not_decide_is_told_so_alone(tmp_path) -> None:
    async with a_place(tmp_path) as place:
        card = await place.asked()
        pressed = await place.ana.click(card, label="Approve")
        assert pressed.ephemeral
        assert "Only an approver can decide" in pressed.response.content
        assert await place.events(Answered) == []
        assert [one.label for row in card.components for one in row.children] == ["Approve", "Reject"]


async def test_d26_d18_a_card_works_after_a_restart_and_the_second_click_changes_nothing(tmp_path) -> None:
    async with a_place(tmp_path) as place:
        card = await place.asked("ask approval Approve Reject")
        await place.restart()
        place.env.inject_error("PATCH", "/channels/*", status=503)  # the buttons are there a little longer
        assert (await place.bob.click(card, label="Reject")).acknowledged
        late = await place.bob.click(card, label="Approve")
        assert late.ephemeral
        assert "already answered: Reject" in late.response.content
        assert [one.option for one in await place.events(Answered)] == ["Reject"]


async def test_d26_d18_an_answer_in_words_is_given_in_a_form(tmp_path) -> None:
    async with a_place(tmp_path) as place:
        card = await place.asked("ask input Red Blue")
        form = await place.ana.click(card, label="Answer…")
        assert form.modal["title"] == "Your answer"
        sent = await place.ana.submit_modal(form, {"words": "rather green"})
        assert sent.acknowledged
        await place.says("**coder:** So: rather green")


async def test_d26_d18_a_card_of_another_room_is_over_and_loses_its_buttons(tmp_path) -> None:
    async with a_place(tmp_path) as place:
        card = await place.asked()
        forged = payloads.buttons(Card(question=1, options=("Approve",), kind="approval"), "discord:1/2")
        await place.post(forged)
        pressed = await place.bob.click(place.lobby.last_message, label="Approve")
        assert ["not open any more" in one.content for one in pressed.followups] == [True]
        assert all(one.ephemeral for one in pressed.followups)
        assert place.lobby.last_message.components == []
        assert card.components != []


async def test_d26_d20_commands_are_told_once_and_answered_to_their_giver_alone(tmp_path) -> None:
    async with a_place(tmp_path) as place:
        assert "tertulia halt" in place.ana.available_commands(place.lobby)
        await place.restart()
        told = [one for one in place.env.http_requests if one.method == "PUT" and one.path.endswith("/commands")]
        assert len(told) == 1
        given = await place.ana.slash(place.lobby, "tertulia help", words="stop")
        assert (given.acknowledged, given.ephemeral) == (True, True)
        assert "End this turn" in given.response.content
        assert place.lobby.history() == []


@pytest.mark.parametrize(
    ("who", "command", "words", "part"),
    [
        ("ana", "use", "curious", "Only an admin"),
        ("ana", "budget", "much", "That is not how"),
        ("bob", "where", "", "discord:#lobby"),
    ],
)
async def test_d26_d20_commands_are_authorised(tmp_path, who: str, command: str, words: str, part: str) -> None:
    async with a_place(tmp_path) as place:
        options = {"words": words} if words else {}
        given = await getattr(place, who).slash(place.lobby, f"tertulia {command}", **options)
        assert given.ephemeral
        assert part in given.response.content


async def test_d26_d9_a_long_answer_comes_in_parts_that_are_taken(tmp_path) -> None:
    async with a_place(tmp_path, team="tests.adapters.discord.teams:echo") as place:
        await place.ana.send(place.lobby, f"{'word ' * 398}end")
        await until(lambda: place.lobby.last_message.content.endswith("end") and len(place.lobby.history()) == 3)
        assert [one.author.bot for one in place.lobby.history()] == [False, True, True]
