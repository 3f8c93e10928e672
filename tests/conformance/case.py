"""What a case is made of: plain values that say who takes part, what is done, and by which rules.

Nothing here knows an implementation; the standard library is all that is imported, because the references' drivers run
in environments without ours.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Literal, TypeAlias, TypedDict, Unpack

PERSON = "ana"
"""Who gives the tasks in every case."""

Mode: TypeAlias = Literal["NEVER", "TERMINATE", "ALWAYS"]

Trigger: TypeAlias = Literal["always", "never"] | str
"""When a reply is tried: always, never, or on messages of the agent of that name."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply function, registered on top of an agent's usual ones: it says ``text``, or passes on where that is None.

    ``on`` is when it is tried, ``place`` where in the chain: before all, right after the check with people, or last.
    """

    text: str | None
    on: Trigger = "always"
    place: Literal["first", "after check", "last"] = "first"


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Who takes part.

    name: its name.
    kind: what makes its replies: a model, people alone (it stands in for them), or a sandbox.
    says: its model's answers, one a turn; after the last one, and without any, it says ``A1``, ``A2`` … by its name.
    mode: when people are asked before it replies, as AutoGen calls it.
    limit: how often it may reply to one sender without people.
    people: what people answer, one each time they are asked; after the last one nobody answers.
    replies: reply functions, registered in this order.
    hands_to: whom it may hand over to; a text ``-> bob`` in ``says`` is the call that does it, ``-> bob & carl``
        are two at once.
    """

    name: str
    kind: Literal["model", "proxy", "runner"] = "model"
    says: tuple[str, ...] = ()
    mode: Mode = "NEVER"
    limit: int | None = None
    people: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    hands_to: tuple[str, ...] = ()

    def word(self, turn: int) -> str:
        """What its model says in that turn, the first is 0."""
        return self.says[turn] if turn < len(self.says) else f"{self.name.upper()}{turn + 1}"


class Model(TypedDict, total=False):
    """What `talker` takes besides: fields of `Agent`."""

    mode: Mode
    limit: int | None
    people: tuple[str, ...]
    replies: tuple[Reply, ...]
    hands_to: tuple[str, ...]


def talker(name: str, *says: str, **more: Unpack[Model]) -> Agent:
    """An agent with a scripted model."""
    return Agent(name=name, says=says, **more)


def proxy(
    name: str, *people: str, mode: Mode = "ALWAYS", limit: int | None = None, replies: tuple[Reply, ...] = ()
) -> Agent:
    """A stand-in for people, who answer these texts."""
    return Agent(name=name, kind="proxy", people=people, mode=mode, limit=limit, replies=replies)


def runner(name: str = "runner") -> Agent:
    """An agent that runs code."""
    return Agent(name=name, kind="runner")


@dataclass(frozen=True, kw_only=True)
class Round:
    """One after the other."""


@dataclass(frozen=True, kw_only=True)
class Chat:
    """Two agents in turns: the task stands for the first message of the first agent, so the second one begins."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A model chooses, with these ``answers``; ``repeats`` allows the last speaker. ``graph`` narrows the choice."""

    answers: tuple[str, ...] = ()
    repeats: bool = True
    graph: "Graph | None" = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A function chooses, by the last speaker: an agent, a way of choosing (``auto``), or None.

    ``answers`` are the choosing model's, where it comes to that. ``awaited`` makes it an async function.
    """

    after: Mapping[str, str | None]
    answers: tuple[str, ...] = ()
    awaited: bool = False


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Who may speak after whom, or who may not; among several it is the next in the round."""

    after: Mapping[str, tuple[str, ...]]
    disallowed: bool = False


