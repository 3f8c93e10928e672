"""Human involvement: when an agent asks people before it replies.

The modes, the counter of automatic replies and the words ``exit`` and ``TERMINATE`` are AutoGen's
(arXiv 2308.08155, section 2.1).
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from agents.errors import WrongUse
from agents.log.events import EXIT, Asked, Event, OnDeadline, Stopped
from agents.log.participants import ParticipantId
from agents.log.transcript import Answer, Message, Question, pair
from agents.log.used_names import named, one_or_more
from agents.turn.conversable import Naming, ReplyFunction, received
from agents.turn.open_questions import Patience
from agents.turn.turn import SILENCE, Acts, Silence, Turn

HumanInputMode: TypeAlias = Literal["ALWAYS", "TERMINATE", "NEVER"]
"""AutoGen's modes: ask at every message, ask only when the conversation would end, never ask."""

MODES = ("ALWAYS", "TERMINATE", "NEVER")

TERMINATE = "TERMINATE"
"""The word with which agents are taught to end a conversation, as in AutoGen."""

GO_ON = "Go on"
END = "End"


def is_terminate(text: str) -> bool:
    """Whether the whole text is the word, without so much as a space: AutoGen's default termination message."""
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
    """Make the human check, which stands first in the chains of the ready-made agents.

    A person's text is said as the agent's own reply and resets the counter. An empty answer, or *Go on*, lets the agent
    reply by itself, at the limit once more; where the message would end the conversation, it ends. ``exit``, or *End*,
    ends it anyway. While a check is open, the agent replies to nothing that would need another one.

    mode: when people are asked.
    max_consecutive_auto_reply: how often the agent may reply to one sender without a person; None is without end.
    is_termination: whether a received text would end the conversation.
    of: the ids of the participants who may answer; none means anybody present.
    minutes: how long people have to answer; None is without end.
    on_deadline: what happens once that time is up: nothing, an automatic reply, or the end of the conversation.

    Raises `WrongUse` for a deadline that cannot be meant.

        asks_first = check_with_people("TERMINATE", max_consecutive_auto_reply=3)
        agent = Conversable(profile=profile_of("boss"), replies=(asks_first,))
    """
    if mode not in MODES:
        raise WrongUse(f"human_input_mode cannot be {mode!r}; choose one of {', '.join(MODES)}.")
    patience = Patience(minutes=minutes, on_deadline=on_deadline)

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
        count = turn.transcript.exchange.replies.get(pair(turn.profile.id, message.by), 0)
        full = max_consecutive_auto_reply is not None and count >= max_consecutive_auto_reply
        if mode == "ALWAYS" or (mode == "TERMINATE" and (ends or full)):
            # A check of this agent is still open (somebody addressed it meanwhile): one question at a time is enough.
            if any(one.by == turn.profile.id and _is_check(one) for one in turn.transcript.open_questions):
                yield SILENCE
                return
            never_alone = max_consecutive_auto_reply == 0
            yield _question(turn, message, ends=ends or never_alone, of=one_or_more(of), patience=patience)
        elif ends:
            yield Stopped(reason=f"{turn.transcript.name_of(message.by)} ended the conversation.", kind="human_input")
        elif full:
            reason = (
                f"{turn.profile.name} has replied {count} times in a row to {turn.transcript.name_of(message.by)} "
                "without a person; write something to go on."
            )
            yield Stopped(reason=reason, kind="limit")

    return Naming(check, named("asks", of, receiver=True))


def _answered(turn: Turn) -> Question | None:
    """This agent's own check, if its answer is what gave it the floor back."""
    return next(filter(_is_check, reversed(turn.answers)), None)


def _is_check(question: Question) -> bool:
    """Whether a check asked it; one that holds a call is the model's or an approval, with which others deal.

    Checks that were written down by the first version are not marked as such.
    """
    return question.asked.kind == "input" and question.asked.pending is None


def _after_answer(asked: Asked, answer: Answer) -> tuple[Event | Silence, ...]:
    if answer.expired:
        return () if asked.on_deadline == "auto_reply" else (SILENCE,)
    # Whether the conversation would end is told by the question's options alone, so a turn after a restart knows it.
    ends = GO_ON not in asked.options
    words = answer.words.strip()
    if words in (EXIT, END) or (ends and words in ("", GO_ON)):
        return (Stopped(reason="A person ended the conversation.", kind="person"),)
    # Of the first version, where a person's words stood as their own message: the agent adds nothing to them.
    return () if words in ("", GO_ON) else (SILENCE,)


def _question(
    turn: Turn,
    message: Message,
    *,
    ends: bool,
    of: tuple[ParticipantId, ...],
    patience: Patience,
) -> Asked:
    sender = turn.transcript.name_of(message.by)
    if ends:
        text = f"{sender} would end here. Write a reply to go on, or end the conversation."
        options: tuple[str, ...] = (END,)
    else:
        text = f"Reply to {sender} for {turn.profile.name}, let it go on by itself, or end the conversation."
        options = (GO_ON, END)
    return Asked(
        text=text,
        of=of,
        options=options,
        deadline=patience.until(turn.ports.clock.now()),
        on_deadline=patience.on_deadline,
        stands_in=True,
    )
