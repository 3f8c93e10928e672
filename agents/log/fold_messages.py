"""How messages, their edits and their deletions change the transcript; see `agents.log.fold`."""

from collections.abc import Sequence

from msgspec.structs import replace

from agents.log._numbered import KEPT, find, index_of, kept, swapped
from agents.log.events import Deleted, Edited, Said
from agents.log.fold_children import children_without
from agents.log.participants import SYSTEM, Mention, ParticipantId, Profile, is_person
from agents.log.passages import task_source
from agents.log.records import DELETED_WORDS, Record
from agents.log.transcript import Message, Question, Replaced, Transcript, is_news
from agents.log.turns import Exchange

REPLACED_KEPT = 20
"""How many edits are remembered, at least, for the turn that starts next."""


def said(transcript: Transcript, record: Record, event: Said) -> Transcript:
    if record.by == SYSTEM and record.source != task_source(record.room):
        # A notice to people is no part of the conversation; about a question, it is a reminder.
        return replace(transcript, seq=record.seq, questions=_reminded(transcript.questions, event.reply_to))
    running = transcript.floor.turn
    message = Message(
        seq=record.seq,
        at=record.at,
        by=record.by,
        text=event.text,
        mentions=event.mentions,
        addressed=addressed_by(transcript, event.mentions, event.reply_to),
        audience=event.audience,
        files=event.files,
        handoff=event.handoff,
        reply_to=event.reply_to,
        turn=record.turn,
        partial=event.partial,
        recalled=bool(event.recalled),
        upto=running.upto if running is not None and running.seq == record.turn else None,
        result=event.result,
    )
    return _recalled(transcript, message, event.recalled) if event.recalled else with_message(transcript, message)


def _reminded(questions: tuple[Question, ...], seq: int | None) -> tuple[Question, ...]:
    index = index_of(questions, seq)
    return questions if index is None else swapped(questions, index, replace(questions[index], reminded=True))


def _recalled(transcript: Transcript, message: Message, name: str) -> Transcript:
    """Add background: nobody has to answer it, it is no task, and its author need not take part.

    Whoever takes part is known by a name already; of others the newest name counts that was not erased.
    """
    old = transcript.known.get(message.by)
    profile = Profile(id=message.by, name=name) if old is None or name != DELETED_WORDS else old
    here = message.by in transcript.present or profile == old
    return replace(
        transcript,
        seq=message.seq,
        messages=kept((*transcript.messages, message)),
        known=transcript.known if here else {**transcript.known, message.by: profile},
    )


def with_message(transcript: Transcript, message: Message, *, answers: bool = False) -> Transcript:
    """The transcript with this message; one that ``answers`` a question begins no exchange."""
    person = is_person(message.by) or message.by == SYSTEM  # the task of a child room
    if answers:
        exchange, former = _counting(transcript.exchange, message, person=person), transcript.former
    else:
        exchange, former = _exchanges_with(transcript, message, person=person)
    return replace(
        transcript,
        seq=message.seq,
        # Added with +, for unpacking goes by way of a list, which is a second copy of them all.
        messages=kept(transcript.messages + (message,)),  # noqa: RUF005
        unanswered=(*transcript.unanswered[-KEPT:], message.seq),
        task=transcript.task or (message if person else None),
        stopped=None if person else transcript.stopped,
        exchange=exchange,
        former=former,
    )


def _exchanges_with(transcript: Transcript, message: Message, *, person: bool) -> tuple[Exchange, Exchange | None]:
    """The present exchange and the former one after this message, which may begin a new one; see `Exchange`."""
    exchange, former = transcript.exchange, transcript.former
    if person and (transcript.floor.read > exchange.start or exchange.at is None):
        if transcript.handoff_to(message.by) is None:
            return Exchange(start=message.seq - 1, at=message.at, messages=1), None if exchange.at is None else exchange
    elif message.upto is not None and message.upto <= exchange.start:
        return exchange, former and _counting(former, message, person=False)
    return _counting(exchange, message, person=person), former


