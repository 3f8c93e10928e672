"""What one agent's model reads: the transcript as prompt messages.

Each message names its speaker, only what the agent may see is there, and a tool call is never parted from its result.
What somebody said while an agent's answer was being written comes after that answer, which had not read it.
What is too long is cut in steps of a quarter, so that the prompt begins with the same words in most calls: providers
cache a prompt by its beginning.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias, assert_never

from msgspec import Struct

from agents.log.names import addressable
from agents.log.participants import ParticipantId, Profile, is_agent
from agents.log.transcript import Message, Question, ToolRun, Transcript
from agents.ports import ModelMessage, ToolCall, ToolSchema, call_of, estimated_schemas, estimated_tokens
from agents.turn.message_text import Heard, RoomNames, text_of

Cut: TypeAlias = Callable[[Sequence[int], int], Sequence[tuple[int, int]]]
"""Chooses what of a conversation a model reads.

It is given the running total of estimated tokens after each item, and the estimated tokens of the rest of the request
(instructions, tool schemas). It returns the ranges ``(begin, end)`` of items to show, in order, ``end`` not included.
An item is a message, a tool call with its result, or a question."""


class Preamble(Struct, frozen=True, kw_only=True):
    """What stands before the conversation in a request: the ``system`` message and the ``tools`` that may be called.

    ``tokens`` is what both take, estimated.
    """

    system: ModelMessage
    tools: tuple[ToolSchema, ...]
    tokens: int


def preamble(system: str, tools: tuple[ToolSchema, ...]) -> Preamble:
    """Make a `Preamble` of the text of the system message and of what the model may call."""
    tokens = estimated_tokens(system) + estimated_schemas(tools)
    return Preamble(system=ModelMessage(role="system", text=system), tools=tools, tokens=tokens)


def everything(totals: Sequence[int], besides: int) -> Sequence[tuple[int, int]]:
    """A `Cut` that shows all that the transcript holds: ``assistant("archivist", view=everything)``."""
    return ((0, len(totals)),)


def last(n: int) -> Cut:
    """A `Cut` that shows at most the newest ``n`` items.

    It shows at least three quarters of so many, where there are that many.

        helper = assistant("helper", view=last(50))
    """

    def cut(totals: Sequence[int], besides: int) -> Sequence[tuple[int, int]]:
        over = len(totals) - n
        return ((_stepped(over, n) if over > 0 else 0, len(totals)),)

    return cut


def head_and_tail(head: int, tail: int) -> Cut:
    """A `Cut` that shows the first ``head`` items and at most the newest ``tail`` ones.

    Of the newest ones it shows at least three quarters of so many, where there are that many.

        helper = assistant("helper", view=head_and_tail(3, 40))
    """

    def cut(totals: Sequence[int], besides: int) -> Sequence[tuple[int, int]]:
        over = len(totals) - head - tail
        if over <= 0:
            return ((0, len(totals)),)
        return ((0, head), (head + _stepped(over, tail), len(totals)))

    return cut


def token_budget(tokens: int) -> Cut:
    """A `Cut` that shows the newest items that fit, with the rest of the request, into so many estimated tokens.

    It shows at least about three quarters of those that would fit, and always the newest one.

        helper = assistant("helper", view=token_budget(8_000))
    """

    def cut(totals: Sequence[int], besides: int) -> Sequence[tuple[int, int]]:
        over = (totals[-1] if totals else 0) + besides - tokens
        begin = bisect_left(totals, _stepped(over, tokens)) + 1 if over > 0 else 0
        return ((min(begin, max(len(totals) - 1, 0)), len(totals)),)

    return cut


def within(cut: Cut, tokens: int) -> Cut:
    """What ``cut`` shows, without the oldest of it where the request would have more than so many estimated tokens.

    helper = assistant("helper", view=within(head_and_tail(3, 40), 8_000))
    """
    fitting = token_budget(tokens)

    def both(totals: Sequence[int], besides: int) -> Sequence[tuple[int, int]]:
        shown = [(begin, end) for begin, end in cut(totals, besides) if begin < end]
        size = sum(totals[end - 1] - (totals[begin - 1] if begin else 0) for begin, end in shown)
        if size + besides <= tokens:
            return shown
        ((first, _),) = fitting(totals, besides)
        return [(max(begin, first), end) for begin, end in shown]

    return both


def _stepped(over: int, size: int) -> int:
    """How much to cut where at least ``over`` is too much: a whole number of quarters of ``size``.

    Cutting exactly ``over`` would move the beginning of the prompt with every message, and no provider could use what
    it has cached of the prompt before. With quarters it moves once in many calls.
    """
    step = max(size // 4, 1)
    return -(-over // step) * step


DEFAULT_CUT = token_budget(24_000)
"""What an agent's model reads where the agent says nothing else."""

