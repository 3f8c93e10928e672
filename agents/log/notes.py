"""How much a room may note; see `agents.log.events.Noted`."""

from collections.abc import Iterable

from agents.errors import WrongUse
from agents.log.events import Json, Noted
from agents.log.records import as_json
from agents.log.transcript import Transcript

NOTES_BYTES = 65_536
"""How many bytes of JSON the notes of one room may take together."""


def check_note(transcript: Transcript, noted: Noted, before: Iterable[Noted] = ()) -> None:
    """Raise `WrongUse` where the room's notes would be too long with this one, after those ``before`` it."""
    values: dict[str, Json] = {key: note.value for key, note in transcript.notes.items()}
    values |= {one.key: one.value for one in (*before, noted)}
    size = len(as_json(values).encode())
    if noted.value is not None and size > NOTES_BYTES:
        raise WrongUse(
            f"The notes of this room would take {size:,} bytes with {noted.key!r}, and may take {NOTES_BYTES:,}; "
            "note less, or take other notes away by noting None."
        )
