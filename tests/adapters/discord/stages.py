"""Discord's sending side on the fake, for the platform contract and for tests of its own."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

from adapters.discord.bots import identify
from adapters.discord.identities import Identities
from adapters.discord.platform import DiscordPlatform
from adapters.discord.posted import PostedMessages
from adapters.discord.rest import Rest
from adapters.discord.rooms import Where, person_id
from adapters.discord.threads import Threads
from adapters.discord.webhooks import Webhooks
from agents.log.participants import agent_id
from agents.testing import FakeClock, MemoryFacts
from tests.contracts.seen import Seen
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.values import FakeChannel, FakeMessage

_MARKUP = re.compile(r"[\\*`~]")


class DiscordStage:
    """One channel of one server, with Ana in it. Agents in ``own`` have a bot of their own, others borrow a webhook."""

    def __init__(self, fake: FakeDiscord, session: aiohttp.ClientSession, own: Sequence[str] = ()):
        self.fake, self.clock, self.facts = fake, FakeClock(), MemoryFacts()
        self.guild = fake.add_guild("Workshop")
        self.host = fake.add_bot("Tertulia", guilds=[self.guild])
        self.own = {name: fake.add_bot(name, guilds=[self.guild]) for name in own}
        self.channel = self.guild.add_channel("lobby")
        self.person = fake.add_member(self.guild, "Ana")
        self.room = Where(server=self.guild.id, channel=self.channel.id).room
        self.ana = person_id(self.guild.id, self.person.id)
        self.rest = Rest(session, self.clock)
        self.told: list[str] = []
        self.dms: dict[int, str] = {}

    async def open(self) -> "DiscordStage":
        host = await identify(self.rest, self.host.token, "[discord] bot_token")
        own = {
            agent_id(name): await identify(self.rest, bot.token, name, agent_id(name)) for name, bot in self.own.items()
        }
        self.webhooks = Webhooks(self.rest, host)
        self.identities = Identities(
            host,
            own,
            self.webhooks,
            self.clock,
            dm_bot=lambda channel: own.get(self.dms.get(channel, "")),
            tell=self.told.append,
        )
        self.posted = PostedMessages(self.facts)
        self.threads = Threads(self.rest, host, tell=self.told.append)
        self.platform = DiscordPlatform(
            self.rest, self.identities, self.threads, self.posted, self.clock, named=lambda room, one: "Ana"
        )
        return self

    @property
    def posts(self) -> str:
        return "POST /channels/*/messages" if self.own else "POST /webhooks/*"

    def messages(self, channel: FakeChannel | None = None) -> list[FakeMessage]:
        return self.fake.messages(channel or self.channel)

    async def seen(self) -> list[Seen]:
        return [self._seen(message) for message in self.messages()]

    def _seen(self, message: FakeMessage) -> Seen:
        people = {f"<@{self.person.id}>": self.ana, "@everyone": "everybody", "@here": "everybody"}
        return Seen(
            platform_id=str(message.id),
            author=message.author_name,
            words=_MARKUP.sub("", message.content),
            buttons=tuple(button["label"] for row in message.components for button in row["components"]),
            files=tuple(file.name for file in message.attachments),
            notified=frozenset(people.get(ring, ring) for ring in message.rang),
        )

    async def lose_next_answer(self) -> None:
        self.fake.faults.lose_answer(self.posts)

    async def lose_next_request(self) -> None:
        self.fake.faults.lose_request(self.posts)

    async def slow_down_next(self, seconds: float) -> None:
        self.fake.faults.too_many(self.posts, seconds)

    async def refuse_next(self) -> None:
        self.fake.faults.refuse(self.posts, 400, 160005)


@asynccontextmanager
async def discord_stage(own: Sequence[str] = ()) -> AsyncIterator[DiscordStage]:
    """A fresh server; at the end nothing that was sent may break Discord's rules."""
    async with FakeDiscord.open() as fake, aiohttp.ClientSession() as session:
        with fake.routed():
            stage = await DiscordStage(fake, session, own).open()
            yield stage
            assert not (found := fake.violations), found


@asynccontextmanager
async def stage_of_own_bots() -> AsyncIterator[DiscordStage]:
    """The agents of the contract have bots of their own."""
    async with discord_stage(("coder", "planner")) as stage:
        yield stage
