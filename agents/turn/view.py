"""What one agent's model reads: the transcript as prompt messages.

Each message names its speaker, only what the agent may see is there, and a tool call is never parted from its result.
What is too long is cut in steps of a quarter, so that the prompt begins with the same words in most calls: providers
cache a prompt by its beginning.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias

from msgspec import Struct

from agents.log._numbered import KEPT
from agents.log.files import FileRef
from agents.log.participants import ParticipantId, Profile, is_agent
from agents.log.transcript import Message, Question, ToolRun, Transcript
from agents.ports import ModelMessage, ToolCall, ToolSchema, estimated_schemas, estimated_tokens, model_name

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


class View:
    """One agent's prompt in one room, kept up to date while the transcript grows.

    It is a cache: after an edit, a deletion, a reset or a summary it is built anew.
    """

    def __init__(self, agent: ParticipantId, cut: Cut = DEFAULT_CUT, heard: "Heard | None" = None):
        self._agent, self._cut, self._heard = agent, cut, heard or Heard()
        self._preamble: Preamble | None = None
        self._present: Mapping[ParticipantId, Profile] = {}
        self._of: object = None
        self._forget(Transcript(room=""))

    def _forget(self, transcript: Transcript) -> None:
        self._revision, self._upto = transcript.revision, transcript.start
        self._totals: list[int] = []
        self._starts: list[int] = []
        self._flat: list[ModelMessage] = []
        self._room = transcript.room

    def preamble(self, transcript: Transcript, of: object, make: Callable[[], Preamble]) -> Preamble:
        """What stands before the conversation in every request of ``of``; see `agents.turn.turn.Turn.preamble`."""
        if self._present is not transcript.present or self._of is not of or self._preamble is None:
            self._present, self._of, self._preamble = transcript.present, of, make()
        return self._preamble

    def messages(self, transcript: Transcript, *, upto: int, turn: int, besides: int = 0) -> list[ModelMessage]:
        """The conversation up to ``upto`` and what turn ``turn`` itself did since, as prompt messages.

        ``besides`` is what the rest of the request takes, in estimated tokens.
        """
        if transcript.revision != self._revision or transcript.room != self._room or transcript.seq < self._upto:
            self._forget(transcript)
            if transcript.summary is not None:
                self._upto = transcript.summary.upto
        skipped = False
        for seq, item in _since(transcript, self._upto, self._agent):
            own = isinstance(item, ToolRun) or item.turn == turn
            if seq > upto and not own:
                skipped = True
            else:
                self._add(self._rendered(transcript, item))
        if skipped:
            # What was left out has its place before what this turn did: only a view that is built anew can show both.
            self._revision = -1
        self._upto = max(self._upto, upto, transcript.seq if not skipped else 0)
        return self._shown(transcript, besides)

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

    def _shown(self, transcript: Transcript, besides: int) -> list[ModelMessage]:
        shown: list[ModelMessage] = []
        if transcript.summary is not None:
            text = f"Summary of the conversation before this point:\n{transcript.summary.text}"
            shown.append(ModelMessage(role="user", text=text))
        for begin, end in self._cut(self._totals, besides):
            if begin < end:
                stop = self._starts[end] if end < len(self._starts) else len(self._flat)
                shown += self._flat[self._starts[begin] : stop]
        return shown

    def _rendered(self, transcript: Transcript, item: Message | ToolRun | Question) -> Sequence[ModelMessage]:
        match item:
            case Message():
                if item.by == self._agent:
                    text = _text(item)
                    return (ModelMessage(role="assistant", text=text),) if text else ()
                return self._heard.rendered(item) if item.visible_to(self._agent) else ()
            case ToolRun():
                return _run(item) if item.by == self._agent else ()
            case _:
                return _question(transcript, item, self._agent)


def _since(transcript: Transcript, upto: int, agent: ParticipantId) -> list[tuple[int, Message | ToolRun | Question]]:
    """The items above ``upto`` with the seq at which this agent's model may read each, in that order.

    A tool run is read once its result is there, and an agent's own question once it is answered: the answer is then the
    result of the call that asked, and not a message besides.
    """
    found: list[tuple[int, Message | ToolRun | Question]] = []
    answers: set[int] = set()
    for question in reversed(transcript.questions):
        own = question.by == agent and question.asked.pending is not None
        seq = question.seq if not own else question.answer.seq if question.answer else 0
        if seq > upto:
            found.append((seq, question))
            if own:
                answers.add(seq)
    found += [
        (message.seq, message)
        for message in transcript.above(upto)
        if not message.deleted and message.seq not in answers
    ]
    for run in reversed(transcript.runs):
        if run.returned is not None and run.returned > upto:
            found.append((run.returned, run))
        elif run.seq <= upto and run.returned is not None:
            break  # whatever started before this one was read before, too
    found.sort(key=itemgetter(0))
    return found


class Views:
    """The views of a room's agents; a message that several agents read is rendered once."""

    def __init__(self) -> None:
        self._of: dict[ParticipantId, View] = {}
        self._heard = Heard()

    def of(self, agent: ParticipantId, cut: Cut) -> View:
        """This agent's view; the cut counts when the view is made, with the first call."""
        view = self._of.get(agent)
        if view is None:
            view = self._of[agent] = View(agent, cut, self._heard)
        return view


