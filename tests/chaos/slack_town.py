"""A Slack workspace in which much goes wrong: rooms that are channels, rooms that are threads, an agent's own app."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from tests.adapters.slack.stages import texts
from tests.chaos.storm import STORE
from tests.chaos.teams import WORD
from tests.fakes.slack import AGENT_EVENTS, AGENT_SCOPES, FakeApp, FakeSlack

SCALE = 0.01
"""Of the limits that Slack and the adapter keep: a second is ten milliseconds."""

RETRIES = (0.0, 20.0, 100.0)
"""Seconds after which Slack brings an event again: a third of the real ones."""

MOST_PLANNED = 4
"""Troubles that wait for a call: they are not to fall upon one process all together."""

CHANNELS = 4
"""Of each kind."""

_CONFIG = """
[agents.coder]
[agents.coder.slack]
bot_token = "{own.bot_token}"
app_token = "{own.app_token}"
[teams.own]
agents = ["coder"]
[slack]
bot_token = "{host.bot_token}"
app_token = "{host.app_token}"
api_url = "{url}"
[[channels]]
match = ["slack:#talk-*"]
team = "tests.chaos.teams:pair"
attention = "always"
conversation = "channel"
[[channels]]
match = ["slack:#ask-*"]
team = "tests.chaos.teams:pair"
attention = "thread"
conversation = "thread"
[people]
users = ["slack:workspace"]
[limits]
agent_turns_without_a_person = 1000
[web]
enabled = false
[store]
path = "{store}"
"""


class SlackTown:
    """See `tests.chaos.storm.Town`."""

    platform = "slack"

    def __init__(self, slack: FakeSlack, seed: int, retries: tuple[float, ...]):
        self._slack, self._dice = slack, random.Random(seed)
        self._breaks: Counter[str] = Counter()
        slack.office.retries = retries
        slack.add_team("T1")
        self._host = slack.add_app()
        self._own = slack.add_app("T1", "coder", AGENT_SCOPES, AGENT_EVENTS)
        self._people = [slack.add_user("T1", name) for name in ("ana", "ben")]
        self._talk = [self._channel(f"talk-{number}") for number in range(CHANNELS)]
        self._ask = [self._channel(f"ask-{number}") for number in range(CHANNELS)]

    def _channel(self, name: str) -> str:
        return self._slack.add_channel("T1", name, members=self._people, apps=[self._host, self._own])

    @property
    def faults(self) -> Counter[str]:
        """Broken connections and calls."""
        return self._breaks + self._slack.faults.hits()

    @property
    def config(self) -> str:
        """A host app, and an app of its own for one of the two agents."""
        url = self._slack.api_url.rstrip("/")
        return _CONFIG.format(host=self._host, own=self._own, url=url, store=STORE)

    @property
    def environment(self) -> Mapping[str, str]:
        """Short minutes."""
        return {"CHAOS_SCALE": str(SCALE)}

    async def say(self, number: int) -> None:
        """Half of all messages ask for a thread of their own; a third goes into one channel."""
        person, text = self._dice.choice(self._people), f"w{number};"
        if self._dice.random() < 0.5:
            app = self._dice.choice((self._host, self._host, self._own))
            await self._slack.say(self._dice.choice(self._ask), person, f"<@{_bot(app)}> {text}")
        else:
            where = self._talk[0] if self._dice.random() < 0.6 else self._dice.choice(self._talk)
            await self._slack.say(where, person, text)

    async def trouble(self) -> None:
        """One of many kinds."""
        faults, sockets, dice = self._slack.faults, self._slack.sockets, self._dice
        if len(faults.planned) > MOST_PLANNED:
            return
        match dice.randrange(20):
            case 0:
                kind = dice.choice(("close", "reset", "disconnect"))
                self._breaks[f"socket {kind}"] += await sockets.drop(kind)
            case 2:
                sockets.refuse_for(1)
                self._breaks["connection refused"] += 1
            case 3:
                faults.slow_down(dice.choice(("chat.*", "apps.connections.open", "conversations.*")), 1)
            case 1 | 4 | 5:
                faults.lose_answer("chat.*")
            case 6 | 7:
                faults.lose_request("chat.*")
            case 8:
                faults.server_error("chat.*")
            case 9 | 10:
                faults.server_error("chat.*", status=502, accepted=True)
            case 11:
                faults.fail_200("chat.postMessage", dice.choice(("ratelimited", "internal_error")))
            case 12:
                faults.slow_answer("chat.postMessage", 0.3)
            case 13:
                faults.lose_answer("*")
            case _:
                await self._again(5)

    async def calm(self) -> None:
        """The newest events once more."""
        self._slack.faults.clear()
        await self._again(500)

    async def _again(self, newest: int) -> None:
        for delivery in [one for one in self._slack.deliveries if one.answered][-newest:]:
            self._breaks["event brought again"] += 1
            await self._slack.office.repeat(delivery)

    def connected(self) -> bool:
        """Whether both apps have a socket."""
        return all(self._slack.sockets.of(app) for app in (self._host, self._own))

    def _given_up(self) -> Collection[int]:
        """Those of which no event was ever answered, after all that Slack does: they stand in the history alone."""
        given_up, answered = set[int](), set[int]()
        for one in self._slack.deliveries:
            event = one.payload["event"]
            numbers = map(int, WORD.findall(str(event.get("text", "")))) if one.repeats else ()
            if one.answered or one.given_up:
                (answered if one.answered else given_up).update(numbers)
        return given_up - answered

    def posted(self) -> Mapping[str, Sequence[str]]:
        """By room: a channel, or a thread of a channel that has those."""
        found: dict[str, list[str]] = {}
        for channel in (*self._talk, *self._ask):
            for message in self._slack.messages(channel):
                if message.bot_id is not None:
                    thread = f"/{message.thread_ts}" if channel in self._ask else ""
                    found.setdefault(f"slack:T1/{channel}{thread}", []).extend(texts(message))
        return found

    def facts(self) -> Mapping[str, object]:
        """What Slack did by itself."""
        deliveries = self._slack.deliveries
        return {
            "events": len(deliveries),
            "brought again by Slack": sum(one.attempt for one in deliveries) - self._breaks["event brought again"],
            "messages given up by Slack itself": len(self._given_up()),
            "connections": self._slack.sockets.opened,
        }


def _bot(app: FakeApp) -> str:
    return app.bot_user


@asynccontextmanager
async def slack_town(seed: int, *, retries: tuple[float, ...] = RETRIES) -> AsyncIterator[SlackTown]:
    """A workspace for as long as the block."""
    async with FakeSlack.open() as slack:
        yield SlackTown(slack, seed, retries)
