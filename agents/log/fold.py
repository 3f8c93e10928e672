"""How a record changes the transcript: one small function per event.

Each writes into a transcript that `fold` has just made and that nobody has seen yet.
"""

from collections.abc import Iterable
from typing import assert_never

from agents.log._numbered import KEPT, find, index_of, kept, swapped
from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Event,
    Halted,
    Joined,
    Left,
    Opened,
    Reset,
    Resumed,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.fold_turns import tool_called, tool_returned, turn_started, turn_taken
from agents.log.participants import SYSTEM, Mention, ParticipantId, Profile, is_agent, is_person
from agents.log.records import Record
from agents.log.transcript import Answer, Exchange, Floor, Message, Question, Transcript, changed, written


def fold(transcript: Transcript, records: Iterable[Record]) -> Transcript:
    """The transcript after these records, which must follow it without a gap; those it holds already are passed over.

    Any log folds: events that refer to something unknown change nothing but the seq.
    """
    grown = transcript
    for record in records:
        if record.seq <= grown.seq:
            continue
        if grown is transcript:
            grown = changed(transcript)
        written(grown, seq=record.seq)
        event = record.event or record.trace
        if event is not None:
            _write(grown, record, event)
    return grown


def _write(transcript: Transcript, record: Record, event: Event) -> None:
    match event:
        case Said():
            _said(transcript, record, event)
        case TurnStarted():
            turn_started(transcript, record, event)
        case TurnTaken():
            turn_taken(transcript, event)
        case ToolCalled():
            tool_called(transcript, record, event)
        case ToolReturned():
            tool_returned(transcript, record, event)
        case Joined():
            _joined(transcript, record, event)
        case Left():
            _left(transcript, record, event)
        case Edited():
            _edited(transcript, record, event)
        case Deleted():
            _deleted(transcript, event)
        case Asked():
            _asked(transcript, record, event)
        case Answered():
            _answered(transcript, record, event)
        case Opened():
            written(transcript, children={**transcript.children, event.child: record.turn or record.seq})
        case Stopped():
            _stopped(transcript, record, event)
        case Halted():
            written(transcript, halted=True)
        case Resumed():
            written(transcript, halted=False)
        case Reset():
            _reset(transcript, record)
        case Summarised():
            written(transcript, summary=event, revision=transcript.revision + 1)
        case _:
            assert_never(event)


def _said(transcript: Transcript, record: Record, event: Said) -> None:
    if record.by == SYSTEM:
        return  # a notice of the house is no part of the conversation
    message = Message(
        seq=record.seq,
        at=record.at,
        by=record.by,
        text=event.text,
        mentions=event.mentions,
        addressed=_addressed(transcript, event.mentions, event.reply_to),
        audience=event.audience,
        files=event.files,
        handoff=event.handoff,
        reply_to=event.reply_to,
        turn=record.turn,
        partial=event.partial,
    )
    if event.recalled:
        _recalled(transcript, changed(message, recalled=True), event.recalled)
        return
    _with_message(transcript, message)


def _recalled(transcript: Transcript, message: Message, name: str) -> None:
    """Background: nobody has to answer it, it is no task, and its author need not be here."""
    author = Profile(id=message.by, name=name)
    written(
        transcript,
        messages=kept((*transcript.messages, message)),
        known={message.by: author, **transcript.known},
    )


def _with_message(transcript: Transcript, message: Message) -> None:
    exchange = transcript.exchange
    person = is_person(message.by)
    written(
        transcript,
        messages=kept(transcript.messages + (message,)),  # noqa: RUF005 (one copy of them, not two)
        unanswered=(*transcript.unanswered[-KEPT:], message.seq),
        task=transcript.task or (message if person else None),
        stopped=None if person else transcript.stopped,
        exchange=changed(
            exchange,
            at=message.at if exchange.at is None else exchange.at,
            messages=exchange.messages + 1,
            since_person=0 if person else exchange.since_person,
            replies={} if person else exchange.replies,
        ),
    )


def _addressed(
    transcript: Transcript, mentions: tuple[Mention, ...], reply_to: int | None
) -> tuple[ParticipantId, ...]:
    if not mentions and reply_to is None:
        return ()
    named = dict.fromkeys(mention.participant for mention in mentions)
    original = find(transcript.messages, reply_to)
    if original is not None:
        named.setdefault(original.by)
    return tuple(named)


def _joined(transcript: Transcript, record: Record, event: Joined) -> None:
    profile = Profile(
        id=event.participant, name=event.name, role=event.role, avatar=event.avatar, aliases=event.aliases
    )
    floor, sits_down = transcript.floor, is_agent(profile.id) and record.by in (SYSTEM, profile.id)
    if is_agent(profile.id) and profile.id not in transcript.present:
        # What others have dealt with is no news to a newcomer, who reads it all the same.
        heard = {**floor.heard, profile.id: max(floor.heard.values(), default=0)}
        floor = Floor(turn=floor.turn, heard=heard, read=floor.read, past=floor.past)
    written(
        transcript,
        floor=floor,
        present={**transcript.present, profile.id: profile},
        known={**transcript.known, profile.id: profile},
        left=transcript.left - {profile.id},
        seated=transcript.seated | {profile.id} if sits_down else transcript.seated - {profile.id},
    )


