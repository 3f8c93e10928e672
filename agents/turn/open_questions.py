"""An agent's own questions that still wait for an answer, and what goes on meanwhile.

An open question holds nothing but what depends on its answer: its asker reads a note of it and answers others.
"""

from datetime import UTC, datetime

from msgspec import Struct

from agents.errors import WrongUse
from agents.log.events import Answered, OnDeadline, ToolReturned
from agents.log.names import called
from agents.log.participants import ParticipantId, is_agent
from agents.log.transcript import Message, Question
from agents.ports import ToolCall, call_of
from agents.turn.turn import Acts, Turn
from agents.turn.view import INTERRUPTED

LONGEST_QUOTE = 300
"""How many characters of a question are quoted."""

ON_DEADLINE: tuple[OnDeadline, ...] = ("skip", "auto_reply", "stop")


class Patience(Struct, frozen=True, kw_only=True):
    """How long people have to answer, in ``minutes`` (None is without end), and what happens ``on_deadline``.

    Raises `WrongUse` for a time that is none, or an unknown `OnDeadline`.

        patience = Patience(minutes=30, on_deadline="stop")
        assert patience.until(now=0.0) == 1800.0
    """

    minutes: float | None = None
    on_deadline: OnDeadline = "skip"

    def __post_init__(self) -> None:
        if self.minutes is not None and not self.minutes > 0:
            raise WrongUse(f"People cannot answer within {self.minutes} minutes; give more than 0, or None for ever.")
        if self.on_deadline not in ON_DEADLINE:
            raise WrongUse(f"on_deadline cannot be {self.on_deadline!r}; choose one of {', '.join(ON_DEADLINE)}.")

    def until(self, now: float) -> float | None:
        """When it is too late for an answer to what is asked now, in seconds since the epoch; None is never."""
        return None if self.minutes is None else now + self.minutes * 60


def waiting(turn: Turn) -> bool:
    """Whether this agent still waits for an answer about one of its calls."""
    return bool(_open(turn))


def asked_now(turn: Turn) -> bool:
    """Whether this very turn has asked about a call: it ends, and a later one goes on with the answer."""
    return any(question.turn == turn.seq for question in _open(turn))


def asked_already(turn: Turn, call: ToolCall) -> bool:
    """Whether an earlier turn has asked about the same call, and there is no answer yet."""
    held = [question.asked.pending for question in _open(turn)]
    return any(one is not None and (one.tool, one.arguments) == (call.tool, call.arguments) for one in held)


def goes_on(turn: Turn) -> bool:
    """Whether all that an earlier turn of this agent asked has its answer now; what other turns asked may be open."""
    open_in = {question.turn for question in _open(turn)}
    return any(question.turn not in open_in for question in turn.answers)


def is_spoken_to(turn: Turn) -> bool:
    """Whether people said something that this agent has not dealt with, or others something that is for it.

    Answers to its own questions are left out. What other agents say among themselves is worth no model call to an agent
    that waits: it reads that once it goes on.
    """
    return any(_is_for(turn.profile.id, message) for message in _new(turn))


async def give_way(turn: Turn) -> Acts:
    """Withdraw each question over which somebody who was to answer it has written something else.

    AutoGen answers a pending tool call so where a person writes text: the model reads that it was interrupted, and goes
    on with what the person wrote.
    """
    for question in _open(turn):
        message, pending = _written_over(turn, question), question.asked.pending
        if message is None or pending is None:
            continue
        # Without the words: they may be private, changed or deleted, and the model reads them where they were written.
        instead = f"{called(turn.transcript, message.by)} wrote something else instead."
        yield Answered(question=question.seq, withdrawn=True, text=instead)
        if question.asked.kind == "approval":  # its call is in no prompt yet; an answered question brings its own
            yield call_of(pending).started(question.seq)
            output = f"{INTERRUPTED}: {instead}"
            yield ToolReturned(call=pending.call, output=output, exit_code=None, files=(), failed=True)


def note(turn: Turn) -> str:
    """What the agent's model reads of its own open questions; empty where there are none."""
    lines = [_line(turn, question) for question in _open(turn)]
    if not lines:
        return ""
    rule = "Do not ask for that again. Answer what others say meanwhile, and leave for later what depends on it."
    return "\n".join([*lines, rule])


def _open(turn: Turn) -> list[Question]:
    questions = turn.transcript.open_questions
    return [one for one in questions if one.by == turn.profile.id and one.asked.pending is not None]


def _is_for(agent: ParticipantId, message: Message) -> bool:
    return message.person is not None or not is_agent(message.by) or agent in (*message.addressed, message.handoff)


def _new(turn: Turn) -> list[Message]:
    """What others said that the agent has not dealt with, and had not read when it asked what it still waits for."""
    own = {one.answer.seq for one in turn.transcript.questions if one.by == turn.profile.id and one.answer is not None}
    # A turn that crashed after it had asked has dealt with nothing, but had read what came before.
    read = max((question.upto or 0 for question in _open(turn)), default=0)
    unheard = turn.transcript.unheard(turn.profile.id)
    return [message for message in unheard if read < message.seq <= turn.upto and message.seq not in own]


def _line(turn: Turn, question: Question) -> str:
    whom = " or ".join(called(turn.transcript, one) for one in question.asked.of) or "a person"
    since = datetime.fromtimestamp(question.at, UTC)
    return f"You wait for {whom} to answer “{_quoted(question.asked.text)}”, since {since:%Y-%m-%d %H:%M} UTC."


def _written_over(turn: Turn, question: Question) -> Message | None:
    """The newest message of somebody who was to answer, if it is new and not for other agents."""
    me, asked = turn.profile.id, _asked(turn, question)
    for message in reversed(_new(turn)):
        if message.by in asked and (not message.addressed or me in message.addressed):
            return message
    return None


def _asked(turn: Turn, question: Question) -> tuple[ParticipantId, ...]:
    """Whom a question was put to: where it names nobody, whoever had spoken last before the turn that asked."""
    transcript = turn.transcript
    if question.asked.of:
        return question.asked.of
    upto = question.upto or 0
    spoken = (one.person for one in reversed(transcript.messages) if one.seq <= upto and not one.recalled)
    return tuple(person for person in spoken if person is not None)[:1]


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}…"
