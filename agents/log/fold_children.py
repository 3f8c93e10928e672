"""How child rooms change the transcript of the room that opened them; see `agents.log.fold`."""

from msgspec.structs import replace

from agents.log.events import Closed, Opened
from agents.log.records import Record
from agents.log.transcript import Child, Transcript


def opened(transcript: Transcript, record: Record, event: Opened) -> Transcript:
    child = Child(
        seq=record.seq,
        by=record.by,
        turn=record.turn,
        task=event.task,
        team=event.team,
        background=event.background,
    )
    return replace(transcript, seq=record.seq, children={**transcript.children, event.child: child})


def closed(transcript: Transcript, record: Record, event: Closed) -> Transcript:
    child = transcript.children.get(event.child)
    if child is None or child.answer is not None:
        return replace(transcript, seq=record.seq)
    children = {**transcript.children, event.child: replace(child, closed=record.seq, answer=event)}
    return replace(transcript, seq=record.seq, children=children)