class Heard:
    """A room's messages as everybody but their author reads them, rendered once for all agents."""

    def __init__(self) -> None:
        self._rendered: dict[int, tuple[Message, Sequence[ModelMessage]]] = {}

    def rendered(self, message: Message) -> Sequence[ModelMessage]:
        """One prompt message, or none where there is nothing to read."""
        # An edited message is another value with the same seq.
        known = self._rendered.get(message.seq)
        if known is not None and known[0] is message:
            return known[1]
        text, images = _text(message), tuple([file for file in message.files if _is_image(file)])
        read = (ModelMessage(role="user", text=text, name=model_name(message.by), images=images),)
        shown = read if text or images else ()
        if len(self._rendered) > 2 * KEPT:  # more than any transcript holds: the oldest is not asked for again
            del self._rendered[next(iter(self._rendered))]
        self._rendered[message.seq] = message, shown
        return shown


def _text(message: Message) -> str:
    text = message.text
    if message.recalled:
        text = f"(background) {text}"
    if message.corrects is not None:
        text = f"(correcting an earlier message) {text}"
    if message.partial:
        text = f"{text} [interrupted]"
    for file in message.files:
        if not _is_image(file):
            text += f"\n[file {file.name}, {file.media_type}, {file.size} bytes]"
    return text


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_RESULT:
        return text
    half = LONGEST_RESULT // 2
    left_out = len(text) - LONGEST_RESULT
    return f"{text[:half]}\n[… {left_out:,} characters are left out here …]\n{text[-half:]}"


def _run(run: ToolRun) -> Sequence[ModelMessage]:
    call = ToolCall(id=run.call, tool=run.tool, arguments=run.arguments)
    return (
        ModelMessage(role="assistant", text="", calls=(call,)),
        ModelMessage(role="tool", text=_shortened(run.output), call=run.call),
    )


def _question(transcript: Transcript, question: Question, agent: ParticipantId) -> Sequence[ModelMessage]:
    asked, answer = question.asked, question.answer
    if asked.kind != "input" or asked.stands_in or asked.child is not None or not is_agent(question.by):
        return ()  # a card's own words are for people alone, and what a child room asks belongs there
    if question.by != agent:
        return (ModelMessage(role="user", text=asked.text, name=model_name(question.by)),)
    if asked.pending is None or answer is None:
        return ()
    call = ToolCall(id=asked.pending.call, tool=asked.pending.tool, arguments=asked.pending.arguments)
    said = transcript.message(answer.seq)
    words = f"{transcript.name_of(answer.by)}: {answer.words if said is None or said.deleted else _text(said)}"
    if answer.expired or answer.withdrawn:
        words = f"{INTERRUPTED}: {answer.text}" if answer.withdrawn else "Nobody answered in time."
    return (
        ModelMessage(role="assistant", text="", calls=(call,)),
        ModelMessage(role="tool", text=words, call=asked.pending.call),
    )


def _is_image(file: FileRef) -> bool:
    return file.media_type.startswith("image/")
