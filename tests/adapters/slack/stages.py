"""Slack on stage for the platform contract: the sending side alone, on the fake."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from adapters.slack.apps import Apps, Tokens, open_apps, together
from adapters.slack.buckets import Buckets
from adapters.slack.clients import Reached
from adapters.slack.faces import Voices
from adapters.slack.history import History
from adapters.slack.places import person_id
from adapters.slack.platform import SlackPlatform
from adapters.slack.streams import Streams
from adapters.slack.uploads import Uploads
from agents.testing import MemoryFacts
from tests.contracts.seen import Seen
from tests.fakes.slack import AGENT_EVENTS, AGENT_SCOPES, FakeMessage, FakeSlack

_RINGS = re.compile(r"<@([UW][A-Z0-9]+)[>|]")
_RINGS_ALL = re.compile(r"<!(?:channel|here|everyone|group|subteam\^)", re.IGNORECASE)


def texts(message: FakeMessage) -> list[str]:
    """What people read of a message: its blocks, or its text where it has none; buttons apart."""
    found = [str(block["text"]) for block in message.blocks if block["type"] == "markdown"]
    found += [str(block["text"]["text"]) for block in message.blocks if block["type"] == "section"]
    for block in message.blocks:
        found += [str(one["text"]) for one in block["elements"]] if block["type"] == "context" else []
    return found or [message.text]


def buttons(message: FakeMessage) -> tuple[str, ...]:
    """The labels of a message's buttons."""
    rows = (block["elements"] for block in message.blocks if block["type"] == "actions")
    return tuple(str(one["text"]["text"]) for row in rows for one in row)


class Jumping:
    """Slack's clock for somebody who need not wait: whoever sleeps lets time jump."""

    def __init__(self, slack: FakeSlack):
        self._clock = slack.clock

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._clock.advance(seconds)


class SlackStage:
    """One channel with Ana, the host app, and perhaps agents' own apps."""

    def __init__(
        self,
        slack: FakeSlack,
        new_process: Callable[[], SlackPlatform],
        apps: Apps,
        *,
        channel: str,
        ana: str,
        clock: Jumping,
    ):
        self.slack, self.apps, self.channel, self.clock = slack, apps, channel, clock
        self.new_process, self.platform = new_process, new_process()
        self.room = f"slack:T1/{channel}"
        self.ana = person_id("T1", ana)

    async def seen(self) -> list[Seen]:
        """From the channel's messages."""
        return [self._seen(message) for message in self.slack.messages(self.channel)]

    async def lose_next_answer(self) -> None:
        """Queued."""
        self.slack.faults.lose_answer("chat.*")

    async def lose_next_request(self) -> None:
        """Queued."""
        self.slack.faults.lose_request("chat.*")

    async def slow_down_next(self, seconds: float) -> None:
        """Queued; the adapter rests that long, so its clock jumps."""
        self.slack.faults.slow_down("chat.*", seconds)

    async def refuse_next(self) -> None:
        """Queued."""
        self.slack.faults.refuse("chat.*", "is_archived")

    def _seen(self, message: FakeMessage) -> Seen:
        user = self.slack.world.users.get(("T1", message.user or ""))
        shown = [*texts(message), message.text]
        rung: set[str] = {person_id("T1", user) for text in shown for user in _RINGS.findall(text)}
        if any(_RINGS_ALL.search(text) for text in shown):
            rung.add("everybody")
        return Seen(
            platform_id=f"T1/{message.channel}/{message.ts}",
            author=message.username or (user.real_name if user else ""),
            words="\n".join(texts(message)),
            buttons=buttons(message),
            files=tuple(file.name for file in message.files),
            notified=frozenset(rung),
        )


@asynccontextmanager
async def slack_stage(own: Sequence[str] = (), *, app_tokens: bool = True) -> AsyncIterator[SlackStage]:
    """The host app lends faces; agents in ``own`` have apps of their own."""
    async with FakeSlack.open() as slack:
        slack.add_team("T1")
        host = slack.add_app()
        theirs = {name: slack.add_app("T1", name, AGENT_SCOPES, AGENT_EVENTS) for name in own}
        ana = slack.add_user("T1", "ana")
        channel = slack.add_channel("T1", "data-team", members=[ana], apps=[host, *theirs.values()])
        tokens = [Tokens(where="[slack]", bot_token=host.bot_token, app_token=host.app_token)]
        tokens += [
            Tokens(
                where=name,
                bot_token=app.bot_token,
                app_token=app.app_token if app_tokens else "",
                agent=f"agent:{name}",
            )
            for name, app in theirs.items()
        ]
        clock = Jumping(slack)
        async with open_apps(tokens, Buckets(clock), clock, Reached(api_url=slack.api_url)) as opened:
            apps, records = together(opened), MemoryFacts()
            voices = Voices(lambda team: apps, records)
            history = History(voices)
            uploads = Uploads(records, history, clock)

            def new_process() -> SlackPlatform:
                return SlackPlatform(voices, history, uploads, Streams(clock))

            yield SlackStage(slack, new_process, apps, channel=channel, ana=ana, clock=clock)
        assert slack.strays == [], "arguments that Slack does not know"


@asynccontextmanager
async def stage_of_own_apps(*, app_tokens: bool = True) -> AsyncIterator[SlackStage]:
    """Every agent is an app of its own."""
    async with slack_stage(("coder", "planner"), app_tokens=app_tokens) as stage:
        yield stage