INTERRUPTED = "user interrupted"
"""How the result of a call begins that waited for a person who wrote something else; the words are AutoGen's."""

LONGEST_RESULT = 16_000
"""How many characters of a tool's result a model reads; of a longer one it reads the beginning and the end."""


Item: TypeAlias = Message | ToolRun | Question

Place: TypeAlias = tuple[int, int]
"""Where an item stands in a prompt: the seq up to which its author had read, and its own (see `Message.place`)."""

NOWHERE: Place = (-1, -1)


class View:
    """One agent's prompt in one room, kept up to date while the transcript grows.

    It is a cache: after an edit, a deletion, a reset, a summary or a change of somebody's name it is built anew.
    """

    def __init__(self, agent: ParticipantId, heard: Heard | None = None):
        self._agent, self._heard = agent, heard or Heard()
        self._preamble: Preamble | None = None
        self._of: object = None
        self._present: Mapping[ParticipantId, Profile] | None = None
        self._known: Mapping[ParticipantId, Profile] | None = None
        self._named_by: Mapping[ParticipantId, Profile] | None = None
        self._others = self._made_for = tuple[Profile]()
        self._forget(Transcript(room=""))

    def _forget(self, transcript: Transcript) -> None:
        self._revision, self._names, self._room = transcript.revision, self._heard.names.revision, transcript.room
        self._begin = max(transcript.start, transcript.summary.upto if transcript.summary else 0)
        self._upto = self._seq = self._begin  # everything is there whose place is up to the first, logged to the second
        self._last, self._turn = NOWHERE, 0  # the place of the newest item, and the newest turn that had called a tool
        self._totals: list[int] = []
        self._starts: list[int] = []
        self._flat: list[ModelMessage] = []

    def others(self, transcript: Transcript) -> tuple[Profile, ...]:
        """Whom the agent may address (see `agents.log.names`); kept until somebody comes, goes or changes."""
        if transcript.present is not self._present or transcript.known is not self._known:
            self._present, self._known = transcript.present, transcript.known
            self._others = tuple([one for one in addressable(transcript) if one.id != self._agent])
        return self._others

    def preamble(self, transcript: Transcript, of: object, make: Callable[[], Preamble]) -> Preamble:
        """What stands before the conversation in every request of ``of``; see `agents.turn.turn.Turn.preamble`."""
        others = self.others(transcript)
        if self._preamble is None or self._of is not of or self._made_for is not others:
            self._of, self._made_for, self._preamble = of, others, make()
        return self._preamble

    def messages(
        self, transcript: Transcript, *, upto: int, cut: Cut = DEFAULT_CUT, besides: int = 0
    ) -> list[ModelMessage]:
        """The conversation for a turn that has read up to ``upto``, with what that turn itself has done.

        ``besides`` is what the rest of the request takes, in estimated tokens.
        """
        if transcript.known is not self._named_by:
            self._named_by = transcript.known
            self._heard.refresh(transcript)
        if (
            transcript.revision != self._revision
            or self._heard.names.revision != self._names
            or transcript.room != self._room
            or transcript.seq < self._seq
            or upto < self._upto
        ):
            self._forget(transcript)
        unread = self._unread(transcript, upto)
        if unread and unread[0][0] < self._last:  # a turn that read less than this one has said something since
            self._forget(transcript)
            unread = self._unread(transcript, upto)
        for place, item in unread:
            self._add(self._rendered(transcript, item))
            self._last = place
        self._upto, self._seq = max(self._upto, upto), max(self._seq, transcript.seq)
        self._turn = transcript.runs[-1].turn if transcript.runs else 0
        return self._shown(transcript, cut, besides)

    def _unread(self, transcript: Transcript, upto: int) -> list[tuple[Place, Item]]:
        """What is not in the view yet, and not beyond ``upto``, in the order in which it is read.

        A tool run is read once its result is there, and the agent's own question once it is answered: the answer is
        then the result of the call that asked, and not a message besides.
        """
        found: list[tuple[Place, Item]] = []
        answers: set[int] = set()
        for question in reversed(transcript.questions):
            if question.by != self._agent or question.asked.pending is None:
                found.append((question.place, question))
            elif question.answer is not None:
                answers.add(question.answer.seq)
                found.append((question.answer.place, question))
        found += [
            ((message.seq if message.upto is None else message.upto, message.seq), message)  # its place, without a call
            for message in transcript.above(self._upto)
            if not message.deleted and message.seq not in answers
        ]
        for run in reversed(transcript.runs):
            if run.turn < self._turn:
                break  # turns do not overlap, so those before the newest had ended when the view was made
            if run.by == self._agent and run.returned is not None:
                found.append((run.place, run))
        # In one expression, for this is done for each item in each turn.
        unread = [
            one
            for one in found
            if one[0][0] <= upto and one[0][1] > self._begin and (one[0][0] > self._upto or one[0][1] > self._seq)
        ]
        unread.sort(key=itemgetter(0))
        return unread

    def _add(self, messages: Sequence[ModelMessage]) -> None:
        if messages:
            total = self._totals[-1] if self._totals else 0
            for one in messages:
                total += estimated_tokens(one.text)
                for call in one.calls:
                    total += len(call.arguments) // 4
            self._starts.append(len(self._flat))
            self._totals.append(total)
            self._flat.extend(messages)

    def _shown(self, transcript: Transcript, cut: Cut, besides: int) -> list[ModelMessage]:
        shown: list[ModelMessage] = []
        if transcript.summary is not None:
            text = f"Summary of the conversation before this point:\n{transcript.summary.text}"
            shown.append(ModelMessage(role="user", text=text))
        for begin, end in cut(self._totals, besides):
            if begin < end:
                stop = self._starts[end] if end < len(self._starts) else len(self._flat)
                shown += self._flat[self._starts[begin] : stop]
        return shown

    def _rendered(self, transcript: Transcript, item: Item) -> Sequence[ModelMessage]:
        match item:
            case Message():
                if item.by == self._agent:
                    text = text_of(item, self._heard.names)
                    return (ModelMessage(role="assistant", text=text),) if text else ()
                return self._heard.rendered(transcript, item, self._agent)
            case ToolRun():
                call = call_of(item)
                return _call_and_result(call, _shortened(item.output))
            case Question():
                return _question(transcript, item, self._agent, self._heard.names)
            case _:
                assert_never(item)


