"""The room as policies and agents see it: a frozen value, made of the room's log by `agents.log.fold.fold`.

The same records always make the same transcript. One may be saved at any point and go on from there
(`agents.log.snapshots`). Only the newest messages, tool runs and questions are held, 500 to 750 of each; counters cover
the whole log.
"""

from collections.abc import Mapping

from msgspec import field
from msgspec.structs import replace

from agents.log.code_blocks import has_code
from agents.log.events import Json, Stopped, Summarised, Usage
from agents.log.files import FileRef
from agents.log.logged import Logged
from agents.log.participants import Mention, ParticipantId, Profile, is_agent, is_person, short_name
from agents.log.questions import Answer as Answer
from agents.log.questions import Question as Question
from agents.log.turns import Child as Child
from agents.log.turns import Exchange
from agents.log.turns import Floor as Floor
from agents.log.turns import PastTurn as PastTurn
from agents.log.turns import Rest as Rest
from agents.log.turns import ToolRun as ToolRun
from agents.log.turns import pair as pair

ANSWERED = "answered"
"""The rung of an agent that gets the floor back because its question was answered; no policy chose it."""


class Message(Logged, frozen=True, kw_only=True):
    """Something said.

    seq: its number in the room's log.
    at: when it was said, in seconds since the epoch.
    by: who said it, by id: ``agent:coder``; compare ``name`` where you mean the short name ``coder``.
    text: what was said, in CommonMark; empty where it was deleted.
    mentions: whom the text addresses, and where.
    addressed: the participants mentioned, in the order of the text, and the author of the message that it replies to.
    audience: who may see it, besides its author; empty means everybody.
    files: what is attached.
    handoff: the agent to whom its author hands over.
    reply_to: the seq of the message that it answers, if it answers one in particular.
    turn: the seq of the agent's turn in which it was said; None for a person's message.
    partial: its author was interrupted, so the text breaks off.
    deleted: it is gone; it addresses nobody any more.
    recalled: it is background, which is read and never answered (see `agents.log.events.Said`).
    corrects: the seq of the message that it is a new version of, edited after agents had read it.
    upto: the seq up to which its author had read when it began to speak; None for a person's message.
    spoken_by: the person whose words they are, where an agent that stands in for people was given them.
    result: the id of its author's call whose result the text repeats; empty in every other message.

        def runner_follows_code(transcript: Transcript) -> str | None:
            message = transcript.last
            return "runner" if message.name == "coder" and message.code else None
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
    upto: int | None = None
    spoken_by: ParticipantId | None = None
    result: str = ""

    @property
    def name(self) -> str:
        """Its author's short name, by which teams call their agents: ``coder`` where ``by`` is ``agent:coder``."""
        return short_name(self.by)

    @property
    def person(self) -> ParticipantId | None:
        """The person whose words they are, also where an agent stands in for people; None for an agent's own words."""
        return self.by if is_person(self.by) else self.spoken_by

    @property
    def code(self) -> bool:
        """Whether it holds a fenced block that could be run."""
        return has_code(self.text)

    @property
    def place(self) -> tuple[int, int]:
        """Where models read it: what an agent says comes after all that it had read, and before what it had not."""
        return self.seq if self.upto is None else self.upto, self.seq

    def visible_to(self, participant: ParticipantId | None) -> bool:
        """Whether the participant may see it, as its author always may; None asks whether everybody may."""
        return not self.audience or participant in self.audience or participant == self.by


class Replaced(Logged, frozen=True, kw_only=True):
    """A message as it was before ``edit``, the seq of an `Edited`, changed it in its place: nobody had read it.

    It is kept until the next turn starts, which may have begun to read before the edit came (see `agents.log.fold`).
    """

    edit: int
    message: Message


class Note(Logged, frozen=True, kw_only=True):
    """What was noted under one key: its ``value``, and the ``sources``, messages by their seqs, it was made from.

    ``seq`` is its number in the room's log, and ``by`` is who noted it.
    """

    seq: int
    by: ParticipantId
    value: Json
    sources: tuple[int, ...] = ()


