"""The events by which people are asked, and answer; the others are in `agents.log.events`."""

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
    """

    call: str
    tool: str
    arguments: str
    digest: str
    files: tuple[FileRef, ...] | None = None


QuestionKind: TypeAlias = Literal["input", "approval", "speaker", "budget"]
OnDeadline: TypeAlias = Literal["skip", "auto_reply", "stop"]


class Asked(Logged, frozen=True, kw_only=True):
    """A question to people. It ends the turn, so that nothing waits while they think.

    text: the question, in CommonMark.
    kind: what it is about: a person's word, an approval, who speaks next, or a budget.
    of: who may answer; empty means any person present.
    options: the answers offered as buttons.
    deadline: when it is too late to answer, in seconds since the epoch; None means never.
    on_deadline: what happens then: the asker is skipped, answers by itself, or the conversation stops.
    pending: the call that waits for the answer, if one does.
    stands_in: the asker stands in for people: what they write is said as its own reply, and the question's text is part
        of the card alone, which no model reads.
    child: the child room, and the seq there, of the question that this one repeats for the people here.
    """

    text: str
    kind: QuestionKind = "input"
    of: tuple[ParticipantId, ...] = ()
    options: tuple[str, ...] = ()
    deadline: float | None = None
    on_deadline: OnDeadline = "skip"
    pending: Pending | None = None
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
