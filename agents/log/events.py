"""What can happen in a room: a closed union of frozen values (see `agents.log.records` for their JSON)."""

from typing import Literal, TypeAlias

from agents.log.files import FileRef
from agents.log.logged import Logged
from agents.log.participants import Mention, ParticipantId
from agents.log.questions import EXIT as EXIT
from agents.log.questions import Answered as Answered
from agents.log.questions import Asked as Asked
from agents.log.questions import OnDeadline as OnDeadline
from agents.log.questions import Pending as Pending
from agents.log.questions import QuestionKind as QuestionKind
from agents.log.usage import Usage as Usage


class Joined(Logged, frozen=True, kw_only=True):
    """A participant takes part from here on. Joining again gives them a new face.

    participant: their id, under which everything that they do is logged.
    name: what people call them.
    role: one line on what they are good for; people read it, and models that choose who speaks next.
    avatar: an emoji code (``:compass:``), the URL of an image, or empty.
    aliases: other names by which a text may address them.
    """

    participant: ParticipantId
    name: str
    role: str = ""
    avatar: str = ""
    aliases: tuple[str, ...] = ()


class Left(Logged, frozen=True, kw_only=True):
    """``participant`` takes no part any more; ``reason`` is a sentence for people."""

    participant: ParticipantId
    reason: str = ""


class Said(Logged, frozen=True, kw_only=True):
    """A message.

    text: what was said, in CommonMark.
    mentions: whom the text addresses, and where.
    audience: who may see it, besides its author; empty means everybody, but in a turn that answers a private message
        whoever sees that; `EVERYBODY` among them says "to all" there too.
    reply_to: the seq of the message that it answers, if it answers one in particular.
    files: what is attached.
    handoff: the agent to whom its author hands over.
    thoughts: what the model thought before it spoke, and what it wrote in others' names; no part of what was said.
    partial: the text breaks off, because its author was interrupted or, if ``cut``, reached a length limit.
    cut: its author's model reached the length that its answers may have.
    recalled: the author's name, in a message that is background; empty in every other. Background is read and never
        answered: it was said before an agent listened here, or by somebody to whom agents may only listen.
    result: the id of the author's call whose result the text repeats for other agents; empty in every other message.
        People are shown the result itself, and not these words.

        def whisper(transcript: Transcript) -> Said:
            return Said(text="Only you can read this.", audience=(transcript.last.by,))

        private = function_agent("private", whisper)
    """

    text: str
    mentions: tuple[Mention, ...] = ()
    audience: tuple[ParticipantId, ...] = ()
    reply_to: int | None = None
    files: tuple[FileRef, ...] = ()
    handoff: ParticipantId | None = None
    thoughts: str = ""
    partial: bool = False
    cut: bool = False
    recalled: str = ""
    result: str = ""


class Edited(Logged, frozen=True, kw_only=True):
    """The author of the message with the seq ``target`` gave it a new text."""

    target: int
    text: str
    mentions: tuple[Mention, ...] = ()


class Deleted(Logged, frozen=True, kw_only=True):
    """The message with the seq ``target`` is gone from every prompt, export and search."""

    target: int


class TurnStarted(Logged, frozen=True, kw_only=True):
    """An agent gets the floor.

    speaker: the agent.
    upto: the seq up to which it reads; what is said later is news to it.
    rung: the name of the rule that chose it: ``mentioned``, ``handoff``, ``round_robin``, ``auto`` ...
    reason: why it was chosen, in words for people.
    choosing: what choosing cost, where a model was asked.
    audience: who may see what the agent does in this turn, besides itself, because it answers a private message; empty
        means everybody.
    """

    speaker: ParticipantId
    upto: int
    rung: str
    reason: str = ""
    choosing: Usage | None = None
    audience: tuple[ParticipantId, ...] = ()


Outcome: TypeAlias = Literal["said", "passed", "asked", "opened", "interrupted", "crashed", "failed"]
"""How a turn ended."""


class TurnTaken(Logged, frozen=True, kw_only=True):
    """The turn ended.

    ``usage`` counts failed and interrupted model calls too, ``model`` names the last one that was asked, and
    ``detail`` says in words why a turn failed, crashed or was interrupted.
    """

    outcome: Outcome
    usage: Usage | None = None
    model: str = ""
    detail: str = ""


class ToolCalled(Logged, frozen=True, kw_only=True):
    """A tool starts; this is written before anything is done, so that a crash does not make it start twice.

    call: the id under which its result comes back.
    tool: the tool's name.
    arguments: what it is called with, the text of a JSON object.
    approval: the seq of the `Asked` whose approval this start uses up.
    echo: what the model's endpoint wants back with the call (see `agents.ports.ToolCall`).
    """

    call: str
    tool: str
    arguments: str
    approval: int | None = None
    echo: str = ""


UNKNOWN = "unknown: the process ended while this ran"
"""What a model reads as the result of a call whose process crashed. Nothing repeats it by itself: the model decides."""