def _counting(exchange: Exchange, message: Message, *, person: bool) -> Exchange:
    return replace(
        exchange,
        at=message.at if exchange.at is None else exchange.at,
        messages=exchange.messages + 1,
        since_person=0 if person else exchange.since_person,
        replies={} if person else exchange.replies,
    )


def begun_above(transcript: Transcript, upto: int) -> Exchange | None:
    """The exchange that begins with the first message of a person above that seq; None where there is none."""
    later = [one for one in transcript.above(upto) if is_news(one) and one.seq > transcript.exchange.start]
    if not later:
        return None
    answers = {question.answer.seq for question in transcript.questions if question.answer is not None}
    first = next((one for one in later if is_person(one.by) and one.seq not in answers), None)
    if first is None:
        return None
    start = first.seq - 1
    if start == transcript.exchange.start:
        return transcript.exchange  # it has begun with that message already
    counted = [one for one in later if one.seq > start and (one.upto is None or one.upto > start)]
    return Exchange(start=start, at=first.at, messages=len(counted))


def addressed_by(
    transcript: Transcript, mentions: tuple[Mention, ...], reply_to: int | None = None
) -> tuple[ParticipantId, ...]:
    """Whom a message addresses: those it mentions, and the author of the message that it replies to."""
    if not mentions and reply_to is None:
        return ()
    named = dict.fromkeys(mention.participant for mention in mentions)
    original = find(transcript.messages, reply_to)
    if original is not None:
        named.setdefault(original.by)
    return tuple(named)


def edited(transcript: Transcript, record: Record, event: Edited) -> Transcript:
    """Put the new text in the place of the old one, or behind everything as a correction, once an agent has read that.

    Who has read a text may have answered it, and would not read it again in its old place.
    """
    index = index_of(transcript.messages, event.target)
    old = None if index is None else transcript.messages[index]
    if index is None or old is None or old.deleted or record.by not in (old.by, old.spoken_by):
        return replace(transcript, seq=record.seq, questions=_with_edited_answer(transcript.questions, record, event))
    addressed = addressed_by(transcript, event.mentions, old.reply_to)
    new = replace(old, text=event.text, mentions=event.mentions, addressed=addressed)
    if old.recalled or old.seq > transcript.floor.read:
        return replace(
            transcript,
            seq=record.seq,
            messages=swapped(transcript.messages, index, new),
            questions=_with_new_answer(transcript.questions, new),
            task=_task_now(transcript.task, new),
            revision=transcript.revision + 1,
            replaced=transcript.replaced if old.recalled else _remembering(transcript.replaced, record.seq, old),
        )
    correction = replace(new, seq=record.seq, at=record.at, corrects=old.corrects or old.seq, turn=record.turn)
    return with_message(transcript, correction)


def _with_edited_answer(questions: tuple[Question, ...], record: Record, event: Edited) -> tuple[Question, ...]:
    """The questions, of which one that a child room has asked may have this answer: it is a message there, not here."""
    for index, question in enumerate(questions):
        answer = question.answer
        if answer is not None and (answer.seq, answer.by) == (event.target, record.by) and question.asked.child:
            answer = replace(answer, text=event.text, option=None, edited=record.seq)
            return swapped(questions, index, replace(question, answer=answer))
    return questions


def _with_new_answer(questions: tuple[Question, ...], message: Message) -> tuple[Question, ...]:
    """The questions, of which one may have this message for its answer: whoever asked reads the words of that."""
    for index, question in enumerate(questions):
        if question.answer is not None and question.answer.seq == message.seq:
            return swapped(questions, index, replace(question, answer=replace(question.answer, text=message.text)))
    return questions


def _remembering(replaced: tuple[Replaced, ...], edit: int, old: Message) -> tuple[Replaced, ...]:
    return (*replaced[-REPLACED_KEPT:], Replaced(edit=edit, message=old))