def _left(transcript: Transcript, record: Record, event: Left) -> None:
    sent_away = is_agent(event.participant) and record.by != SYSTEM
    written(
        transcript,
        present={id_: profile for id_, profile in transcript.present.items() if id_ != event.participant},
        left=transcript.left | {event.participant} if sent_away else transcript.left,
        seated=transcript.seated - {event.participant},
    )


def _edited(transcript: Transcript, record: Record, event: Edited) -> None:
    index = index_of(transcript.messages, event.target)
    if index is None or transcript.messages[index].deleted or transcript.messages[index].by != record.by:
        return
    old = transcript.messages[index]
    addressed = _addressed(transcript, event.mentions, old.reply_to)
    if old.recalled or old.seq > transcript.floor.read:
        new = changed(old, text=event.text, mentions=event.mentions, addressed=addressed)
        _with_old(transcript, index, new)
        return
    correction = changed(
        old,
        seq=record.seq,
        at=record.at,
        text=event.text,
        mentions=event.mentions,
        addressed=addressed,
        corrects=old.corrects or old.seq,
        turn=record.turn,
    )
    _with_message(transcript, correction)


def _deleted(transcript: Transcript, event: Deleted) -> None:
    summary = transcript.summary
    if summary and event.target <= summary.upto:
        written(transcript, summary=None, revision=transcript.revision + 1)
    questions = tuple([_without_answer(question, event.target) for question in transcript.questions])
    written(transcript, questions=questions)
    task = transcript.task
    if task is not None and event.target in (task.seq, task.corrects):  # which may be older than the messages held
        written(transcript, task=None, revision=transcript.revision + 1)
    for index, message in enumerate(transcript.messages):
        if event.target in (message.seq, message.corrects):
            gone = Message(
                seq=message.seq,
                at=message.at,
                by=message.by,
                text="",
                turn=message.turn,
                deleted=True,
                recalled=message.recalled,
            )
            _with_old(transcript, index, gone)
            written(transcript, unanswered=tuple([seq for seq in transcript.unanswered if seq != message.seq]))


def _without_answer(question: Question, target: int) -> Question:
    """The question, answered still, but without the words of an answer that was deleted."""
    answer = question.answer
    if answer is None or answer.seq != target:
        return question
    return changed(question, answer=changed(answer, text="", option=None))


def _with_old(transcript: Transcript, index: int, message: Message) -> None:
    task = transcript.task
    if task is not None and task.seq == message.seq:
        task = message
    messages = swapped(transcript.messages, index, message)
    written(transcript, messages=messages, task=task, revision=transcript.revision + 1)


def _asked(transcript: Transcript, record: Record, event: Asked) -> None:
    going_on = (one.heard for one in transcript.questions if one.by == record.by and one.answer and not one.dealt)
    heard = min([transcript.floor.heard.get(record.by, 0), *going_on])
    question = Question(seq=record.seq, by=record.by, turn=record.turn, asked=event, heard=heard)
    written(transcript, questions=kept((*transcript.questions, question)))


def _answered(transcript: Transcript, record: Record, event: Answered) -> None:
    index = index_of(transcript.questions, event.question)
    if index is None or transcript.questions[index].answer is not None:
        return
    question = transcript.questions[index]
    answer = Answer(seq=record.seq, by=record.by, text=event.text, option=event.option, expired=event.expired)
    settled = changed(question, answer=answer, dealt=_needs_no_floor(question, answer))
    written(transcript, questions=swapped(transcript.questions, index, settled))
    if event.expired:
        return
    exchange = changed(transcript.exchange, since_person=0, replies={} if event.text else transcript.exchange.replies)
    written(transcript, stopped=None, exchange=exchange)
    if question.asked.kind != "input" or not answer.words:
        return
    _with_message(transcript, Message(seq=record.seq, at=record.at, by=record.by, text=answer.words))


def _needs_no_floor(question: Question, answer: Answer) -> bool:
    """The house's own questions, and those of agents that were to be skipped when time is up."""
    asked = question.asked
    return not is_agent(question.by) or (answer.expired and asked.pending is None and asked.on_deadline != "auto_reply")


def _stopped(transcript: Transcript, record: Record, event: Stopped) -> None:
    """The exchange ends; what a person said before any agent could hear it begins the next one, unless they stop."""
    for message in transcript.messages[-20:]:
        unread = message.seq > transcript.floor.read > transcript.exchange.start and not message.recalled
        if unread and is_person(message.by) and event.kind != "person":
            written(transcript, exchange=Exchange(start=message.seq - 1, at=message.at, messages=1))
            return
    written(transcript, stopped=event, exchange=Exchange(start=record.seq))


def _reset(transcript: Transcript, record: Record) -> None:
    written(
        transcript,
        start=record.seq,
        summary=None,
        task=None,
        unanswered=(),
        stopped=None,
        questions=tuple(question for question in transcript.questions if question.answer is not None),
        exchange=Exchange(start=record.seq),
        revision=transcript.revision + 1,
    )
