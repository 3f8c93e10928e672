"""From a room's log to its transcript: one small function per event, each of which returns a changed copy.

Turns and tool runs are in `agents.log.fold_turns`.
"""

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from agents.log._numbered import index_of, kept, swapped
from agents.log.events import (
    EXIT,
    Answered,
    Asked,
    Closed,
    Deleted,
    Edited,
    Halted,
    Joined,
    Left,
    Noted,
    Opened,
    Reset,
    Rested,
    Resumed,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.fold_children import children_reset, children_stopped, closed, heard_before, opened, spent
from agents.log.fold_messages import addressed_by, begun_above, deleted, edited, said, with_corrections, with_message
from agents.log.fold_turns import tool_called, tool_returned, turn_started, turn_taken
from agents.log.participants import SYSTEM, Profile, is_agent
from agents.log.records import Record
from agents.log.transcript import Answer, Message, Note, Question, Transcript
from agents.log.turns import Exchange, Rest


def fold(transcript: Transcript, records: Iterable[Record]) -> Transcript:
    """The transcript after these records, which must follow it without a gap; those that it holds are passed over.

    Every log folds: an event that refers to something unknown changes nothing but the seq.

        records = await store.log.read("web:lobby")
        transcript = fold(Transcript(room="web:lobby"), records)
    """
    for record in records:
        if record.seq > transcript.seq:
            transcript = _after(transcript, record)
    return transcript


def _after(transcript: Transcript, record: Record) -> Transcript:
    seq, event = record.seq, record.event or record.trace
    match event:
        case Said():
            return said(transcript, record, event)
        case TurnStarted(upto=upto):
            return turn_started(with_corrections(transcript, upto), record, event)
        case TurnTaken():
            return turn_taken(transcript, record, event)
        case ToolCalled():
            return tool_called(transcript, record, event)
        case ToolReturned():
            return tool_returned(transcript, record, event)
        case Joined():
            return _joined(transcript, record, event)
        case Left():
            return _left(transcript, record, event)
        case Edited():
            return edited(transcript, record, event)
        case Deleted():
            return deleted(transcript, record, event)
        case Asked():
            return _asked(transcript, record, event)
        case Answered():
            return _answered(transcript, record, event)
        case Noted():
            return _noted(transcript, record, event)
        case Opened():
            return opened(transcript, record, event)
        case Closed():
            return closed(transcript, record, event)
        case Rested():
            return _rested(transcript, record, event)
        case Stopped():
            return _stopped(transcript, record, event)
        case Halted() | Resumed():
            return replace(transcript, seq=seq, halted=isinstance(event, Halted))
        case Reset():
            return _reset(transcript, record)
        case Summarised():
            return replace(transcript, seq=seq, summary=event, revision=transcript.revision + 1)
        case None:
            return replace(transcript, seq=seq)
        case _:
            assert_never(event)


def _joined(transcript: Transcript, record: Record, event: Joined) -> Transcript:
    profile = Profile(
        id=event.participant, name=event.name, role=event.role, avatar=event.avatar, aliases=event.aliases
    )
    floor, sits_down = transcript.floor, is_agent(profile.id) and record.by in (SYSTEM, profile.id)
    if is_agent(profile.id) and profile.id not in transcript.present:
        # What others have dealt with is no news to a newcomer: it reads that, but gets no turn because of it.
        heard = {**floor.heard, profile.id: max(floor.heard.values(), default=0)}
        floor = replace(floor, heard=heard, rested=floor.reopened)
    return replace(
        transcript,
        seq=record.seq,
        floor=floor,
        present={**transcript.present, profile.id: profile},
        known={**transcript.known, profile.id: profile},
        left=transcript.left - {profile.id},
        seated=transcript.seated | {profile.id} if sits_down else transcript.seated - {profile.id},
    )


def _left(transcript: Transcript, record: Record, event: Left) -> Transcript:
    sent_away = is_agent(event.participant) and record.by != SYSTEM
    return replace(
        transcript,
        seq=record.seq,
        present={id_: profile for id_, profile in transcript.present.items() if id_ != event.participant},
        left=transcript.left | {event.participant} if sent_away else transcript.left,
        seated=transcript.seated - {event.participant},
    )


def _asked(transcript: Transcript, record: Record, event: Asked) -> Transcript:
    heard = heard_before(transcript, record.by)
    question = Question(
        seq=record.seq,
        by=record.by,
        turn=record.turn,
        asked=event,
        at=record.at,
        heard=heard,
        upto=_read_in_turn(transcript, record),
    )
    return replace(transcript, seq=record.seq, questions=kept((*transcript.questions, question)))


def _read_in_turn(transcript: Transcript, record: Record) -> int | None:
    """The seq up to which the turn had read to which the record belongs; None where it belongs to none that runs."""
    running = transcript.floor.turn
    return running.upto if running is not None and running.seq == record.turn else None


def _answered(transcript: Transcript, record: Record, event: Answered) -> Transcript:
    index = index_of(transcript.questions, event.question)
    if index is None or transcript.questions[index].answer is not None:
        return replace(transcript, seq=record.seq)
    question = transcript.questions[index]
    answer = Answer(
        seq=record.seq,
        by=record.by,
        text=event.text,
        option=event.option,
        expired=event.expired,
        withdrawn=event.withdrawn,
        at=record.at,
        upto=_read_in_turn(transcript, record),
    )
    words = _words_said(question, event)
    dealt = _needs_no_floor(question, answer) or (question.asked.stands_in and words is not None)
    questions = swapped(transcript.questions, index, replace(question, answer=answer, dealt=dealt))
    if transcript.floor.rested is not None:
        transcript = replace(transcript, floor=replace(transcript.floor, rested=transcript.floor.reopened))
    if event.expired or event.withdrawn:  # nobody's words, and nobody's act
        return replace(transcript, seq=record.seq, questions=questions)
    exchange = replace(transcript.exchange, since_person=0, replies={} if event.text else transcript.exchange.replies)
    after = replace(transcript, seq=record.seq, questions=questions, stopped=None, exchange=exchange)
    return after if words is None else _with_answer(after, record, event, question, words)


def _words_said(question: Question, event: Answered) -> str | None:
    """What the answer says as a message; None where it is none: a press of a button, ``exit``, or a decision.

    Where an agent has asked for itself, its options are words too: what it asked stands in the conversation.
    """
    asked, text = question.asked, event.text
    if asked.kind != "input" or event.expired or event.withdrawn or asked.child is not None:
        return None  # what was asked in a child room is answered there
    if is_agent(question.by) and not asked.stands_in:
        text = text or event.option or ""
    elif text.strip() in (EXIT, *asked.options):
        return None
    return text if text.strip() or event.files else None


def _with_answer(transcript: Transcript, record: Record, event: Answered, question: Question, words: str) -> Transcript:
    """The transcript with an answer in words, as its writer's message or as the reply of whom it was written for."""
    stands_in, exchange, seen_by = question.asked.stands_in, transcript.exchange, question.asked.audience
    message = Message(
        seq=record.seq,
        at=record.at,
        by=question.by if stands_in else record.by,
        text=words,
        mentions=event.mentions,
        addressed=addressed_by(transcript, event.mentions),
        audience=tuple(dict.fromkeys((question.by, *seen_by))) if seen_by else (),
        files=event.files,
        spoken_by=record.by if stands_in else None,
    )
    if stands_in:  # the turn that asked said nothing, so the reply is counted here
        transcript = replace(transcript, exchange=replace(exchange, agent_turns=exchange.agent_turns + 1))
    return with_message(transcript, message, answers=True)


def _needs_no_floor(question: Question, answer: Answer) -> bool:
    """Whether nobody goes on with the answer.

    The system had asked, the asker took the question back, or time is up and its asker is to be skipped.
    """
    asked = question.asked
    skipped = answer.expired and asked.pending is None and asked.on_deadline != "auto_reply"
    elsewhere = not is_agent(question.by) or asked.child is not None
    return elsewhere or answer.withdrawn or skipped


def _stopped(transcript: Transcript, record: Record, event: Stopped) -> Transcript:
    """The exchange ends, and what was said in it waits for nobody any more.

    What a person said after the stop was decided goes on in an exchange of its own, for nobody would answer it
    otherwise.
    """
    upto = event.upto
    if upto is None:  # of the first version, which had none: what no agent had read was not stopped, but by a person
        was_read = transcript.floor.read > transcript.exchange.start or transcript.former is not None
        read_some = was_read and event.kind != "person"
        upto = transcript.floor.read if read_some else record.seq
    begun = begun_above(transcript, upto)
    if begun is None:
        return replace(
            transcript,
            seq=record.seq,
            stopped=event,
            unanswered=(),
            children=children_stopped(transcript.children),
            exchange=Exchange(start=record.seq),
            former=None,
            ended=record.seq,
        )
    waiting = tuple([seq for seq in transcript.unanswered if seq > begun.start])
    return replace(
        transcript,
        seq=record.seq,
        unanswered=waiting,
        children=children_stopped(transcript.children),
        exchange=begun,
        former=None,
        ended=begun.start,
    )


def _noted(transcript: Transcript, record: Record, event: Noted) -> Transcript:
    notes = {key: note for key, note in transcript.notes.items() if key != event.key}
    if event.value is not None:
        notes[event.key] = Note(seq=record.seq, by=record.by, value=event.value, sources=event.sources or ())
    return replace(transcript, seq=record.seq, notes=notes)


def _rested(transcript: Transcript, record: Record, event: Rested) -> Transcript:
    before = transcript.floor.rested
    rested = Rest(
        seq=record.seq,
        upto=event.upto,
        revision=transcript.revision,
        rung=event.rung,
        reason=event.reason,
        choosing=event.choosing,
        told=event.upto if event.unanswered else before.told if before is not None else 0,
        stands=bool(event.rung),  # without one nothing was decided: it was too late to follow a choice
    )
    exchange = transcript.exchange
    if event.choosing is not None and event.upto > exchange.start:
        exchange = replace(exchange, usage=exchange.usage + event.choosing)
    return replace(
        transcript,
        seq=record.seq,
        floor=replace(transcript.floor, rested=rested),
        usage=spent(transcript.usage, SYSTEM, event.choosing),
        exchange=exchange,
    )


def _reset(transcript: Transcript, record: Record) -> Transcript:
    return replace(
        transcript,
        seq=record.seq,
        start=record.seq,
        summary=None,
        task=None,
        unanswered=(),
        children=children_reset(transcript.children),
        notes={},
        stopped=None,
        questions=tuple(question for question in transcript.questions if question.answer is not None),
        exchange=Exchange(start=record.seq),
        former=None,
        ended=record.seq,
        revision=transcript.revision + 1,
    )
