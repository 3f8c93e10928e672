"""What can happen in a room: a small closed union of frozen values.

A room is an append-only log of these (see `agents.log.records` for a logged event and its JSON).
"""

from typing import Literal, TypeAlias

from agents.log.files import FileRef
from agents.log.logged import Logged
from agents.log.participants import Mention, ParticipantId


class Usage(Logged, frozen=True, kw_only=True):
    """What model calls cost. ``usd`` is None where the price is unknown; cached tokens are part of the input."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        usd = None if self.usd is None and other.usd is None else (self.usd or 0.0) + (other.usd or 0.0)
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            usd=usd,
        )

    def priced(self, usd: float | None) -> "Usage":
        """The same tokens at that price."""
        return Usage(
            input_tokens=self.input_tokens, cached_tokens=self.cached_tokens, output_tokens=self.output_tokens, usd=usd
        )

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


class Joined(Logged, frozen=True, kw_only=True):
    """``participant`` takes part from here on (C13)."""

    participant: ParticipantId
    name: str
    role: str = ""
    avatar: str = ""
    aliases: tuple[str, ...] = ()


class Left(Logged, frozen=True, kw_only=True):
    """``participant`` takes no part any more."""

    participant: ParticipantId
    reason: str = ""


class Said(Logged, frozen=True, kw_only=True):
    """A message. An empty ``audience`` is everybody; ``partial`` marks words that were interrupted.

    ``recalled`` is its author's name in one that is background: read, never answered. It was said before anybody
    listened here (P13, P14), or by somebody to whom agents only listen (P18).
    """

    text: str
    mentions: tuple[Mention, ...] = ()
    audience: tuple[ParticipantId, ...] = ()
    reply_to: int | None = None
    files: tuple[FileRef, ...] = ()
    handoff: ParticipantId | None = None
    thoughts: str = ""
    partial: bool = False
    recalled: str = ""


class Edited(Logged, frozen=True, kw_only=True):
    """The author gave message ``target`` a new text."""

    target: int
    text: str
    mentions: tuple[Mention, ...] = ()


class Deleted(Logged, frozen=True, kw_only=True):
    """Message ``target`` is gone from every prompt, export and search."""

    target: int


class TurnStarted(Logged, frozen=True, kw_only=True):
    """``speaker`` has the floor, having seen everything up to ``upto``; why it was chosen, and what that cost (C12)."""

    speaker: ParticipantId
    upto: int
    rung: str
    reason: str = ""
    choosing: Usage | None = None


Outcome: TypeAlias = Literal["said", "passed", "asked", "opened", "interrupted", "crashed", "failed"]


class TurnTaken(Logged, frozen=True, kw_only=True):
    """The turn ended. ``usage`` counts failed and interrupted model calls too; ``detail`` explains a failure."""

    outcome: Outcome
    usage: Usage | None = None
    model: str = ""
    detail: str = ""


class ToolCalled(Logged, frozen=True, kw_only=True):
    """A tool starts; written before anything is done. ``arguments`` is the text of a JSON object.

    ``approval`` is the seq of the `Asked` whose approval this start uses up.
    """

    call: str
    tool: str
    arguments: str
    approval: int | None = None


UNKNOWN = "unknown: the process ended while this ran"
"""The result of a call whose process crashed: it is not repeated by itself, the model decides."""


class ToolReturned(Logged, frozen=True, kw_only=True):
    """A tool's result. ``exit_code`` is None where nothing ran as a program."""

    call: str
    output: str
    exit_code: int | None
    files: tuple[FileRef, ...]
    failed: bool = False


class Pending(Logged, frozen=True, kw_only=True):
    """A tool call that waits for approval, bound to ``digest`` (see `agents.turn.approvals`)."""

    call: str
    tool: str
    arguments: str
    digest: str


QuestionKind: TypeAlias = Literal["input", "approval", "speaker", "budget"]
OnDeadline: TypeAlias = Literal["skip", "auto_reply", "stop"]


class Asked(Logged, frozen=True, kw_only=True):
    """A question to people; it ends the turn and holds nothing while they think (C5).

    ``of`` names who may answer, empty = any person present. ``deadline`` is in seconds since the epoch.
    """

    text: str
    kind: QuestionKind = "input"
    of: tuple[ParticipantId, ...] = ()
    options: tuple[str, ...] = ()
    deadline: float | None = None
    on_deadline: OnDeadline = "skip"
    pending: Pending | None = None


class Answered(Logged, frozen=True, kw_only=True):
    """The answer to question ``question``; only the first one counts. ``expired``: time was up, nobody answered."""

    question: int
    text: str = ""
    option: str | None = None
    expired: bool = False


class Opened(Logged, frozen=True, kw_only=True):
    """A child room holds a conversation of its own; its stop is the answer to this turn."""

    child: str
    task: str = ""


StopKind: TypeAlias = Literal["termination", "limit", "person", "graph", "human_input", "error"]


class Stopped(Logged, frozen=True, kw_only=True):
    """The conversation ends here, with its reason; it continues when a person speaks again (C19)."""

    reason: str
    kind: StopKind = "termination"


class Halted(Logged, frozen=True, kw_only=True):
    """Nothing is sent and nobody speaks until `Resumed`. In a workspace's or the installation's log: all its rooms."""

    reason: str = ""


class Resumed(Logged, frozen=True, kw_only=True):
    """The halt of this log is lifted."""


class Reset(Logged, frozen=True, kw_only=True):
    """Agents read from here on; the log keeps what came before (C28)."""


class Summarised(Logged, frozen=True, kw_only=True):
    """``text`` stands for everything up to ``upto`` in what models read."""

    upto: int
    text: str


Event: TypeAlias = (
    Joined | Left | Said | Edited | Deleted | TurnStarted | TurnTaken | ToolCalled | ToolReturned
    | Asked | Answered | Opened | Stopped | Halted | Resumed | Reset | Summarised
)  # fmt: skip
