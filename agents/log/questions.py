"""Questions to people: the events by which they are put and answered, and what a transcript keeps of them."""

from typing import Literal, TypeAlias

from agents.log.files import FileRef
from agents.log.logged import Logged
from agents.log.participants import Mention, ParticipantId


class Pending(Logged, frozen=True, kw_only=True):
    """A call that waits for people's answer.

    call: the id that the call has once it starts.
    tool: the tool's name.
    arguments: what it is to be called with, the text of a JSON object.
    digest: a hash of what was shown to them, so that an approval holds for nothing else (see `agents.turn.approvals`).
    files: what lies in the workspace of the code that is asked about; None for a tool, and in questions of the first
        version.
    echo: what the model's endpoint wants back with the call (see `agents.ports.ToolCall`).
    """

    call: str
    tool: str
    arguments: str
    digest: str
    files: tuple[FileRef, ...] | None = None
    echo: str = ""


QuestionKind: TypeAlias = Literal["input", "approval", "speaker", "budget"]
"""What a question is about: a person's word, an approval, who speaks next, or a budget."""

OnDeadline: TypeAlias = Literal["skip", "auto_reply", "stop"]
"""What happens where nobody has answered in time: the asker is skipped, answers by itself, or the room stops."""


class Asked(Logged, frozen=True, kw_only=True):
    """A question to people. It ends the turn, so that nothing waits while they think.

    text: the question, in CommonMark.
    kind: what it is about: a person's word, an approval, who speaks next, or a budget.
    of: who may answer; empty means any person present.
    options: the answers offered as buttons.
    deadline: when it is too late to answer, in seconds since the epoch; None means never.
    on_deadline: what happens then: the asker is skipped, answers by itself, or the conversation stops.
    pending: the call that waits for the answer, if one does.
    audience: who may see it, besides its asker; empty means everybody. A turn that is private fills it in.
    stands_in: the asker stands in for people: what they write is said as its own reply, and the question's text is part
        of the card alone, which no model reads.
    child: the child room, and the seq there, of the question that this one repeats for the people here.

        async def ask_for_a_name(turn: Turn) -> Acts:
            if not turn.answers:
                yield Asked(text="What shall the file be called?", options=("report.md", "notes.md"))
    """

    text: str
    kind: QuestionKind = "input"
    of: tuple[ParticipantId, ...] = ()
    options: tuple[str, ...] = ()
    deadline: float | None = None
    on_deadline: OnDeadline = "skip"
    pending: Pending | None = None
    audience: tuple[ParticipantId, ...] = ()
    stands_in: bool = False
    child: tuple[str, int] | None = None


EXIT = "exit"
"""What people write in answer to a stand-in's question to end the conversation, as in AutoGen; it is no message."""


class Answered(Logged, frozen=True, kw_only=True):
    """An answer to a question, in words or as one of its options; the first one counts.

    question: the seq of the `Asked`.
    text: the answer in words.
    option: the option that was chosen, if one was.
    expired: time was up before anybody answered.
    withdrawn: nobody needs to answer any more, and the card is void; ``text`` then says why, in a sentence for people.
    written: the person wrote the text as a message, which stands in the channel already; else it came by a card.
    mentions: whom the text addresses, and where.
    files: what came with it.
    """

    question: int
    text: str = ""
    option: str | None = None
    expired: bool = False
    withdrawn: bool = False
    written: bool = False
    mentions: tuple[Mention, ...] = ()
    files: tuple[FileRef, ...] = ()


class Answer(Logged, frozen=True, kw_only=True):
    """How a question was answered.

    seq: the number of the answer in the room's log.
    by: who answered.
    text: the answer in words, empty where only an option was chosen.
    option: the option that was chosen, if one was.
    expired: time was up, and nobody had answered.
    withdrawn: nobody needed to answer any more; ``text`` says why.
    at: when it was given, in seconds since the epoch.
    upto: the seq up to which the asker had read when it withdrew the question; None for people's answers.
    edited: the seq of the edit that gave it its words, where a child room had asked; else None.
    """

    seq: int
    by: ParticipantId
    text: str
    option: str | None
    expired: bool
    withdrawn: bool = False
    at: float = 0.0
    upto: int | None = None
    edited: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where the asker's model reads it (see `Message.place`)."""
        return self.seq if self.upto is None else self.upto, self.seq

    @property
    def words(self) -> str:
        """The text, or where there is none the option that was chosen."""
        return self.text or self.option or ""


class Question(Logged, frozen=True, kw_only=True):
    """A question that was put to people; it is open until it has an answer.

    seq: its number in the room's log.
    by: the agent that asks, or `SYSTEM`.
    turn: the seq of the turn in which it was asked; None outside turns.
    asked: the question itself.
    at: when it was asked, in seconds since the epoch.
    heard: the seq up to which its asker had dealt with what others said, before the turn in which it asked.
    answer: the first answer, None while the question is open.
    dealt: its asker has had the floor back with the answer, or does not need it.
    reminded: those who may answer were reminded that it is open.
    upto: the seq up to which its asker had read when it asked; None outside turns.
    """

    seq: int
    by: ParticipantId
    turn: int | None
    asked: Asked
    at: float = 0.0
    heard: int = 0
    answer: Answer | None = None
    dealt: bool = False
    reminded: bool = False
    upto: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where models read it, but its asker's (see `Message.place`), which reads it where it was answered."""
        return self.seq if self.upto is None else self.upto, self.seq

    def visible_to(self, participant: ParticipantId | None) -> bool:
        """Whether the participant may see it; None asks whether everybody may."""
        audience = self.asked.audience
        return not audience or participant in audience or participant == self.by
