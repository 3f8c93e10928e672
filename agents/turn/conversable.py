"""Conversable agents: an ordered chain of reply functions, of which the first final one wins (C1).

After the paper's auto-reply mechanism (arXiv 2308.08155, section 2.1) and AutoGen's ``register_reply``.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from agents.log.events import Said
from agents.log.participants import ParticipantId, Profile, agent_id
from agents.log.transcript import Message, is_news
from agents.ports import Draft
from agents.turn.turn import Acts, Function, Turn

ReplyFunction: TypeAlias = Callable[[Turn], Acts]
"""A reply function. Yielding anything but drafts is final; yielding nothing passes on to the next in the chain."""

Trigger: TypeAlias = "str | Callable[[Message | None], bool] | Sequence[Trigger] | None"
"""When a reply function is tried: the sender's name or id, a kind (``agent`` or ``person``), a predicate on the last
received message, any of a list, or None: only when nobody has sent anything."""

BeforeSend: TypeAlias = Callable[[Said], Said]
"""A hook on each message before it is sent (C1)."""


class Conversable(Struct, frozen=True, kw_only=True):
    """An `Agent` made of a chain of reply functions. Nothing final in the chain is a pass: free and silent.

    A value: the methods return changed copies. ``before_send`` is a hook on each message that it is about to say.
    ``model`` and ``tools`` name what its replies are made with, for people to read (P43).
    """

    profile: Profile
    replies: tuple[ReplyFunction, ...] = ()
    before_send: BeforeSend | None = None
    model: str = ""
    tools: tuple[str, ...] = ()

    def act(self, turn: Turn) -> Acts:
        """Try the reply functions in order until one is final."""
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
                        yield self.before_send(event)
                    else:
                        yield event
            if final:
                return

    def with_reply(self, reply: ReplyFunction, *, position: int = 0) -> "Conversable":
        """A copy that tries ``reply`` too: before all others, or at that place in the chain."""
        return replace(self, replies=(*self.replies[:position], reply, *self.replies[position:]))

    def without_reply(self, reply: ReplyFunction) -> "Conversable":
        """A copy that does not have this reply function."""
        return replace(self, replies=tuple(one for one in self.replies if one is not reply))

    def replacing_reply(self, old: ReplyFunction, new: ReplyFunction) -> "Conversable":
        """A copy that has ``new`` in the place of ``old``."""
        return replace(self, replies=tuple(new if one is old else one for one in self.replies))


def when(trigger: Trigger, reply: ReplyFunction) -> ReplyFunction:
    """``reply``, but only for messages that match the trigger."""

    async def triggered(turn: Turn) -> Acts:
        if matches(trigger, received(turn)):
            async with aclosing(reply(turn)) as events:
                async for event in events:
                    yield event

    return triggered


def answering_with(function: Function) -> ReplyFunction:
    """A plain function of the transcript, sync or async, as a reply function: its text is said, None passes on."""

    async def answer(turn: Turn) -> Acts:
        text = function(turn.heard)
        if inspect.isawaitable(text):
            text = await text
        if text is not None:
            yield Said(text=text)

    return answer


def received(turn: Turn) -> Message | None:
    """The newest message of another participant that the turn's agent has seen."""
    for message in reversed(turn.transcript.messages):
        own = message.by == turn.profile.id
        if message.seq <= turn.upto and not own and is_news(message) and message.visible_to(turn.profile.id):
            return message
    return None


def matches(trigger: Trigger, message: Message | None) -> bool:
    """Whether a message fires the trigger."""
    if trigger is None:
        return message is None
    if isinstance(trigger, str):
        return message is not None and _sent_by(trigger, message.by)
    if callable(trigger):
        return trigger(message)
    return any(matches(one, message) for one in trigger)


def _sent_by(name: str, sender: ParticipantId) -> bool:
    return sender in (name, agent_id(name)) or sender.partition(":")[0] == name
