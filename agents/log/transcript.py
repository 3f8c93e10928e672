"""The room as policies and agents see it: a frozen value, the fold of the room's log.

`fold` is the only way to get one. It is deterministic, costs O(1) amortised per record, and a fold may be saved and
continued at any point (`agents.log.snapshots`): resuming equals never having stopped. Only the newest messages are kept
(between `agents.log._numbered.KEPT` and half as many more); counters cover everything.
"""

from collections.abc import Mapping

from msgspec import field
from msgspec.structs import replace

from agents.log.code_blocks import has_code
from agents.log.events import Asked, Outcome, Stopped, Summarised, Usage
from agents.log.files import FileRef
from agents.log.logged import Logged
from agents.log.participants import Mention, ParticipantId, Profile, is_agent, is_person

ANSWERED = "answered"
"""The rung of whoever gets the floor back with an answer, without being chosen (C5)."""


class Message(Logged, frozen=True, kw_only=True):
    """Something said. ``addressed`` are the mentioned participants and the author it replies to, in text order.

    ``corrects`` is the seq of an earlier message that this one replaces after agents had read it (P12).
    ``turn`` is the agent turn that said it. A deleted message has no text and addresses nobody. A ``recalled`` one is
    background, news to nobody: it was written before anybody listened here, or by somebody who is only listened to.
    """

    seq: int
    at: float
    by: ParticipantId
    text: str
    mentions: tuple[Mention, ...] = ()
    addressed: tuple[ParticipantId, ...] = ()
    audience: tuple[ParticipantId, ...] = ()
    files: tuple[FileRef, ...] = ()
    handoff: ParticipantId | None = None
    reply_to: int | None = None
    turn: int | None = None
    partial: bool = False
    deleted: bool = False
    recalled: bool = False
    corrects: int | None = None

    @property
    def code(self) -> bool:
        """Whether it holds a fenced block that could be run."""
        return has_code(self.text)

    def visible_to(self, participant: ParticipantId) -> bool:
        """Whether the audience includes them (C18)."""
        return not self.audience or participant in self.audience or participant == self.by


class Replaced(Logged, frozen=True, kw_only=True):
    """A message as it was before ``edit``, the seq of an `Edited`, changed it in its place: nobody had read it.

    It is kept until the next turn starts, which may have begun to read before the edit came (see `agents.log.fold`).
    """

    edit: int
    message: Message


class ToolRun(Logged, frozen=True, kw_only=True):
    """A tool call and, once there, its result. ``returned`` is the seq of the result, None while it runs."""

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


class Answer(Logged, frozen=True, kw_only=True):
    """How a question was answered, by whom, at which seq."""

    seq: int
    by: ParticipantId
    text: str
    option: str | None
    expired: bool

    @property
    def words(self) -> str:
        """The text, or else the option that was chosen."""
        return self.text or self.option or ""


class Question(Logged, frozen=True, kw_only=True):
    """A question to people. Open until it has an answer; ``dealt`` once its asker has had the floor back.

    ``heard`` is what its asker had dealt with before the turn in which it asked.
    """

    seq: int
    by: ParticipantId
    turn: int | None
    asked: Asked
    heard: int = 0
    answer: Answer | None = None
    dealt: bool = False


class RunningTurn(Logged, frozen=True, kw_only=True):
    """The turn that has the floor. ``tools`` counts its tool runs without a result."""

    seq: int
    at: float
    speaker: ParticipantId
    upto: int
    rung: str
    reason: str
    choosing: Usage | None


class PastTurn(Logged, frozen=True, kw_only=True):
    """A turn that ended: what ``why`` tells."""

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
    """Who speaks and who has heard what.

    ``heard``: for each agent, the highest ``upto`` of its turns that ended (a crashed turn heard nothing).
    ``read``: the highest ``upto`` of any turn that started. ``past`` holds the latest turns, oldest first.
    """

    turn: RunningTurn | None = None
    heard: Mapping[ParticipantId, int] = {}
    read: int = 0
    past: tuple[PastTurn, ...] = ()


class Exchange(Logged, frozen=True, kw_only=True):
    """The stretch of conversation since the last stop or reset: what termination conditions look at.

    ``start`` is the seq before its first event, ``at`` the time of its first message. ``agent_turns`` counts turns in
    which something was said, ``since_person`` those since a person last spoke. ``replies`` counts an agent's
    consecutive automatic replies per sender, by `pair` (C4).
    """

    start: int = 0
    at: float | None = None
    messages: int = 0
    agent_turns: int = 0
    since_person: int = 0
    replies: Mapping[str, int] = {}
    usage: Usage = Usage()


def pair(agent: ParticipantId, sender: ParticipantId) -> str:
    """The key of `Exchange.replies`."""
    return f"{agent} to {sender}"


