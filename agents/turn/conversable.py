"""Conversable agents: an ordered chain of reply functions, of which the first one with a final reply wins.

After the auto-reply mechanism of the AutoGen paper (arXiv 2308.08155, section 2.1) and AutoGen's ``register_reply``.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Said
from agents.log.participants import ParticipantId, Profile, agent_id
from agents.log.transcript import Message, is_news
from agents.log.used_names import Named, named, names_used_by
from agents.ports import Draft
from agents.turn.threads import call_aside, name_of
from agents.turn.turn import Acts, AgentTeam, Turn

ReplyFunction: TypeAlias = Callable[[Turn], Acts]
"""What a chain is made of: it takes the turn and yields events.

Yielding anything but drafts makes its reply final; yielding nothing else passes on to the next in the chain.

    async def greet(turn: Turn) -> Acts:
        if turn.heard.last.text == "hi":
            yield Said(text="Hello!")

    reply: ReplyFunction = greet
    helper = assistant("helper").with_reply(reply)
"""

Trigger: TypeAlias = "str | Callable[[Message | None], bool | Awaitable[bool]] | Sequence[Trigger] | None"
"""When a reply function is tried, decided on the newest message that the agent has received.

A text is its sender's name or id, or a kind of sender (``agent`` or ``person``). A function is asked with the message,
or with None where nothing was received. Of a list, any one is enough. None fires only where nothing was received."""

BeforeSend: TypeAlias = Callable[[Said], Said | Awaitable[Said]]
"""A hook that may change each message before it is sent, sync or async (AutoGen's ``process_message_before_send``)."""


class Naming(Struct, frozen=True):
    """A reply function that was given names, so that a team refuses those that it does not know.

    reply = Naming(runs_code_of_coder, named("sources", ["coder"]))
    """

    function: ReplyFunction
    names: tuple[Named, ...]

    def __call__(self, turn: Turn) -> Acts:
        """Take the turn."""
        return self.function(turn)


class Conversable(Struct, frozen=True, kw_only=True):
    """An `Agent` made of a chain of reply functions; where none of them is final, it passes: free and silent.

    It is a value: the methods return changed copies.

    profile: the agent's face: its name, role and avatar.
    replies: the reply functions, tried in this order.
    before_send: a hook that may change each message that the agent is about to say.
    model: the name of the configured model that it uses, for people to read; empty where it uses none.
    tools: the names of the tools that it has, for people to read.
    teams: the teams that its reply functions set to work in child rooms, by the keys that their `Opened` name.

        helper = assistant("helper", instructions="Be brief.")
        polite = helper.with_reply(when("person", answering_with(greeting)))
    """

    profile: Profile
    replies: tuple[ReplyFunction, ...] = ()
    before_send: BeforeSend | None = None
    model: str = ""
    tools: tuple[str, ...] = ()
    teams: Mapping[str, AgentTeam] = {}

    def act(self, turn: Turn) -> Acts:
        """Try the reply functions in order until one is final."""
        # The usual agent has one reply function and no hook: its events need no generator around them.
        if len(self.replies) == 1 and self.before_send is None:
            return self.replies[0](turn)
        return self._first_final(turn)

    async def _first_final(self, turn: Turn) -> Acts:
        for reply in self.replies:
            final = False
            async with aclosing(reply(turn)) as events:
                async for event in events:
                    final = final or not isinstance(event, Draft)
                    if isinstance(event, Said) and self.before_send is not None:
                        yield await _changed(self.before_send, event)
                    else:
                        yield event
            if final:
                return

    @property
    def names(self) -> tuple[Named, ...]:
        """The names that its reply functions were given."""
        return tuple([name for reply in self.replies for name in names_used_by(reply)])

    def with_reply(self, reply: ReplyFunction, *, position: int = 0) -> "Conversable":
        """A copy that tries ``reply`` too: before all others, or at that place in the chain."""
        return replace(self, replies=(*self.replies[:position], reply, *self.replies[position:]))


async def _changed(hook: BeforeSend, said: Said) -> Said:
    changed = await call_aside(hook, said)
    if isinstance(changed, Said):
        return changed
    raise WrongUse(
        f"The hook {name_of(hook)} returned {type(changed).__name__}; before_send takes a Said and returns one."
    )


def when(trigger: Trigger, reply: ReplyFunction) -> ReplyFunction:
    """Make a reply function that is tried only where the newest message received matches the trigger.

    A `Trigger` is a sender's name, ``agent``, ``person``, a function of the message, a list of these, or None. A
    function that is not async runs in a thread.

        helper = assistant("helper").with_reply(when("person", answering_with(greeting)))
        fixer = assistant("fixer").with_reply(when(["tester", "ci"], answering_with(lambda room: "On it.")))
    """

    async def triggered(turn: Turn) -> Acts:
        if await matches(trigger, received(turn)):
            async with aclosing(reply(turn)) as events:
                async for event in events:
                    yield event

    return Naming(triggered, (*_names_in(trigger), *names_used_by(reply)))


def received(turn: Turn) -> Message | None:
    """The newest message of another participant that the turn's agent has seen; None where there is none."""
    for message in reversed(turn.transcript.messages):
        own = message.by == turn.profile.id
        if message.seq <= turn.upto and not own and is_news(message) and message.visible_to(turn.profile.id):
            return message
    return None


async def matches(trigger: Trigger, message: Message | None) -> bool:
    """Whether a message (None: nothing was received) fires the trigger."""
    if trigger is None:
        return message is None
    if isinstance(trigger, str):
        return message is not None and _sent_by(trigger, message.by)
    if callable(trigger):
        return bool(await call_aside(trigger, message))
    for one in trigger:
        if await matches(one, message):
            return True
    return False


def _names_in(trigger: Trigger) -> tuple[Named, ...]:
    if isinstance(trigger, str):
        return () if trigger in ("agent", "person") else named("when(...)", trigger)
    if trigger is None or callable(trigger):
        return ()
    return tuple([name for one in trigger for name in _names_in(one)])


def _sent_by(name: str, sender: ParticipantId) -> bool:
    return sender in (name, agent_id(name)) or sender.partition(":")[0] == name