class ToolReturned(Logged, frozen=True, kw_only=True):
    """A tool's result.

    call: the id of the `ToolCalled` that it ends.
    output: what came out, as the model reads it.
    exit_code: the program's; None where nothing ran as a program.
    files: what it made.
    failed: the output says what went wrong.
    unknown: the process ended while the call ran, so nobody knows what came of it; ``output`` is then `UNKNOWN`.
    """

    call: str
    output: str
    exit_code: int | None
    files: tuple[FileRef, ...]
    failed: bool = False
    unknown: bool = False


Json: TypeAlias = bool | int | float | str | list[object] | dict[str, object] | None
"""What a note may hold: whatever JSON can say."""


class Noted(Logged, frozen=True, kw_only=True):
    """A small fact of the room, kept however much is said after it: a board, a counter, a plan.

    key: its name; a later note of the same name takes its place.
    value: what JSON can hold; None takes the note away.
    sources: the seqs of the messages that it was made from; when one of them is deleted, the note is gone too. None
        means whatever the turn had newly read, which is filled in when the note is written.

        def count(transcript: Transcript) -> list[str | Noted]:
            note = transcript.notes.get("count")
            number = note.value + 1 if note and isinstance(note.value, int) else 1
            return [f"That is number {number}.", Noted(key="count", value=number)]
    """

    key: str
    value: Json
    sources: tuple[int, ...] | None = None


class Opened(Logged, frozen=True, kw_only=True):
    """A child room holds a conversation of its own: a question that a room answers instead of a person.

    child: the child room's name; empty until it is written, when it gets one.
    task: what is said there first.
    team: the key under which the opener knows the team that works there.
    background: the seqs of messages of this room that the child is given to read, without having to answer them.
    sources: the seqs of the messages that the task was made from, filled in like those of a `Noted`.
    join: whether whoever opened several at once waits for ``all`` of them, or for ``any``: the others are then stopped.

        async def have_it_checked(turn: Turn) -> Acts:
            if turn.closed:
                yield Said(text=" ".join(child.answer.text for child in turn.closed.values() if child.answer))
            elif turn.news:
                yield Opened(task=turn.news[-1].text, team="checkers")

        checkers = {"checkers": Team(agents=[critic])}
        checked = Conversable(profile=critic.profile, replies=(have_it_checked,), teams=checkers)
    """

    child: str = ""
    task: str = ""
    team: str = ""
    background: tuple[int, ...] = ()
    sources: tuple[int, ...] | None = None
    join: Literal["all", "any"] = "all"


class Closed(Logged, frozen=True, kw_only=True):
    """The child room has come to its end; this is its answer to the room that opened it.

    child: the child room's name.
    text: what it came to: its last words.
    files: what it made.
    reason: why it ended, as a sentence; empty where it simply had nothing left to do.
    usage: what it has cost, with all rooms below it.
    turns: how many turns its agents took, with all rooms below it.
    """

    child: str
    text: str = ""
    files: tuple[FileRef, ...] = ()
    reason: str = ""
    usage: Usage | None = None
    turns: int = 0


class Rested(Logged, frozen=True, kw_only=True):
    """Nobody speaks, and why.

    It is written only where choosing has cost something or a person's message stays without the answer that it wanted,
    which people are told once. It counts for nothing and wakes nobody.

    upto: the seq of the newest message that was decided about.
    rung: the name of the rule that decided; empty where it was too late to follow a choice, which then is made anew.
    reason: why nobody speaks, as a sentence for people.
    choosing: what deciding has cost, where a model was asked.
    unanswered: a person's message stays without the answer that it wanted, so people are told the reason.
    """

    upto: int
    rung: str = ""
    reason: str = ""
    choosing: Usage | None = None
    unanswered: bool = False


StopKind: TypeAlias = Literal["termination", "limit", "person", "graph", "human_input", "error"]
"""What sort of end it is: a condition, a limit, a person, a transition graph, an unanswered question, an error."""


class Stopped(Logged, frozen=True, kw_only=True):
    """The conversation ends here, for a reason in words; it goes on when a person speaks again.

    AutoGen's group chat ends for good; one in a channel rests, because people go on writing there. ``upto`` is the seq
    of the newest record when it was decided: what a person said after it is not stopped. None stops all.

        async def guard(turn: Turn) -> Acts:
            if "secret" in turn.heard.last.text:
                yield Stopped(reason="The guard ended the conversation.")
    """

    reason: str
    kind: StopKind = "termination"
    upto: int | None = None


class Halted(Logged, frozen=True, kw_only=True):
    """Nothing is sent and nobody speaks until `Resumed`.

    In the log of a channel, a workspace or the installation it holds for all rooms there (see `RoomId.above`).
    """

    reason: str = ""


class Resumed(Logged, frozen=True, kw_only=True):
    """The halt in this log is over; one in a log above it holds on."""


class Reset(Logged, frozen=True, kw_only=True):
    """Agents begin anew: they read nothing of what came before. The log keeps it, for people."""


class Summarised(Logged, frozen=True, kw_only=True):
    """In what models read, ``text`` stands in for everything up to the seq ``upto``."""

    upto: int
    text: str


Event: TypeAlias = (
    Joined | Left | Said | Edited | Deleted | TurnStarted | TurnTaken | ToolCalled | ToolReturned
    | Asked | Answered | Noted | Opened | Closed | Rested | Stopped | Halted | Resumed | Reset | Summarised
)  # fmt: skip
"""Everything that can happen in a room."""
