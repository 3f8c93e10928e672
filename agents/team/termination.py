"""When a conversation ends: conditions on the transcript that compose with ``|`` and ``&``.

A condition is a value without state. It looks at the present exchange only, that is at what happened since a person
last spoke up (see `agents.log.turns.Exchange`), so a room that was stopped goes on when a person speaks again.

    ends = said("APPROVED", by="reviewer") & tool_called("publish") | max_turns(20) | max_usd(0.50)
"""

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TypeAlias

from msgspec import Struct

from agents.errors import WrongUse
from agents.log.participants import ParticipantId, agent_id, is_agent, is_person, short_name
from agents.log.transcript import ANSWERED, Message, Transcript, is_news
from agents.log.used_names import Named, named, names_used_by
from agents.team.end_words import end_of_words
from agents.team.functions import called, transcript_function
from agents.team.inline import call_inline
from agents.turn.human_input import TERMINATE

Condition: TypeAlias = Callable[[Transcript], str | bool | None]
"""Why the conversation ends now, as a sentence, or whether it does; None while it goes on."""


class Termination(Struct, frozen=True):
    """A condition that composes: ``a | b`` ends when one holds, ``a & b`` when both do; their reasons are joined.

    ``holds`` is given the transcript and a seq, and looks at messages and tool calls above that seq only. Conditions
    are asked after every turn, so the newest turns are enough, and what was said long ago costs nothing.

    ``names`` are the names that it was given, so that a team refuses those that it does not know.

        ends = said("APPROVED") & said("TESTED") | max_turns(20)
    """

    holds: Callable[[Transcript, int], str | None]
    names: tuple[Named, ...] = ()

    def __call__(self, transcript: Transcript) -> str | None:
        """The reason to end, or None."""
        return self.holds(transcript, _recent(transcript))

    def __or__(self, other: Condition) -> "Termination":
        """Ends as soon as one of the two holds, with the reasons of those that do.

        Raises `WrongUse` for what is no condition.
        """
        ends = as_condition(other)

        def either(transcript: Transcript, after: int) -> str | None:
            return _joined(self.holds(transcript, after), ends.holds(transcript, after))

        return Termination(either, (*self.names, *ends.names))

    def __and__(self, other: Condition) -> "Termination":
        """Ends when both hold in the same exchange, with both reasons. Raises `WrongUse` for what is no condition."""
        ends = as_condition(other)

        def both(transcript: Transcript, after: int) -> str | None:
            # Cheap first: where neither holds by the newest turns, they did not hold together before either.
            if not (self.holds(transcript, after) or ends.holds(transcript, after)):
                return None
            # The other one may have held long ago in this exchange, so both are asked about all of it.
            mine = self.holds(transcript, transcript.exchange.start)
            others = ends.holds(transcript, transcript.exchange.start)
            return None if mine is None or others is None else _joined(mine, others)

        return Termination(both, (*self.names, *ends.names))


def as_condition(given: object) -> "Termination":
    """The same as a termination; raises `WrongUse` for what can be none, such as a text.

    A function of the transcript may also say whether to end, as AutoGen's ``is_termination_msg`` does.
    """
    if isinstance(given, Termination):
        return given
    if isinstance(given, str):
        raise WrongUse(f"The termination is the text {given!r}; to end when an agent says so, write said({given!r}).")
    function = transcript_function(given, "The termination")

    def holds(transcript: Transcript, after: int) -> str | None:
        match call_inline(function, transcript):
            case None | False:
                return None
            case True:
                return f"The condition {called(function)} holds."
            case str(reason):
                return reason or None
            case other:
                raise WrongUse(
                    f"The termination function {called(function)} gave {other!r}; it may give a reason as a text, "
                    "True, or None to go on."
                )

    return Termination(holds, names_used_by(given))


def predicate(holds: Callable[[Transcript], bool], reason: str) -> Termination:
    """Ends when the function of the transcript says so.

    ``reason`` is a sentence for people. Raises `WrongUse` for what is no function of the transcript.

        ends = predicate(lambda transcript: bool(transcript.last.files), "A file is there.")
        team = Team(agents=[coder, runner], termination=ends | max_turns(20))
    """
    function = transcript_function(holds, "The first argument of predicate(...)")
    return Termination(lambda transcript, _: reason if call_inline(function, transcript) else None)


never = Termination(lambda transcript, after: None)
"""Never ends the conversation; limits and people still can."""


def said(text: str, *, by: str | None = None, anywhere: bool = False) -> Termination:
    """Ends when an agent's message ends with the word or words ``text``, letter by letter.

    "All is fine. **APPROVED**!" ends it; "UNAPPROVED", "not APPROVED", "I will say `APPROVED` then" and an APPROVED in
    a fenced block or a quoted line do not. With ``anywhere`` a message that holds the text at all ends it, as in
    AutoGen.

    With ``by`` only the agent of that name, or the participant with that id, counts. Without it, what people say ends
    nothing: a person may write "please say TERMINATE".

        team = Team(agents=[writer, reviewer], termination=said("APPROVED", by="reviewer"))
    """
    speaker = None if by is None else _id(by)

    def holds(transcript: Transcript, after: int) -> str | None:
        for message in _above(after, transcript):
            if not transcript.in_exchange(message):
                continue
            counts = is_agent(message.by) if speaker is None else message.by == speaker
            is_said = text in message.text if anywhere else end_of_words(message.text, text) is not None
            if counts and is_said and not message.partial:
                name = transcript.name_of(message.by)
                return f"{name} ended the conversation." if text == TERMINATE else f"{name} said {text}."
        return None

    return Termination(holds, () if by is None else named("said(by=...)", by))


