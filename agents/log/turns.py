"""Turns, as the transcript keeps them: who has the floor, what was done in a turn, and what an exchange has counted."""

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from agents.log.events import Closed, Outcome, Usage
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
    unknown: the process ended while it ran, so nobody knows what came of it.
    upto: the seq up to which the agent had read when it made the call.
    audience: who may see it, besides the agent; empty means everybody.
    echo: what the model's endpoint wants back with the call (see `agents.ports.ToolCall`).
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
    unknown: bool = False
    upto: int = 0
    audience: tuple[ParticipantId, ...] = ()
    echo: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Where its agent reads it: after all that the turn had read, in the order in which results came."""
        return self.upto, self.returned or self.seq

    def visible_to(self, participant: ParticipantId | None) -> bool:
        """Whether the participant may see it; None asks whether everybody may."""
        return not self.audience or participant in self.audience or participant == self.by


class Child(Logged, frozen=True, kw_only=True):
    """A child room, and what came of it.

    seq: the number of its `Opened` in the room's log.
    by: the agent that opened it, or `SYSTEM` where a policy did.
    turn: the seq of the turn in which it was opened; None outside turns.
    task: what was said there first; empty where a message that it was made from was deleted.
    team: the key under which the opener knows the team that works there.
    background: the seqs of messages that the child was given to read.
    sources: the seqs of the messages that the task was made from.
    join: whether its opener waits for all that it opened with this one, or for any.
    heard: the seq up to which its opener had dealt with what others said, before the turn in which it opened this.
    closed: the seq of its `Closed`, None while it is open.
    at: when it closed, in seconds since the epoch.
    answer: how it ended; None while it is open.
    dealt: its opener has had the floor back with the answer, or does not need it: what is still open is to be stopped.
    """

    seq: int
    by: ParticipantId
    turn: int | None
    task: str
    team: str
    background: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    join: Literal["all", "any"] = "all"
    heard: int = 0
    closed: int | None = None
    at: float = 0.0
    answer: Closed | None = None
    dealt: bool = False

    @property
    def open(self) -> bool:
        """Whether its opener still waits for it."""
        return self.answer is None and not self.dealt


class Rest(Logged, frozen=True, kw_only=True):
    """Why nobody spoke when that was decided last; see `agents.log.events.Rested`.

    seq: its number in the room's log.
    upto: the seq of the newest message that was decided about.
    revision: the transcript's revision then.
    rung: the name of the rule that decided.
    reason: why nobody spoke, as a sentence.
    choosing: what deciding has cost, where a model was asked.
    told: the seq up to which people know that a message of theirs stays without the answer that it wanted; 0 for none.
    stands: nothing has happened since, besides messages and their edits, that could change the decision.
    """

    seq: int
    upto: int
    revision: int
    rung: str
    reason: str
    choosing: Usage | None
    told: int = 0
    stands: bool = True


class RunningTurn(Logged, frozen=True, kw_only=True):
    """The turn that has the floor.

    seq: the number of its start in the room's log.
    at: when it started, in seconds since the epoch.
    speaker: the agent.
    upto: the seq up to which the agent reads.
    rung: the name of the rule that chose it.
    reason: why it was chosen, in words for people.
    choosing: what choosing cost, where a model was asked.
    audience: who may see what is done in it, besides the agent; empty means everybody.
    """

    seq: int
    at: float
    speaker: ParticipantId
    upto: int
    rung: str
    reason: str
    choosing: Usage | None
    audience: tuple[ParticipantId, ...] = ()


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
    at: when it ended, in seconds since the epoch.
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
    at: float = 0.0


class Floor(Logged, frozen=True, kw_only=True):
    """Whose turn it is and who has read what.

    turn: the turn that has the floor; None while nobody has it.
    heard: for each agent the highest ``upto`` of its turns that ended; a turn that crashed does not count, so that the
        agent is given the same messages again.
    read: the highest ``upto`` of any turn that started.
    past: the last 50 turns that ended, oldest first.
    spoken: in how many turns an agent said something since the room began, those of its child rooms included.
    rested: why nobody spoke when that was decided last; None where that was never written down.
    """

    turn: RunningTurn | None = None
    heard: Mapping[ParticipantId, int] = {}
    read: int = 0
    past: tuple[PastTurn, ...] = ()
    spoken: int = 0
    rested: Rest | None = None

    @property
    def reopened(self) -> Rest | None:
        """``rested``, now that something has happened that could change who speaks."""
        return replace(self.rested, stands=False) if self.rested is not None and self.rested.stands else self.rested


class Exchange(Logged, frozen=True, kw_only=True):
    """What agents and people have said since a person last gave them something to talk about.

    It begins with a person's message that is no answer: not to a question, and not the words of somebody to whom an
    agent has handed the floor. Messages that come before any agent has read its first one belong to it; one that comes
    later begins the next. What an agent says in a turn that had not read the first message belongs to the exchange
    before. All limits and termination conditions look at the present exchange only.

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


def together(child: str) -> str:
    """What the names of all child rooms begin with that were opened with this one, at once."""
    return child.rpartition(".")[0]


def returned(children: Mapping[str, Child], agent: ParticipantId, upto: int) -> Mapping[str, Child]:
    """The child rooms whose answers give this agent the floor back, of what stands up to the seq ``upto``.

    Those that were opened together come back together: once none of them is waited for any more.
    """
    waited_for = {
        together(name)
        for name, child in children.items()
        if not child.dealt and (child.closed is None or child.closed > upto)
    }
    return {
        name: child
        for name, child in children.items()
        if child.by == agent and child.answer is not None and not child.dealt and together(name) not in waited_for
    }
