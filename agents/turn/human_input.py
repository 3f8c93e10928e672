"""Human involvement: when an agent asks people before it replies (C3, C4)."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from agents.log.events import Asked, Event, OnDeadline, Stopped
from agents.log.participants import ParticipantId
from agents.log.transcript import Answer, Message, Question, pair
from agents.turn.conversable import ReplyFunction, received
from agents.turn.turn import SILENCE, Acts, Silence, Turn

HumanInputMode: TypeAlias = Literal["ALWAYS", "TERMINATE", "NEVER"]
"""AutoGen's modes: ask at every message, ask only when the conversation would end, never ask."""

TERMINATE = "TERMINATE"
"""The word by which agents are taught to end (as in AutoGen)."""

GO_ON = "Go on"
END = "End"


def is_terminate(text: str) -> bool:
    """AutoGen's default termination message: the whole text is the word, without so much as a space."""
    return text == TERMINATE


def check_with_people(
    mode: HumanInputMode,
    *,
    max_consecutive_auto_reply: int | None = None,
    is_termination: Callable[[str], bool] = is_terminate,
    of: Sequence[ParticipantId] = (),
    minutes: float | None = None,
    on_deadline: OnDeadline = "skip",
) -> ReplyFunction:
    """The human check, the first function of the built-in chain.

    ``is_termination`` looks at the text of the received message. A person's text stands as the agent's reply and
    resets the counter; nothing (or *Go on*) means an automatic reply, ``exit`` (or *End*) stops. ``minutes`` is how
    long people have; ``on_deadline`` what happens then.
    """

    async def check(turn: Turn) -> Acts:
        message = received(turn)
        if message is None:
            return
        ends = is_termination(message.text)
        question = _answered(turn)
        if question is not None and question.answer is not None:
            for event in _after_answer(question.asked, question.answer):
                yield event
            return
        if any(one.by == turn.profile.id and one.asked.pending is None for one in turn.transcript.open_questions):
            yield SILENCE
            return
        count = turn.transcript.exchange.replies.get(pair(turn.profile.id, message.by), 0)
        full = max_consecutive_auto_reply is not None and count >= max_consecutive_auto_reply
        if mode == "ALWAYS" or (mode == "TERMINATE" and (ends or full)):
            deadline = None if minutes is None else turn.ports.clock.now() + minutes * 60
            yield _question(turn, message, ends=ends or full, of=tuple(of), deadline=deadline, on_deadline=on_deadline)
        elif ends:
            yield Stopped(reason=f"{turn.transcript.name_of(message.by)} ended the conversation.", kind="human_input")
        elif full:
            reason = (
                f"{turn.profile.name} has replied {count} times in a row to {turn.transcript.name_of(message.by)} "
                "without a person; write something to go on."
            )
            yield Stopped(reason=reason, kind="limit")

    return check


def _answered(turn: Turn) -> Question | None:
    """This agent's own check, if its answer is what gave it the floor back."""
    checks = (one for one in reversed(turn.answers) if one.asked.kind == "input" and one.asked.pending is None)
    return next(checks, None)


def _after_answer(asked: Asked, answer: Answer) -> tuple[Event | Silence, ...]:
    if answer.expired:
        return () if asked.on_deadline == "auto_reply" else (SILENCE,)
    ends = GO_ON not in asked.options
    words = answer.words.strip()
    if words in ("exit", END) or (ends and words in ("", GO_ON)):
        return (Stopped(reason="A person ended the conversation.", kind="person"),)
    return () if words in ("", GO_ON) else (SILENCE,)


def _question(
    turn: Turn,
    message: Message,
    *,
    ends: bool,
    of: tuple[ParticipantId, ...],
    deadline: float | None,
    on_deadline: OnDeadline,
) -> Asked:
    sender = turn.transcript.name_of(message.by)
    if ends:
        text = f"{sender} would end here. Write a reply to go on, or end the conversation."
        return Asked(text=text, of=of, options=(END,), deadline=deadline, on_deadline=on_deadline)
    text = f"Reply to {sender} for {turn.profile.name}, let it go on by itself, or end the conversation."
    return Asked(text=text, of=of, options=(GO_ON, END), deadline=deadline, on_deadline=on_deadline)
