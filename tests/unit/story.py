"""A room's log told line by line, for tests that look at its transcript."""

from itertools import count

from msgspec.structs import replace

from agents.log.events import Event, Joined, Outcome, Said, ToolCalled, ToolReturned, TurnStarted, TurnTaken, Usage
from agents.log.fold import fold
from agents.log.participants import Mention, ParticipantId
from agents.log.records import Record
from agents.log.transcript import Transcript

ANA, BOB = "person:web/ana", "person:web/bob"
PLANNER, CODER, REVIEWER = "agent:planner", "agent:coder", "agent:reviewer"


class Story:
    """Each record comes ten seconds after the one before."""

    def __init__(self) -> None:
        self.transcript = Transcript(room="web:lobby")
        for participant in (ANA, BOB, PLANNER, CODER, REVIEWER):
            self.happens(Joined(participant=participant, name=participant.rpartition("/")[2].rpartition(":")[2]))

    def happens(self, event: Event, *, by: ParticipantId = "system", turn: int | None = None) -> int:
        """Append any event; its seq."""
        seq = self.transcript.seq + 1
        record = Record(room="web:lobby", seq=seq, at=seq * 10.0, by=by, event=event, turn=turn)
        self.transcript = fold(self.transcript, [record])
        return seq

    def says(self, by: ParticipantId, text: str, *to: ParticipantId, said: Said | None = None) -> int:
        """A person's message, mentioning ``to``."""
        event = replace(said or Said(text=text), text=text, mentions=_mentions(to))
        return self.happens(event, by=by)

    def turn(
        self, by: ParticipantId, text: str | None = None, *before: Event, said: Said | None = None,
        usage: Usage | None = None, outcome: Outcome = "said",
    ) -> int:  # fmt: skip
        """An agent's whole turn: what it does, then what it says, if anything; the seq of its start."""
        start = self.happens(TurnStarted(speaker=by, upto=self.transcript.seq, rung="test"), by=by)
        for event in before:
            self.happens(event, by=by, turn=start)
        if text is not None:
            self.happens(replace(said or Said(text=text), text=text), by=by, turn=start)
        taken = TurnTaken(outcome=outcome if text is not None else "passed", usage=usage)
        self.happens(taken, by=by, turn=start)
        return start


_calls = count(1)


def tool(name: str, arguments: str = "{}") -> tuple[Event, Event]:
    """A call of its own that returned."""
    call = f"call-{next(_calls)}"
    returned = ToolReturned(call=call, output="done", exit_code=None, files=())
    return ToolCalled(call=call, tool=name, arguments=arguments), returned


def _mentions(to: tuple[ParticipantId, ...]) -> tuple[Mention, ...]:
    return tuple(Mention(participant=one, start=0, end=0) for one in to)
