"""A whole house with Discord in front of it, on the fake."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from agents.log.records import Record
from bots.config import load
from bots.platforms.discord import serve_discord
from bots.wiring import House, Plan, open_house
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.values import FakeBot, FakeChannel, FakeMessage, FakeUser
from tests.unit.bots.test_config_loader import written

CONFIG = """
[models.default]
model = "m"
base_url = "http://127.0.0.1:9/v1"
[web]
enabled = false
[store]
path = "rooms.db"
[discord]
bot_token = "{token}"
{discord}
[agents.coder]
{coder}
[agents.planner]
[[channels]]
match = ["discord:#lobby"]
team = "{team}"
attention = "always"
[[channels]]
match = ["discord:#shared", "discord:category:Projects", "discord:#ideas"]
team = "{team}"
[[channels]]
match = ["discord:dm"]
team = "{team}"
[people]
users = {users}
admins = ["discord:role:Boss"]
approvers = ["discord:role:Moderator"]
{extra}
"""


class Server:
    """One Discord server with Ana and Bob in it, and what a config says about it."""

    def __init__(self, fake: FakeDiscord, folder: Path, own: Sequence[str] = (), **config: str):
        self.fake, self.folder = fake, folder
        self.guild = fake.add_guild("Workshop")
        self.member = self.guild.add_role("Member")
        self.boss, self.moderator = self.guild.add_role("Boss"), self.guild.add_role("Moderator")
        self.host = fake.add_bot("Tertulia", guilds=[self.guild])
        self.own: dict[str, FakeBot] = {name: fake.add_bot(name, guilds=[self.guild]) for name in own}
        self.lobby = self.guild.add_channel("lobby")
        self.shared = self.guild.add_channel("shared")
        self.ana = fake.add_member(self.guild, "Ana", roles=[self.member])
        self.bob = fake.add_member(self.guild, "Bob", roles=[self.member, self.boss, self.moderator])
        self.config = {"team": "tests.adapters.discord.teams:echo", "discord": "", "extra": ""} | config
        self.config.setdefault("users", '["discord:role:Member"]')
        self.plan = Plan()
        self.house: House | None = None

    @property
    def text(self) -> str:
        coder = self.own.get("coder")
        lines = "" if coder is None else f'[agents.coder.discord]\nbot_token = "{coder.token}"'
        return CONFIG.format(token=self.host.token, coder=lines, **self.config)

    @asynccontextmanager
    async def serving(self, *, ready: bool = True) -> AsyncIterator[House]:
        """A process that serves it, until the end of the block."""
        path = written(self.folder, self.text)
        path.chmod(0o600)
        sessions = self.sessions
        async with open_house(load(path), self.plan) as self.house, asyncio.TaskGroup() as group:
            tasks = [group.create_task(serve_discord(self.house)), group.create_task(self.house.serve())]
            if ready:
                await self.fake.until(lambda: self.sessions >= sessions + 1 + len(self.own))
            try:
                yield self.house
            finally:
                for task in tasks:
                    task.cancel()

    @property
    def sessions(self) -> int:
        return len(self.fake.gateway.identifies)

    @property
    def room(self) -> str:
        """The lobby's."""
        return f"discord:{self.guild.id}/{self.lobby.id}"

    def words(self, channel: FakeChannel | None = None) -> list[str]:
        return [message.content for message in self.fake.messages(channel or self.lobby)]

    def answers(self, channel: FakeChannel | None = None) -> list[FakeMessage]:
        people = {self.ana.id, self.bob.id}
        return [one for one in self.fake.messages(channel or self.lobby) if one.author_id not in people]

    async def say(self, text: str, who: FakeUser | None = None, channel: FakeChannel | None = None, **more) -> int:
        return await self.fake.say(channel or self.lobby, who or self.ana, text, **more)

    async def thread(self, message: int) -> FakeChannel:
        """The thread that was opened from a message, once it is there."""
        await self.fake.until(lambda: message in self.fake.world.channels)
        return self.fake.world.channels[message]

    async def answered(self, count: int, channel: FakeChannel | None = None, within: float = 10.0) -> list[FakeMessage]:
        await self.fake.until(lambda: len(self.answers(channel)) >= count, within)
        return self.answers(channel)

    async def records(self, channel: FakeChannel | None = None, thread: int | None = None) -> tuple[Record, ...]:
        assert self.house is not None
        room = f"discord:{self.guild.id}/{(channel or self.lobby).id}" + (f"/{thread}" if thread else "")
        return await self.house.ports.store.log.read(room)


@asynccontextmanager
async def a_server(folder: Path, own: Sequence[str] = (), **config: str) -> AsyncIterator[Server]:
    """A server on a fresh fake; at the end nothing that was sent may break Discord's rules."""
    async with FakeDiscord.open() as fake:
        with fake.routed():
            yield Server(fake, folder, own, **config)
            assert not (found := fake.violations), found
