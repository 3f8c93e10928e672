"""How child rooms change the transcript of the room that opened them; see `agents.log.fold`."""

from collections.abc import Mapping, Set

from msgspec.structs import replace

from agents.log.events import Closed, Opened, TurnTaken, Usage
from agents.log.participants import ParticipantId, is_agent
from agents.log.records import Record
from agents.log.transcript import Child, Transcript
from agents.log.turns import Exchange, RunningTurn, returned, together

CHILDREN_KEPT = 100
"""How many child rooms are remembered once their answers were dealt with; open ones always are."""


def opened(transcript: Transcript, record: Record, event: Opened) -> Transcript:
    if event.child in transcript.children:
        return replace(transcript, seq=record.seq)
    child = Child(
        seq=record.seq,
        by=record.by,
        turn=record.turn,
        task=event.task,
        team=event.team,
        background=event.background,
        sources=event.sources or (),
        join=event.join,
        heard=heard_before(transcript, record.by),
    )
    return replace(transcript, seq=record.seq, children={**_remembered(transcript.children), event.child: child})


def _remembered(children: Mapping[str, Child]) -> Mapping[str, Child]:
    done = [name for name, child in children.items() if child.answer is not None and child.dealt]
    forgotten = frozenset(done[: max(len(done) - CHILDREN_KEPT, 0)])
    return {name: child for name, child in children.items() if name not in forgotten} if forgotten else children


def heard_before(transcript: Transcript, agent: ParticipantId) -> int:
    """The seq up to which an agent that asks or opens now has dealt with what others said.

    Whoever does so before going on with an earlier answer has dealt with no more than when it asked the first time.
    """
    going_on = [one.heard for one in transcript.questions if one.by == agent and one.answer and not one.dealt]
    back = [one.heard for one in transcript.children.values() if one.by == agent and one.answer and not one.dealt]
    return min([transcript.floor.heard.get(agent, 0), *going_on, *back])


def closed(transcript: Transcript, record: Record, event: Closed) -> Transcript:
    """Take the child's answer, and count what it has cost and how much was said there.

    The record of a branch of one agent is by that agent: its words stand before it, and it has had its turn.
    """
    child = transcript.children.get(event.child)
    if child is None or child.answer is not None:
        return replace(transcript, seq=record.seq)
    done = replace(child, closed=record.seq, at=record.at, answer=event, dealt=child.dealt or not is_agent(child.by))
    children = {**transcript.children, event.child: done}
    if child.seq <= transcript.start:
        del children[event.child]  # of before a reset
    elif child.open and child.join == "any":
        children = {
            name: replace(one, dealt=True) if one.open and together(name) == together(event.child) and one is not done
            else one for name, one in children.items()
        }  # fmt: skip
    speaker, floor = record.by if is_agent(record.by) else None, transcript.floor
    heard = floor.heard if speaker is None else {**floor.heard, speaker: max(floor.heard.get(speaker, 0), child.seq)}
    counts = child.seq > transcript.exchange.start
    return replace(
        transcript,
        seq=record.seq,
        children=children,
        floor=replace(floor, heard=heard, spoken=floor.spoken + event.turns, rested=floor.reopened),
        usage=spent(transcript.usage, speaker or child.by, event.usage),
        exchange=_counting(transcript.exchange, event, speaker) if counts else transcript.exchange,
    )


def _counting(exchange: Exchange, event: Closed, speaker: ParticipantId | None) -> Exchange:
    usage = exchange.usage if event.usage is None else exchange.usage + event.usage
    return replace(exchange, usage=usage, agent_turns=exchange.agent_turns + (speaker is not None))


def children_dealt(transcript: Transcript, turn: RunningTurn, event: TurnTaken) -> Mapping[str, Child]:
    """The child rooms after their opener's turn: it has dealt with the answers that it read, unless it crashed."""
    children = transcript.children
    back = returned(children, turn.speaker, turn.upto) if children and event.outcome != "crashed" else None
    return {**children, **{name: replace(child, dealt=True) for name, child in back.items()}} if back else children


def children_stopped(children: Mapping[str, Child]) -> Mapping[str, Child]:
    """The child rooms after a stop: nobody waits for any of them, and those that are open are to be stopped."""
    return {name: replace(child, dealt=True) for name, child in children.items()} if children else children


def children_reset(children: Mapping[str, Child]) -> Mapping[str, Child]:
    """What a reset leaves: only those that are still to be stopped."""
    return {name: replace(child, dealt=True) for name, child in children.items() if child.answer is None}


def children_without(children: Mapping[str, Child], gone: Set[int]) -> tuple[Mapping[str, Child], Set[int]]:
    """The child rooms without what was made from the messages that are gone, and the seqs of the answers emptied."""
    void = {name: child for name, child in children.items() if not gone.isdisjoint((*child.sources, *child.background))}
    emptied = {name: _without(child, gone) for name, child in void.items()}
    answers = {child.closed for child in void.values() if child.closed is not None}
    return ({**children, **emptied} if emptied else children), answers


def _without(child: Child, gone: Set[int]) -> Child:
    answer = child.answer and replace(child.answer, text="", files=(), reason="")
    return replace(child, task=child.task if gone.isdisjoint(child.sources) else "", answer=answer)


def spent(
    usage: Mapping[ParticipantId, Usage], speaker: ParticipantId, more: Usage | None
) -> Mapping[ParticipantId, Usage]:
    """What each has cost, with what ``speaker`` has cost now."""
    if more is None:
        return usage
    before = usage.get(speaker)
    return {**usage, speaker: more if before is None else before + more}
