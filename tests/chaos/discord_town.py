"""A Discord server in which much goes wrong: rooms that are channels, rooms that are threads, a bot and a webhook."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from tests.chaos.storm import STORE
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.values import FakeChannel

SCALE = 0.1
"""Of the limits that the house keeps: a second is a tenth of one."""

MOST_PLANNED = 4
"""Troubles that wait for a request: they are not to fall upon one process all together."""

CHANNELS = 4
"""Of each kind."""

_CONFIG = """
[agents.coder]
[agents.coder.discord]
bot_token = "{own}"
[discord]
bot_token = "{host}"
[[channels]]
match = ["discord:#talk-*"]
team = "tests.chaos.teams:pair"
attention = "always"
conversation = "channel"
[[channels]]
match = ["discord:#ask-*"]
team = "tests.chaos.teams:pair"
attention = "thread"
conversation = "thread"
[people]
users = ["discord:role:Member"]
[limits]
agent_turns_without_a_person = 1000
[web]
enabled = false
[store]
path = "{store}"
"""

_ROUTES = (
    "POST /webhooks/*",
    "POST /channels/{channel_id}/messages",
    "POST /channels/{channel_id}/messages/{message_id}/threads",
)
"""What trouble hits: posts of both kinds, and the opening of threads."""


class DiscordTown:
    """See `tests.chaos.storm.Town`."""

    platform = "discord"

    def __init__(self, fake: FakeDiscord, seed: int):
        self._fake, self._dice = fake, random.Random(seed)
        self._breaks: Counter[str] = Counter()
        self._guild = fake.add_guild("Workshop")
        member = self._guild.add_role("Member")
        self._bots = [fake.add_bot(name, guilds=[self._guild]) for name in ("Tertulia", "coder")]
        self._people = [fake.add_member(self._guild, name, roles=[member]) for name in ("Ana", "Bob")]
        self._talk = [self._guild.add_channel(f"talk-{number}") for number in range(CHANNELS)]
        self._ask = [self._guild.add_channel(f"ask-{number}") for number in range(CHANNELS)]

    @property
    def faults(self) -> Counter[str]:
        """Broken connections and requests."""
        return self._breaks + self._fake.faults.hits()

    @property
    def config(self) -> str:
        """A host bot, and a bot of its own for one of the two agents; the other one speaks through webhooks."""
        host, own = (bot.token for bot in self._bots)
        return _CONFIG.format(host=host, own=own, store=STORE)

    @property
    def environment(self) -> Mapping[str, str]:
        """Where this Discord is, and how short its seconds are."""
        return {"CHAOS_DISCORD": self._fake.world.url.removeprefix("http://"), "CHAOS_SCALE": str(SCALE)}

    async def say(self, number: int) -> None:
        """A sixth of all messages ask for a thread of their own; of the others most go into one channel."""
        person, text = self._dice.choice(self._people), f"w{number};"
        if self._dice.random() < 1 / 6:
            bot = self._dice.choice(self._bots)
            await self._fake.say(self._dice.choice(self._ask), person, f"{bot.mention} {text}")
        else:
            where = self._talk[0] if self._dice.random() < 0.6 else self._dice.choice(self._talk)
            await self._fake.say(where, person, text)

    async def trouble(self) -> None:
        """One of eighteen kinds."""
        faults, gateway, dice = self._fake.faults, self._fake.gateway, self._dice
        bot, route = dice.choice(self._bots), dice.choice(_ROUTES)
        there = int(gateway.connected(bot))
        if faults.waiting() > MOST_PLANNED:
            return
        match dice.randrange(18):
            case 0:
                await gateway.ask_to_reconnect(bot)
                self._breaks["op 7"] += there
            case 1:
                await gateway.invalidate_session(bot)
                self._breaks["op 9"] += there
            case 2:
                await gateway.invalidate_session(bot, resumable=True)
                self._breaks["op 9, resumable"] += there
            case 3:
                await gateway.drop(bot, lose_session=True)
                self._breaks["gateway close, session lost"] += there
            case 4:
                await gateway.drop(bot, "abort")
                self._breaks["gateway reset"] += there
            case 5:
                gateway.refuse_connections(1)
                self._breaks["connection refused"] += 1
            case 6 | 7:
                gateway.repeat(bot, 5)
                self._breaks["events delivered again"] += 5 * there
            case 8:
                faults.server_error(route, 503)
            case 9 | 10:
                faults.server_error(route, 502, accepted=True)
            case 11:
                faults.too_many(route, 0.3)
            case 12 | 13:
                faults.lose_answer(route)
            case 14 | 15:
                faults.lose_request(route)
            case 16:
                faults.slow_down(route, 0.3)
            case _:
                faults.lose_answer("*")

    async def calm(self) -> None:
        """The newest events once more."""
        self._fake.faults.clear()
        for bot in self._bots:
            self._fake.gateway.repeat(bot, 100)
            self._breaks["events delivered again"] += 100

    def connected(self) -> bool:
        """Whether both bots have a session."""
        return all(self._fake.gateway.connected(bot) for bot in self._bots)

    def posted(self) -> Mapping[str, Sequence[str]]:
        """By room: a channel, or a thread of a channel that has those."""
        people = {person.id for person in self._people}
        places = [*self._talk, *self._ask, *self._fake.world.threads(self._guild)]
        return {
            self._room(place): [one.content for one in self._fake.messages(place) if one.author_id not in people]
            for place in places
        }

    def _room(self, place: FakeChannel) -> str:
        path = f"{place.parent.id}/{place.id}" if place.is_thread and place.parent else f"{place.id}"
        return f"discord:{self._guild.id}/{path}"

    def facts(self) -> Mapping[str, object]:
        """What happened at the gateway."""
        gateway = self._fake.gateway
        return {
            "sessions begun": len(gateway.identifies),
            "sessions resumed": len(gateway.resumes),
            "rules of Discord broken": len(self._fake.violations),
        }


@asynccontextmanager
async def discord_town(seed: int) -> AsyncIterator[DiscordTown]:
    """A server for as long as the block."""
    async with FakeDiscord.open() as fake:
        yield DiscordTown(fake, seed)
