"""A transcript as text, so that opening a long room need not fold its whole log."""

import json

from agents.errors import StoreFailed
from agents.log.records import compact_json, plain, unplain
from agents.log.transcript import Transcript

SHAPE = 1
"""Of the transcript's fields; a snapshot of another shape is not read but made anew."""


def encode_transcript(transcript: Transcript) -> str:
    """The whole fold as one JSON object."""
    return compact_json({"shape": SHAPE, **plain(transcript)})


def decode_transcript(body: str) -> Transcript:
    """The inverse of `encode_transcript`. Raises `StoreFailed` for another shape."""
    try:
        data = json.loads(body)
        if data.pop("shape") != SHAPE:
            raise StoreFailed("This snapshot has another shape; it is made anew from the log.")
        return unplain(Transcript, data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreFailed(f"This snapshot cannot be read ({error}); it is made anew from the log.") from error