class Views:
    """The views of a room's agents; a message that several agents read is rendered once."""

    def __init__(self) -> None:
        self._of: dict[ParticipantId, View] = {}
        self._heard = Heard()

    def of(self, agent: ParticipantId) -> View:
        """This agent's view."""
        view = self._of.get(agent)
        if view is None:
            view = self._of[agent] = View(agent, self._heard)
        return view


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_RESULT:
        return text
    half = LONGEST_RESULT // 2
    left_out = len(text) - LONGEST_RESULT
    return f"{text[:half]}\n[… {left_out:,} characters are left out here …]\n{text[-half:]}"


def _call_and_result(call: ToolCall, result: str) -> Sequence[ModelMessage]:
    return (
        ModelMessage(role="assistant", text="", calls=(call,)),
        ModelMessage(role="tool", text=result, call=call.id),
    )


def _question(
    transcript: Transcript, question: Question, agent: ParticipantId, names: RoomNames
) -> Sequence[ModelMessage]:
    asked, answer = question.asked, question.answer
    mute = asked.stands_in or asked.child is not None or not is_agent(question.by)
    if asked.kind != "input" or mute or not question.visible_to(agent):
        return ()  # a card's own words are for people alone, and what a child room asks belongs there
    if question.by != agent:
        return (ModelMessage(role="user", text=asked.text, name=names.of(question.by)),)
    if asked.pending is None or answer is None:
        return ()
    call = call_of(asked.pending)
    said = transcript.message(answer.seq)
    spoken = answer.words if said is None or said.deleted else text_of(said, names)
    words = f"{names.of(answer.by)}: {spoken}"
    if answer.expired or answer.withdrawn:
        words = f"{INTERRUPTED}: {answer.text}" if answer.withdrawn else "Nobody answered in time."
    return _call_and_result(call, words)