class Transcript(Logged, frozen=True, kw_only=True):
    """Everything that a policy, a termination condition or an agent may look at.

    room: the room's name.
    seq: the number of the newest record that is part of it.
    present: who takes part now, by id, in the order in which they came.
    known: who takes or took part, and authors of background, by id.
    seated: the agents present that came with the room's team, rather than by a person's invitation.
    left: the agents that a person sent away, so that their team does not bring them back.
    task: the first message of a person since the last reset; it is held however old it is.
    messages: what was said, oldest first; deleted messages and background too.
    runs: calls of tools and runs of code, oldest first.
    questions: questions to people, answered ones too, oldest first.
    unanswered: the seqs of `open_messages`.
    children: the child rooms that were opened here, by name, oldest first.
    notes: the room's facts by their keys, as they were noted last (see `agents.log.events.Noted`).
    floor: whose turn it is, and who has read what.
    exchange: the stretch of conversation that terminations look at.
    former: the exchange before, as long as a turn may still belong to it; see `judged`.
    ended: the seq of the last stop or reset, or the one before the message with which the conversation went on.
    usage: what each agent's turns have cost, choosing it included, since the room began, and under `SYSTEM` what it
        has cost to find that nobody speaks.
    stopped: why the conversation stopped; None while it goes on.
    halted: this room's own log holds a halt. Halts in the logs above it are not counted here.
    start: the seq of the last reset, 0 where there was none; agents read what comes after it.
    summary: what models read instead of everything up to its seq.
    revision: grows whenever something older than the newest item changes (an edit, a deletion, a reset, a summary), so
        that whoever keeps something made of older items knows that it is stale.
    replaced: what edits changed in its place since the last turn started; that turn may turn out to have read it.

        def who(transcript: Transcript) -> str:
            agents = ", ".join(profile.name for profile in transcript.agents)
            return f"{transcript.last.name} wrote {transcript.last.text!r}; here are {agents}."
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
    children: Mapping[str, Child] = {}
    notes: Mapping[str, Note] = {}
    floor: Floor = Floor()
    exchange: Exchange = field(default=Exchange(), name="episode")  # as older snapshots call it
    former: Exchange | None = None
    ended: int = 0
    usage: Mapping[ParticipantId, Usage] = {}
    stopped: Stopped | None = None
    halted: bool = False
    start: int = 0
    summary: Summarised | None = None
    revision: int = 0
    replaced: tuple[Replaced, ...] = ()

    @property
    def last(self) -> Message:
        """The newest message that is neither deleted nor background. Raises LookupError where there is none."""
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
        """Whether nobody has said anything here, not even before a reset; only then may background be added."""
        return not self.start and all(message.recalled for message in self.messages)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """Questions without an answer, oldest first."""
        return tuple([question for question in self.questions if question.answer is None]) if self.questions else ()

    def note(self, key: str, default: Json = None) -> Json:
        """What was noted under this key last, or the default."""
        note = self.notes.get(key)
        return default if note is None else note.value

    def name_of(self, participant: ParticipantId) -> str:
        """What people call this participant."""
        profile = self.known.get(participant)
        return profile.name if profile else participant.rpartition("/")[2].rpartition(":")[2]

    def handoff_to(self, person: ParticipantId) -> Message | None:
        """The newest message of others, where it hands the floor to this person: their words answer it."""
        newest = next((one for one in reversed(self.messages) if is_news(one) and one.by != person), None)
        return newest if newest is not None and newest.handoff == person and newest.seq > self.start else None

    def unheard(self, agent: ParticipantId) -> tuple[Message, ...]:
        """What others said, and this agent may see, that was new since its last turn that ended; oldest first."""
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
        """Messages of others with a higher seq that the participant ``ears`` may see, oldest first."""
        return tuple(
            [
                message
                for message in self.above(seq)
                if message.by != ears and is_news(message) and message.visible_to(ears)
            ]
        )

    def above(self, seq: int) -> tuple[Message, ...]:
        """Messages with a higher seq, oldest first, deleted ones too. Only those are looked at."""
        begin = len(self.messages)
        while begin and self.messages[begin - 1].seq > seq:
            begin -= 1
        return self.messages[begin:]

    @property
    def open_messages(self) -> tuple[Message, ...]:
        """Messages that still wait for an agent, oldest first.

        One that addresses agents waits until each of them has had a turn that read it; one that addresses none, until
        an agent that read it has spoken, or all who may see it have passed.
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

    @property
    def judged(self) -> "Transcript":
        """What the end of the conversation is judged on: the room as the newest turn had read it.

        It differs only where a person spoke while that turn ran. Its words then belong to the exchange before, and
        what the person said is left out: an end that the turn brings about cannot be about that.
        """
        past = self.floor.past
        if self.former is None or not past or past[-1].upto > self.exchange.start:
            return self
        upto = past[-1].upto
        messages = tuple([one for one in self.messages if (one.seq if one.upto is None else one.upto) <= upto])
        return replace(self, exchange=self.former, former=None, messages=messages)

    def in_exchange(self, spoken: Message | ToolRun) -> bool:
        """Whether this belongs to the present exchange: said in it, and in a turn that had read its beginning."""
        start = self.exchange.start
        return spoken.seq > start and (spoken.upto is None or spoken.upto > start)

    def seen_by(self, participant: ParticipantId) -> "Transcript":
        """The transcript without what is private to others: messages, tool runs, questions, and notes made of those."""
        hidden = {one.seq for one in self.messages if one.audience and not one.visible_to(participant)}
        notes = {
            key: note for key, note in self.notes.items() if note.by == participant or hidden.isdisjoint(note.sources)
        }
        return replace(
            self,
            task=self.task if self.task is None or self.task.visible_to(participant) else None,
            messages=tuple([one for one in self.messages if one.seq not in hidden]) if hidden else self.messages,
            replaced=tuple([one for one in self.replaced if one.message.visible_to(participant)]),
            runs=tuple([one for one in self.runs if one.visible_to(participant)]),
            questions=tuple([one for one in self.questions if one.visible_to(participant)]),
            notes=notes,
        )

    def message(self, seq: int) -> Message | None:
        """The message with that seq, if it is still held."""
        for message in reversed(self.messages):
            if message.seq <= seq:
                return message if message.seq == seq else None
        return None


def is_news(message: Message) -> bool:
    """Whether it can be news to anybody: neither deleted nor background."""
    return not message.deleted and not message.recalled
