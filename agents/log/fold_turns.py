"""How turns and tool runs change the transcript; see `agents.log.fold`."""

from collections.abc import Mapping

from msgspec.structs import replace

from agents.log._numbered import kept, swapped
from agents.log.events import UNKNOWN, Outcome, ToolCalled, ToolReturned, TurnStarted, TurnTaken
from agents.log.fold_children import children_dealt, spent
from agents.log.fold_messages import begun_above
from agents.log.participants import SYSTEM, ParticipantId, is_agent
from agents.log.records import Record
from agents.log.transcript import Question, Transcript
from agents.log.turns import Exchange, PastTurn, RunningTurn, ToolRun, pair


def turn_started(transcript: Transcript, record: Record, event: TurnStarted) -> Transcript:
    turn = RunningTurn(
        seq=record.seq,
        at=record.at,
        speaker=event.speaker,
        upto=event.upto,
        rung=event.rung,
        reason=event.reason,
        choosing=event.choosing,
        audience=event.audience,
    )
    floor = transcript.floor
    # A person's message that came while the turn began, and that it has not read, begins the next exchange.
    exchange, former, unread = transcript.exchange, transcript.former, begun_above(transcript, event.upto)
    if unread is not None and unread is not exchange:
        exchange, former = unread, replace(exchange, messages=exchange.messages - unread.messages)
    return replace(
        transcript,
        seq=record.seq,
        floor=replace(floor, turn=turn, read=max(floor.read, event.upto)),
        exchange=exchange,
        former=former,
        usage=spent(transcript.usage, event.speaker, event.choosing),
    )


def turn_taken(transcript: Transcript, record: Record, event: TurnTaken) -> Transcript:
    turn = transcript.floor.turn
    if turn is None:
        return replace(transcript, seq=record.seq)
    floor, heard = transcript.floor, transcript.floor.heard
    if event.outcome != "crashed":  # a crashed turn has dealt with nothing, so its agent is given the same again
        heard = {**heard, turn.speaker: max(turn.upto, heard.get(turn.speaker, 0))}
    late = turn.upto <= transcript.exchange.start  # it began in the exchange before
    past = PastTurn(
        seq=turn.seq,
        speaker=turn.speaker,
        upto=turn.upto,
        rung=turn.rung,
        reason=turn.reason,
        choosing=turn.choosing,
        outcome=event.outcome,
        usage=event.usage,
        model=event.model,
        detail=event.detail,
        at=record.at,
    )
    spoken = floor.spoken + (event.outcome == "said")
    return replace(
        transcript,
        seq=record.seq,
        # Added with +, for unpacking goes by way of a list, which is one more copy.
        floor=replace(
            floor,
            turn=None,
            heard=heard,
            past=(*floor.past[-49:], past),
            spoken=spoken,
            rested=floor.reopened,
        ),
        unanswered=tuple(
            [
                seq
                for seq in transcript.unanswered
                if _still_open(transcript, seq, heard, silent=event.outcome in SILENT)
            ]
        ),
        questions=_dealt(transcript.questions, turn, event),
        children=children_dealt(transcript, turn, event),
        usage=spent(transcript.usage, turn.speaker, event.usage),
        runs=_lost(transcript.runs, turn) if event.outcome == "crashed" else transcript.runs,
        exchange=transcript.exchange if late else _exchange_after(transcript, transcript.exchange, turn, event),
        former=_exchange_after(transcript, transcript.former, turn, event) if late and transcript.former else None,
    )


SILENT: tuple[Outcome, ...] = ("passed", "asked", "failed")
"""How a turn ends that said nothing: a message that addressed no agent then waits for the other agents."""


def _still_open(transcript: Transcript, seq: int, heard: Mapping[ParticipantId, int], *, silent: bool) -> bool:
    """Whether message ``seq`` still waits for an agent after a turn ended; see `Transcript.open_messages`."""
    message = transcript.message(seq)
    if message is None or message.deleted:
        return False
    agents = [
        one for one in message.addressed if is_agent(one) and one in transcript.present and message.visible_to(one)
    ]
    if not agents and not silent:  # somebody has spoken: what they had read by then is answered
        if message.audience:
            heard = {one: upto for one, upto in heard.items() if message.visible_to(one)}
        return max(heard.values(), default=0) < seq
    readers = agents or [one.id for one in transcript.agents if message.visible_to(one.id)]
    return any(heard.get(one, 0) < seq for one in readers)