def with_corrections(transcript: Transcript, upto: int) -> Transcript:
    """The transcript, now that it is known that a turn has read everything up to ``upto``.

    A turn's start is written with its first event, so an edit may come after the agent has read and before the log says
    so. Such an edit has replaced the text in its place; here that stands again as it was read, and corrections follow.
    """
    if not transcript.replaced:
        return transcript
    after = replace(transcript, replaced=())
    late = [one for one in transcript.replaced if one.message.seq <= upto < one.edit]
    for seq in dict.fromkeys(one.message.seq for one in late):
        after = _read_before_its_edits(after, [one for one in late if one.message.seq == seq])
    return after


def _read_before_its_edits(transcript: Transcript, versions: Sequence[Replaced]) -> Transcript:
    """Put the first version of a message back into its place, and what replaced it after it."""
    index = index_of(transcript.messages, versions[0].message.seq)
    if index is None or transcript.messages[index].deleted:
        return transcript
    later = [one.message for one in versions[1:]] + [transcript.messages[index]]
    corrections = [
        replace(text, seq=one.edit, corrects=text.corrects or text.seq)
        for one, text in zip(versions, later, strict=True)
    ]
    for correction in corrections:
        transcript = _with_late(transcript, correction)
    read = versions[0].message
    messages = [*swapped(transcript.messages, index, read), *corrections]
    return replace(
        transcript,
        messages=kept(tuple(sorted(messages, key=_seq))),
        task=_task_now(transcript.task, read),
        revision=transcript.revision + 1,
    )


def _with_late(transcript: Transcript, correction: Message) -> Transcript:
    """Count a correction that came earlier than it is known for one: a stop or a reset since then has its effect."""
    if correction.seq <= transcript.ended:
        return transcript
    if correction.seq <= transcript.exchange.start:
        return replace(transcript, unanswered=tuple(sorted((*transcript.unanswered, correction.seq))))
    counted = with_message(transcript, correction)
    return replace(
        counted, seq=transcript.seq, messages=transcript.messages, unanswered=tuple(sorted(counted.unanswered))
    )


def _seq(message: Message) -> int:
    return message.seq


def _task_now(task: Message | None, message: Message) -> Message | None:
    """The task, after this message has changed."""
    return message if task is not None and task.seq == message.seq else task


def deleted(transcript: Transcript, record: Record, event: Deleted) -> Transcript:
    target, summary, task = event.target, transcript.summary, transcript.task
    gone = {one.seq for one in transcript.messages if target in (one.seq, one.corrects)}
    in_summary = summary is not None and target <= summary.upto  # it may hold the words, so it goes with them
    # The task is looked at by itself: it may be older than the messages that are held.
    is_task = task is not None and target in (task.seq, task.corrects)
    children, answers = children_without(transcript.children, gone | {target})
    void = gone | answers | {target}
    return replace(
        transcript,
        seq=record.seq,
        summary=None if in_summary else summary,
        task=None if is_task else task,
        questions=tuple([_without_answer(question, target) for question in transcript.questions]),
        children=children,
        notes={key: note for key, note in transcript.notes.items() if void.isdisjoint(note.sources)},
        messages=tuple([_emptied(one) if one.seq in gone else one for one in transcript.messages])
        if gone
        else transcript.messages,
        unanswered=tuple([seq for seq in transcript.unanswered if seq not in gone]),
        replaced=tuple([one for one in transcript.replaced if one.message.seq not in gone]),
        revision=transcript.revision + len(gone) + in_summary + is_task,
    )


def _emptied(message: Message) -> Message:
    """What is left of a message that was deleted: that somebody said something at that place."""
    return Message(
        seq=message.seq,
        at=message.at,
        by=message.by,
        text="",
        turn=message.turn,
        deleted=True,
        recalled=message.recalled,
    )


def _without_answer(question: Question, target: int) -> Question:
    """The question, answered still, but without the words of an answer that was deleted."""
    answer = question.answer
    if answer is None or answer.seq != target:
        return question
    return replace(question, answer=replace(answer, text="", option=None, edited=None))