@dataclass(frozen=True, kw_only=True)
class Edge:
    """From one agent to another, where its message contains ``when`` (None: always)."""

    source: str
    target: str
    when: str | None = None


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A directed graph that is walked from its first agent; ``joins`` are those that begin with the first one done."""

    edges: tuple[Edge, ...]
    any_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Handoffs:
    """Whoever was handed over to, beginning with the first agent."""


Speakers: TypeAlias = Round | Chat | Chosen | Table | Graph | Flow | Handoffs


@dataclass(frozen=True, kw_only=True)
class End:
    """A condition that ends it; ``a & b`` and ``a | b`` compose.

    kind: what it looks at. ``turns`` counts agents' turns after the task and ``messages`` counts the task too; ``text``
        is a text in a message (``by`` one agent, if given); ``speaker`` is who spoke last, ``handoff`` to whom the
        floor was given.
    """

    kind: Literal["turns", "messages", "text", "speaker", "handoff", "and", "or"]
    of: "int | str | tuple[End, End]"
    by: str = ""

    @property
    def leaves(self) -> "tuple[End, ...]":
        """The conditions in it, without what joins them."""
        return tuple(leaf for one in self.of for leaf in one.leaves) if isinstance(self.of, tuple) else (self,)

    def __and__(self, other: "End") -> "End":
        return End(kind="and", of=(self, other))

    def __or__(self, other: "End") -> "End":
        return End(kind="or", of=(self, other))


def turns(n: int) -> End:
    """So many agents' turns since the task."""
    return End(kind="turns", of=n)


def messages(n: int) -> End:
    """So many messages, the task among them."""
    return End(kind="messages", of=n)


def text(words: str, by: str = "") -> End:
    """A message contains these words."""
    return End(kind="text", of=words, by=by)


REFERENCES = ("0.2.40", "0.7.5")
"""The versions of autogen-agentchat that ours is compared with."""

Compared: TypeAlias = Literal["said", "speakers", "stop", "asked", "choosing", "ran", "reads"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One behaviour.

    name: unique; words with hyphens.
    about: one sentence on what is tried.
    agents: who takes part, in the team's order.
    speakers: who speaks next.
    ends: when it ends; every case ends, or comes to rest, by itself.
    tasks: what the person says; the next one when the one before has come to its end.
    restarts: between the tasks everything is saved, and a new process loads it.
    reads: the agents whose prompts are observed.
    exits: how programs end, by their code: exit code and output; without a line here, 0 and nothing.
    compared: what of the observation is compared.
    cannot: by reference (or ``ours``), why the case cannot be expressed there.
    deviates: by reference, why ours differs from it on purpose, in a sentence for its users.
    finding: what ours should do and does not do yet; the case is expected to fail until then.
    ours: what ours gives where it differs from all references: fields of the observation.
    """

    name: str
    about: str
    agents: tuple[Agent, ...]
    speakers: Speakers = Round()
    ends: End | None = None
    tasks: tuple[str, ...] = ("task",)
    restarts: bool = False
    reads: tuple[str, ...] = ()
    exits: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    compared: tuple[Compared, ...] = ("said", "stop", "asked", "choosing", "ran", "reads")
    cannot: Mapping[str, str] = field(default_factory=dict[str, str])
    deviates: Mapping[str, str] = field(default_factory=dict[str, str])
    finding: str = ""
    ours: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def digest(self) -> str:
        """Names what is done, so that a reference's answer is known to be about this very case."""
        done = {key: value for key, value in asdict(self).items() if key not in _NOT_DONE}
        kinds = [type(self.speakers).__name__, *sorted(self.cannot)]
        return sha256(json.dumps([kinds, done], sort_keys=True).encode()).hexdigest()[:12]


class Notes(TypedDict, total=False):
    """What a file's own short forms of `Case` take besides: what is said of a case, and not done."""

    cannot: Mapping[str, str]
    deviates: Mapping[str, str]
    finding: str
    ours: Mapping[str, object]


class Doings(Notes, total=False):
    """The same with what is done."""

    agents: tuple[Agent, ...]
    speakers: Speakers
    ends: End | None
    tasks: tuple[str, ...]
    reads: tuple[str, ...]
    exits: Mapping[str, tuple[int, str]]


_NOT_DONE = ("about", "compared", "cannot", "deviates", "finding", "ours")
