"""Who may see which record of a room's log: for surfaces and exports, which show records to people."""

from agents.log.events import Answered, Asked, Deleted, Edited, Said, Stopped, TurnStarted
from agents.log.participants import ParticipantId
from agents.log.records import Record


class Audiences:
    """The audiences of a room's records, as far as `note` was told of them, in order.

    A message or a question has an audience of its own, and so has a turn, whose calls, results and end are for it too.
    Edits and deletions are for those who may see the message, and answers for those who may see the question.

        audiences = Audiences()
        for record in records:
            audiences.note(record)
        shown = [record for record in records if audiences.allow(record.seq, "person:web/ana")]
    """

    def __init__(self) -> None:
        self._of: dict[int, frozenset[ParticipantId]] = {}
        self._turns: dict[int, frozenset[ParticipantId]] = {}

    def note(self, record: Record) -> None:
        """Take in the next record."""
        match record.event:
            case Said(audience=own) | Asked(audience=own):
                audience = frozenset((*own, record.by)) if own else None
            case Edited(target=seq) | Deleted(target=seq) | Answered(question=seq):
                audience = self._of.get(seq)
            case TurnStarted(audience=own, speaker=speaker):
                audience = None
                if own:
                    self._turns[record.seq] = frozenset((*own, speaker))
            case Stopped():
                audience = None  # that the conversation ended is for everybody to know
            case _:
                audience = None if record.turn is None else self._turns.get(record.turn)
        if audience is not None:
            self._of[record.seq] = audience

    def allow(self, seq: int, person: ParticipantId | None) -> bool:
        """Whether this person (None: somebody unknown) may see the record with that seq."""
        audience = self._of.get(seq)
        return audience is None or person in audience

    def allow_turn(self, start: int, person: ParticipantId | None) -> bool:
        """Whether this person may see what was done in the turn that started with that seq."""
        audience = self._turns.get(start)
        return audience is None or person in audience
