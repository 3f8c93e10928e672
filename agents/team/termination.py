"""When a conversation ends: conditions on the transcript that compose with ``|`` and ``&`` (C19, C20).

Conditions are values without state. They look at the current exchange only, that is at what happened since the last
stop or reset, so a stopped room continues when a person speaks again.
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TypeAlias

from msgspec import Struct

from agents.log.code_blocks import ends_in_fence
from agents.log.participants import ParticipantId, agent_id, is_agent, short_name
from agents.log.transcript import ANSWERED, Message, Transcript, is_news
from agents.turn.human_input import TERMINATE

Condition: TypeAlias = Callable[[Transcript], str | None]
"""Why the conversation ends now, as a sentence; None while it goes on."""


class Termination(Struct, frozen=True):
    """A condition that composes: ``a | b`` ends when one holds, ``a & b`` when both do; reasons are joined.

    ``holds`` looks at messages and tool calls above a seq. Since conditions are asked after every turn, the newest
    turns are enough for one alone, and what was said long ago costs nothing.
    """

    holds: Callable[[Transcript, int], str | None]

    def __call__(self, transcript: Transcript) -> str | None:
        """The reason to end, or None."""
        return self.holds(transcript, _recent(transcript))

    def __or__(self, other: Condition) -> "Termination":
        """Ends as soon as one of the two holds, with the reasons of those that do."""

        def either(transcript: Transcript, after: int) -> str | None:
            return _joined(_ask(self, transcript, after), _ask(other, transcript, after))

        return Termination(either)

    def __and__(self, other: Condition) -> "Termination":
        """Ends when both hold in the same exchange, with both reasons."""

        def both(transcript: Transcript, after: int) -> str | None:
            if not (_ask(self, transcript, after) or _ask(other, transcript, after)):
                return None
            mine = _ask(self, transcript, transcript.exchange.start)
            others = _ask(other, transcript, transcript.exchange.start)
            return None if mine is None or others is None else _joined(mine, others)

        return Termination(both)


def predicate(holds: Callable[[Transcript], bool], reason: str) -> Termination:
    """Ends with ``reason``, a sentence, when the function of the transcript says so."""
    return Termination(lambda transcript, _: reason if holds(transcript) else None)


never = Termination(lambda transcript, after: None)
"""Nothing that is said ends the conversation: limits and people still do."""


def said(text: str, *, by: str | None = None) -> Termination:
    """Ends when an agent's message contains ``text``, letter by letter.

    ``by`` names the only agent that counts, or gives any participant's id. What people say ends nothing otherwise:
    "please say TERMINATE" does not.
    """
    speaker = None if by is None else _id(by)

    def holds(transcript: Transcript, after: int) -> str | None:
        for message in _above(after, transcript):
            counts = is_agent(message.by) if speaker is None else message.by == speaker
            if counts and text in message.text and not message.partial:
                name = transcript.name_of(message.by)
                return f"{name} ended the conversation." if text == TERMINATE else f"{name} said {text}."
        return None

    return Termination(holds)


def max_turns(n: int) -> Termination:
    """Ends after ``n`` agent turns in which something was said."""
    return predicate(lambda transcript: transcript.exchange.agent_turns >= n, f"The limit of {n} turns is reached.")


def max_messages(n: int) -> Termination:
    """Ends after ``n`` messages of anybody; the task is the first."""
    return predicate(lambda transcript: transcript.exchange.messages >= n, f"The limit of {n} messages is reached.")


def max_tokens(n: int) -> Termination:
    """Ends when model calls have used ``n`` tokens or more, choosing speakers included."""
    return predicate(lambda transcript: transcript.exchange.usage.tokens >= n, f"The limit of {n:,} tokens is reached.")


def max_usd(amount: float) -> Termination:
    """Ends when model calls have cost that many US dollars or more; calls of unknown price count as nothing."""
    reason = f"The limit of ${amount:.2f} is reached."
    return predicate(lambda transcript: (transcript.exchange.usage.usd or 0.0) >= amount, reason)


def max_seconds(seconds: float) -> Termination:
    """Ends with the first message that comes that many seconds, or more, after the first one of the exchange."""

    def holds(transcript: Transcript) -> bool:
        begun, last = transcript.exchange.at, _last(transcript)
        return begun is not None and last is not None and last.at - begun >= seconds

    return predicate(holds, f"The limit of {seconds:g} seconds is reached.")


def handed_to(name: str) -> Termination:
    """Ends when the last message hands over to this agent, to a person's id, or to ``stop``."""
    target = name if name == "stop" else _id(name)

    def holds(transcript: Transcript) -> bool:
        last = _last(transcript)
        return last is not None and last.handoff == target

    return predicate(holds, f"The floor was handed over to {short_name(target)}.")


def last_speaker_is(name: str) -> Termination:
    """Ends when the last message is by this agent, or by the participant with this id."""
    speaker = _id(name)

    def holds(transcript: Transcript) -> bool:
        last = _last(transcript)
        return last is not None and last.by == speaker

    return predicate(holds, f"{short_name(speaker)} has spoken.")


def tool_called(name: str) -> Termination:
    """Ends when an agent has called this tool."""

    def holds(transcript: Transcript, after: int) -> str | None:
        recent = takewhile(lambda run: run.seq > after, reversed(transcript.runs))
        return f"The tool {name} was called." if any(run.tool == name for run in recent) else None

    return Termination(holds)


_SUFFIX = re.compile(r"(?:\A|(?<=\s))[*_`\"']*TERMINATE[*_`\"'.!]*\s*\Z")


def visible_text(text: str) -> str:
    """An agent's text as people see it: without the taught word at its end, unless that is code (C20).

    Empty where nothing else was said.
    """
    suffix = _SUFFIX.search(text) if TERMINATE in text else None
    return text if suffix is None or ends_in_fence(text) else text[: suffix.start()].rstrip()


def _ask(condition: Condition, transcript: Transcript, after: int) -> str | None:
    return condition.holds(transcript, after) if isinstance(condition, Termination) else condition(transcript)


def _joined(*reasons: str | None) -> str | None:
    return " ".join(reason for reason in reasons if reason) or None


def _recent(transcript: Transcript) -> int:
    """What the last two turns did not start with: whatever is older was looked at before they were chosen.

    Whoever got the floor back with an answer was not chosen, so nothing was looked at before those turns (C5).
    """
    past, start = transcript.floor.past, transcript.exchange.start
    chosen = len(past)
    while chosen and past[chosen - 1].rung == ANSWERED:
        chosen -= 1
    return max(start, past[chosen - 2].upto) if chosen > 1 else start


def _id(name: str) -> ParticipantId:
    return name if ":" in name else agent_id(name)


def _above(after: int, transcript: Transcript) -> Iterator[Message]:
    """The messages above that seq, newest first."""
    newer = takewhile(lambda message: message.seq > after, reversed(transcript.messages))
    return (message for message in newer if is_news(message))


def _last(transcript: Transcript) -> Message | None:
    return next(_above(transcript.exchange.start, transcript), None)
