"""What a room's open and answered questions call for, before any speaker is chosen."""

from collections.abc import Sequence

from agents.budget.questions import adds_budget
from agents.log.events import Answered, Event, Said, Stopped
from agents.log.participants import SYSTEM, Mention
from agents.log.records import Entry
from agents.log.transcript import ANSWERED, Answer, Question, Transcript
from agents.team.situation import Choice
from agents.turn.turn import Agent


def overdue(transcript: Transcript, *, now: float, someone_to_ask: bool) -> tuple[Event, ...] | None:
    """What ends the first question that nobody can answer, that nobody did in time, or that people talked past.

    People can talk past the room's own questions only: an agent that asks is owed an answer. ``now`` is in seconds
    since the epoch.
    """
    for question in transcript.open_questions:
        asked = question.asked
        if asked.child is not None:
            continue  # it ends where it was asked
        if not someone_to_ask:
            reason = f"A question waits for a person, and nobody is here to answer: {asked.text}"
            return Answered(question=question.seq, expired=True), Stopped(reason=reason, kind="human_input")
        if asked.deadline is not None and asked.deadline <= now:
            late = Answered(question=question.seq, expired=True)
            stop = Stopped(reason="Nobody answered in time.", kind="human_input")
            return (late, stop) if asked.on_deadline == "stop" else (late,)
        if question.by == SYSTEM and _talked_past(transcript, question):
            return (Answered(question=question.seq, expired=True),)
    return None


def _talked_past(transcript: Transcript, question: Question) -> bool:
    """Whether a person has written something since, instead of answering."""
    newest = transcript.messages[-20:]
    return any(one.seq > question.seq and one.person is not None and not one.recalled for one in newest)


REMINDED_SECONDS = 600.0
"""How long people must have to answer a question, at least, to be reminded of it."""


def next_alarm(transcript: Transcript, *, halted: bool) -> float | None:
    """When an open question wants something next, its end or a reminder, in seconds since the epoch.

    Nobody is reminded while the room is ``halted``.
    """
    # What a child room has asked ends there.
    moments = [question.asked.deadline for question in transcript.open_questions if question.asked.child is None]
    if not halted:
        moments += [_half_time(question) for question in transcript.open_questions]
    return min((moment for moment in moments if moment is not None), default=None)


def reminder(transcript: Transcript, *, now: float) -> Entry | None:
    """What reminds people of the first question of which half the time is over; None where there is none.

    Its source lets it be written once, and as a reply to the question it marks that as a reminder.
    """
    for question in transcript.open_questions:
        half, until = _half_time(question), question.asked.deadline
        if half is not None and until is not None and half <= now:
            asker = transcript.name_of(question.by)
            text = f"{asker} still waits for an answer, for another {_in_words(until - now)}: {question.asked.text}"
            mentions = tuple(Mention(participant=one, start=0, end=0) for one in question.asked.of)
            said = Said(text=text, mentions=mentions, reply_to=question.seq, audience=question.asked.audience)
            return Entry(event=said, by=SYSTEM, source=f"remind:{transcript.room}/{question.seq}")
    return None


def _half_time(question: Question) -> float | None:
    """When people are to be reminded of an open question; None where they were, or are not to be."""
    deadline = question.asked.deadline
    if deadline is None or question.reminded or deadline - question.at < REMINDED_SECONDS:
        return None
    return (question.at + deadline) / 2


def _in_words(seconds: float) -> str:
    hours, minutes = round(seconds / 3600), round(seconds / 60)
    return f"{hours} hours" if hours > 1 else f"{minutes} minutes"


def back_to(transcript: Transcript, agents: Sequence[Agent]) -> Choice | None:
    """Whoever of the agents asked and was answered: it gets the floor back before any policy is asked."""
    if not transcript.questions:
        return None
    here = {agent.profile.id for agent in agents} & transcript.present.keys()
    for question in transcript.questions:
        if question.answer is not None and not question.dealt and question.by in here:
            by = transcript.name_of(question.answer.by)
            return Choice(speaker=question.by, rung=ANSWERED, reason=f"{by} answered")
    # A turn that ended for want of budget is given again once budget was added.
    past, questions = transcript.floor.past, transcript.questions
    added = past and questions and adds_budget(questions[-1]) and questions[-1].turn == past[-1].seq
    if added and past[-1].speaker in here:
        return Choice(speaker=past[-1].speaker, rung=ANSWERED, reason="budget was added")
    return None


def let_go_on(transcript: Transcript) -> bool:
    """Whether a stand-in was just let go on by itself, and had nothing to say.

    The press is no message, so nobody has anything new to answer; the others may go on all the same.
    """
    last = transcript.floor.past[-1] if transcript.floor.past else None
    if last is None or last.outcome != "passed" or last.rung != ANSWERED:
        return False
    own = (question for question in reversed(transcript.questions) if question.by == last.speaker)
    newest = next(own, None)
    return newest is not None and newest.asked.stands_in and newest.dealt


def newest_answer(transcript: Transcript) -> Answer | None:
    """The answer to the room's own newest question, if it was given in this exchange."""
    own = (question for question in reversed(transcript.questions) if question.asked.child is None)
    last = next(own, None)
    if last is None or last.by != SYSTEM or last.answer is None or last.answer.seq <= transcript.exchange.start:
        return None
    return last.answer