def _exchange_after(transcript: Transcript, exchange: Exchange, turn: RunningTurn, event: TurnTaken) -> Exchange:
    usage = exchange.usage
    for more in (turn.choosing, event.usage):
        usage = usage if more is None else usage + more
    if event.outcome != "said":
        return replace(exchange, usage=usage) if usage is not exchange.usage else exchange
    counted = pair(turn.speaker, _sender(transcript, turn))
    return replace(
        exchange,
        usage=usage,
        agent_turns=exchange.agent_turns + 1,
        since_person=exchange.since_person + 1,
        replies={**exchange.replies, counted: exchange.replies.get(counted, 0) + 1},
    )


def _sender(transcript: Transcript, turn: RunningTurn) -> ParticipantId:
    """To whom a turn replied: the author of the newest message of others that it had read."""
    for message in reversed(transcript.messages):
        own = message.by == turn.speaker
        if message.seq <= turn.upto and not own and not message.recalled and message.visible_to(turn.speaker):
            return message.by
    return SYSTEM


def _dealt(questions: tuple[Question, ...], turn: RunningTurn, event: TurnTaken) -> tuple[Question, ...]:
    """The questions after their asker's turn: it has dealt with the answers that it read, unless it crashed."""
    if event.outcome == "crashed" or not any(_to_deal(question, turn) for question in questions):
        return questions
    return tuple(replace(question, dealt=True) if _to_deal(question, turn) else question for question in questions)


def _to_deal(question: Question, turn: RunningTurn) -> bool:
    answer = question.answer
    return not question.dealt and question.by == turn.speaker and answer is not None and answer.seq <= turn.upto


def _lost(runs: tuple[ToolRun, ...], turn: RunningTurn) -> tuple[ToolRun, ...]:
    """The runs after a crash: the first version had only words for a result that nobody knows."""
    if not any(_is_lost(run, turn) for run in runs):
        return runs
    return tuple([replace(run, unknown=True) if _is_lost(run, turn) else run for run in runs])


def _is_lost(run: ToolRun, turn: RunningTurn) -> bool:
    return run.turn == turn.seq and run.failed and run.output == UNKNOWN and not run.unknown


def tool_called(transcript: Transcript, record: Record, event: ToolCalled) -> Transcript:
    running = transcript.floor.turn
    run = ToolRun(
        seq=record.seq,
        turn=record.turn or 0,
        by=record.by,
        call=event.call,
        tool=event.tool,
        arguments=event.arguments,
        approval=event.approval,
        upto=0 if running is None else running.upto,
        audience=() if running is None else running.audience,
        echo=event.echo,
    )
    runs = transcript.runs
    # A call that a crash cut off is repeated under its old id. The new start takes its place, or the model would read
    # two results of one call, which endpoints refuse.
    for index in range(len(runs) - 1, -1, -1):
        if runs[index].call == event.call and runs[index].by == record.by and runs[index].unknown:
            runs = (*runs[:index], *runs[index + 1 :])
            transcript = replace(transcript, revision=transcript.revision + 1)
            break
    return replace(transcript, seq=record.seq, runs=kept((*runs, run)))


def tool_returned(transcript: Transcript, record: Record, event: ToolReturned) -> Transcript:
    # From the end: some endpoints number calls anew in each answer, so the newest call with an id is meant.
    for index in range(len(transcript.runs) - 1, -1, -1):
        run = transcript.runs[index]
        if run.call == event.call and run.by == record.by and run.returned is None:
            done = replace(
                run,
                returned=record.seq,
                output=event.output,
                exit_code=event.exit_code,
                files=event.files,
                failed=event.failed,
                unknown=event.unknown,
            )
            return replace(transcript, seq=record.seq, runs=swapped(transcript.runs, index, done))
    return replace(transcript, seq=record.seq)