def max_turns(n: int) -> Termination:
    """Ends after ``n`` agent turns in which something was said.

    Passes do not count, nor do turns that ended with a question or were interrupted.

        panel = Team(agents=[student, expert], speakers=round_robin, termination=max_turns(6))
    """
    return predicate(lambda transcript: transcript.exchange.agent_turns >= n, f"The limit of {n} turns is reached.")


def max_messages(n: int) -> Termination:
    """Ends after ``n`` messages of anybody, agents or people; the task is the first.

    Like all limits it counts within the exchange, which begins with a person's message.

        team = Team(agents=[coder, reviewer], termination=max_messages(10))
    """
    return predicate(lambda transcript: transcript.exchange.messages >= n, f"The limit of {n} messages is reached.")


def max_tokens(n: int) -> Termination:
    """Ends when the turns have used ``n`` tokens or more, input and output together, choosing speakers included.

    It is looked at between turns, so the last turn may go beyond it.

        team = Team(agents=[coder, reviewer], termination=said("DONE") | max_tokens(50_000))
    """
    return predicate(lambda transcript: transcript.exchange.usage.tokens >= n, f"The limit of {n:,} tokens is reached.")


def max_usd(amount: float) -> Termination:
    """Ends when the turns have cost that many US dollars or more; model calls of unknown price count as nothing.

    It is looked at between turns, so the last turn may go beyond it; `Limits` are kept before each call.

        team = Team(agents=[coder, reviewer], termination=said("DONE") | max_usd(0.50))
    """
    reason = f"The limit of ${amount:.2f} is reached."
    return predicate(lambda transcript: (transcript.exchange.usage.usd or 0.0) >= amount, reason)


def max_seconds(seconds: float) -> Termination:
    """Ends with the first message that comes so many seconds, or more, after the first one of the exchange.

    A turn that runs is not cut off; `Limits.turn_timeout` does that.

        team = Team(agents=[coder, reviewer], termination=said("DONE") | max_seconds(600))
    """

    def holds(transcript: Transcript) -> bool:
        begun, last = transcript.exchange.at, _last(transcript)
        return begun is not None and last is not None and last.at - begun >= seconds

    return predicate(holds, f"The limit of {seconds:g} seconds is reached.")


def handed_to(name: str) -> Termination:
    """Ends when the newest message hands over to the agent or person of this name or id, or to ``stop``.

    It is looked at before the speaker policy is asked, so whoever was handed the floor does not speak.

        team = Team(agents=[assistant("planner", hands_over_to=["stop"]), coder], termination=handed_to("stop"))
    """
    target = name if name == "stop" else _id(name)
    person = name.removeprefix("@")

    def holds(transcript: Transcript, _: int) -> str | None:
        last = _last(transcript)
        receiver = None if last is None else last.handoff
        if receiver is None:
            return None
        meant = receiver == target or (is_person(receiver) and transcript.name_of(receiver) == person)
        return f"The floor was handed over to {transcript.name_of(receiver)}." if meant else None

    return Termination(holds, named("handed_to(...)", name, receiver=True))


def last_speaker_is(name: str) -> Termination:
    """Ends when the newest message is by the agent of this name, or by the participant with this id.

    With ``&`` it makes another condition wait for that agent.

        team = Team(agents=[coder, reviewer], termination=last_speaker_is("reviewer"))
    """
    speaker = _id(name)

    def holds(transcript: Transcript, _: int) -> str | None:
        last = _last(transcript)
        return f"{short_name(speaker)} has spoken." if last is not None and last.by == speaker else None

    return Termination(holds, named("last_speaker_is(...)", name))


def tool_called(name: str) -> Termination:
    """Ends when an agent has called the tool of this name.

    It is looked at between turns: by then the tool has returned, and its agent has read the result.

        team = Team(agents=[assistant("coder", tools=[search]), reviewer], termination=tool_called("search"))
    """

    def holds(transcript: Transcript, after: int) -> str | None:
        recent = takewhile(lambda run: run.seq > after, reversed(transcript.runs))
        called = any(run.tool == name and transcript.in_exchange(run) for run in recent)
        return f"The tool {name} was called." if called else None

    return Termination(holds)


def visible_text(text: str) -> str:
    """An agent's text as people see it: without the word TERMINATE with which it ends (see `said`).

    The word is for the conversation, as AutoGen's agents are taught it, and not for people. The text is empty where
    nothing else was said.
    """
    begin = end_of_words(text, TERMINATE)
    return text if begin is None else text[:begin].rstrip()


def _joined(*reasons: str | None) -> str | None:
    return " ".join(reason for reason in reasons if reason) or None


def _recent(transcript: Transcript) -> int:
    """The seq above which a condition has something to look at.

    Before each choice of a speaker the conditions are asked, about everything that the speaker has read by then. What
    is new since the newest choice is enough therefore; the turn before is looked at again, for what came in just while
    a speaker was being chosen.
    """
    past, start = transcript.floor.past, transcript.exchange.start
    chosen = len(past)
    # Whoever got the floor back with an answer was not chosen: nothing was asked before such a turn.
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