class Transcript(Logged, frozen=True, kw_only=True):
    """Everything that a policy, a termination condition or an agent may look at.

    ``present`` are the participants by id, in the order in which they came; ``known`` also those who left.
    ``seated`` are agents that sat down with their team, ``left`` those that a person sent away. ``unanswered`` are the
    seqs of `open_messages`. ``revision`` grows whenever something older than the newest item changed (an edit, a
    deletion, a reset, a summary), so that a cached view knows that it is stale.
    """

    room: str
    seq: int = 0
    present: Mapping[ParticipantId, Profile] = {}
    known: Mapping[ParticipantId, Profile] = {}
    seated: frozenset[ParticipantId] = frozenset()
    left: frozenset[ParticipantId] = frozenset()
    task: Message | None = None
    messages: tuple[Message, ...] = ()
    runs: tuple[ToolRun, ...] = ()
    questions: tuple[Question, ...] = ()
    unanswered: tuple[int, ...] = ()
    children: Mapping[str, int] = {}
    floor: Floor = Floor()
    exchange: Exchange = field(default=Exchange(), name="episode")  # as snapshots have called it from the beginning
    usage: Mapping[ParticipantId, Usage] = {}
    stopped: Stopped | None = None
    halted: bool = False
    start: int = 0
    summary: Summarised | None = None
    revision: int = 0
    replaced: tuple[Replaced, ...] = ()

    @property
    def last(self) -> Message:
        """The newest message that is no background. Raises LookupError where nobody has said anything."""
        for message in reversed(self.messages):
            if is_news(message):
                return message
        raise LookupError("nobody has said anything in this room")

    @property
    def agents(self) -> tuple[Profile, ...]:
        """The agents present."""
        return tuple([profile for profile in self.present.values() if is_agent(profile.id)])

    @property
    def people(self) -> tuple[Profile, ...]:
        """The people present."""
        return tuple([profile for profile in self.present.values() if is_person(profile.id)])

    @property
    def untouched(self) -> bool:
        """Whether nobody has said anything here yet, before a reset neither: what came before may be recalled."""
        return not self.start and all(message.recalled for message in self.messages)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """Questions without an answer, oldest first."""
        return tuple([question for question in self.questions if question.answer is None]) if self.questions else ()

    def name_of(self, participant: ParticipantId) -> str:
        """What people call this participant."""
        profile = self.known.get(participant)
        return profile.name if profile else participant.rpartition("/")[2].rpartition(":")[2]

    def unheard(self, agent: ParticipantId) -> tuple[Message, ...]:
        """What was said by others, to this agent's ears, since its last turn that ended; oldest first."""
        return self.since(max(self.floor.heard.get(agent, 0), self.start), ears=agent)

    def has_news(self, agent: ParticipantId) -> bool:
        """Whether anything is `unheard` by this agent."""
        seq = max(self.floor.heard.get(agent, 0), self.start)
        for message in reversed(self.messages):
            if message.seq <= seq:
                return False
            if message.by != agent and is_news(message) and message.visible_to(agent):
                return True
        return False

    def since(self, seq: int, *, ears: ParticipantId) -> tuple[Message, ...]:
        """Messages of others above ``seq`` that ``ears`` may see, oldest first."""
        return tuple(
            [
                message
                for message in self.above(seq)
                if message.by != ears and is_news(message) and message.visible_to(ears)
            ]
        )

    def above(self, seq: int) -> tuple[Message, ...]:
        """Messages above ``seq``, oldest first, deleted ones too; the older ones cost nothing."""
        begin = len(self.messages)
        while begin and self.messages[begin - 1].seq > seq:
            begin -= 1
        return self.messages[begin:]

    @property
    def open_messages(self) -> tuple[Message, ...]:
        """Messages that an addressed agent has not heard yet, oldest first.

        A message that addresses no agent is open until an agent that saw it has spoken, or all have passed.
        """
        wanted = set(self.unanswered)
        found: list[Message] = []
        for message in reversed(self.messages):
            if not wanted or message.seq < self.unanswered[0]:
                break
            if message.seq in wanted and not message.deleted:
                found.append(message)
        return tuple(reversed(found))

    def edited_above(self, seq: int) -> tuple[Message, ...]:
        """What edits above ``seq`` changed in its place, as the corrections that they are to whoever had read it."""
        return tuple(
            [
                replace(message, seq=one.edit, corrects=message.corrects or message.seq)
                for one in self.replaced
                if one.edit > seq and (message := self.message(one.message.seq)) is not None
            ]
        )

    def message(self, seq: int) -> Message | None:
        """The message with that seq, if it is still held."""
        for message in reversed(self.messages):
            if message.seq <= seq:
                return message if message.seq == seq else None
        return None


def is_news(message: Message) -> bool:
    """Whether it was said to the room and is still there: neither deleted nor background."""
    return not message.deleted and not message.recalled
