"""Turns, as the transcript keeps them: who has the floor, what was done in a turn, and what an exchange has counted."""

from collections.abc import Mapping

from agents.log.events import Outcome, Usage
from agents.log.files import FileRef
from agents.log.logged import Logged
from agents.log.participants import ParticipantId


class ToolRun(Logged, frozen=True, kw_only=True):
    """A call of a tool, or a run of code, and its result once it is there.

    seq: the number of its start in the room's log.
    turn: the seq of the turn in which it started.
    by: the agent.
    call: the id of the call, by which its result is found.
    tool: the tool's name.
    arguments: what it was called with, the text of a JSON object.
    approval: the seq of the `Asked` whose approval its start has used up.
    returned: the seq of the result, None while it runs.
    output: what came out, as the model reads it.
    exit_code: the program's; None where nothing ran as a program.
    files: what it made.
    failed: the output says what went wrong.
    """

    seq: int
    turn: int
    by: ParticipantId
    call: str
    tool: str
    arguments: str
    approval: int | None = None
    returned: int | None = None
    output: str = ""
    exit_code: int | None = None
    files: tuple[FileRef, ...] = ()
    failed: bool = False


class RunningTurn(Logged, frozen=True, kw_only=True):
    """The turn that has the floor.

    seq: the number of its start in the room's log.
    at: when it started, in seconds since the epoch.
    speaker: the agent.
    upto: the seq up to which the agent reads.
    rung: the name of the rule that chose it.
    reason: why it was chosen, in words for people.
    choosing: what choosing cost, where a model was asked.
    """

    seq: int
    at: float
    speaker: ParticipantId
    upto: int
    rung: str
    reason: str
    choosing: Usage | None


class PastTurn(Logged, frozen=True, kw_only=True):
    """A turn that ended, as the command ``why`` tells of it.

    seq: the number of its start in the room's log.
    speaker: the agent.
    upto: the seq up to which the agent had read.
    rung: the name of the rule that chose it.
    reason: why it was chosen, in words for people.
    choosing: what choosing cost, where a model was asked.
    outcome: how it ended.
    usage: what its model calls cost, failed and interrupted ones too.
    model: the name of the last model that was asked, empty where none was.
    detail: why it failed, crashed or was interrupted, in words.
    """

    seq: int
    speaker: ParticipantId
    upto: int
    rung: str
    reason: str
    choosing: Usage | None
    outcome: Outcome
    usage: Usage | None
    model: str
    detail: str


class Floor(Logged, frozen=True, kw_only=True):
    """Whose turn it is and who has read what.

    ``turn`` is None while nobody has the floor. ``heard`` has for each agent the highest ``upto`` of its turns that
    ended; a turn that crashed does not count, so that the agent is given the same messages again. ``read`` is the
    highest ``upto`` of any turn that started. ``past`` are the last 50 turns that ended, oldest first.
    """

    turn: RunningTurn | None = None
    heard: Mapping[ParticipantId, int] = {}
    read: int = 0
    past: tuple[PastTurn, ...] = ()


class Exchange(Logged, frozen=True, kw_only=True):
    """The stretch of conversation since the last stop or reset: what termination conditions look at.

    start: the seq before its first event.
    at: when its first message was said, in seconds since the epoch; None before there is one.
    messages: how many messages it has.
    agent_turns: how many turns in which an agent said something.
    since_person: how many of those turns since a person last spoke or answered.
    replies: by `pair`, how often an agent has replied to a sender since a person last spoke: what AutoGen calls
        consecutive auto-replies.
    usage: what the turns and choosing who speaks have cost.
    """

    start: int = 0
    at: float | None = None
    messages: int = 0
    agent_turns: int = 0
    since_person: int = 0
    replies: Mapping[str, int] = {}
    usage: Usage = Usage()


def pair(agent: ParticipantId, sender: ParticipantId) -> str:
    """The key of `Exchange.replies` under which an agent's replies to a sender are counted."""
    return f"{agent} to {sender}"
