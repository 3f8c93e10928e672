"""A transcript as text, so that opening a long room need not fold its whole log."""

import json

import msgspec

from agents.errors import StoreFailed
from agents.log.records import as_json
from agents.log.transcript import Transcript

SHAPE = 1
"""Of the transcript's fields; a snapshot of another shape is not read but made anew."""

_HEAD = f'{{"shape":{SHAPE},'
_DECODER = msgspec.json.Decoder(Transcript)


def encode_transcript(transcript: Transcript) -> str:
    """The whole fold as one JSON object, which begins with its shape."""
    return _HEAD + as_json(transcript)[1:]


def decode_transcript(body: str) -> Transcript:
    """The inverse of `encode_transcript`. Raises `StoreFailed` for another shape."""
    if not body.startswith(_HEAD):
        raise StoreFailed("This snapshot has another shape; it is made anew from the log.")
    fields = "{" + body[len(_HEAD) :]
    try:
        return _DECODER.decode(fields)
    except (ValueError, RecursionError) as error:
        return _decode_half(fields, error)


def _decode_half(fields: str, error: Exception) -> Transcript:
    """A transcript with half a character in it, as snapshots of the first version hold it."""
    try:
        return msgspec.convert(json.loads(fields), Transcript)
    except (ValueError, RecursionError):
        raise StoreFailed(f"This snapshot cannot be read ({error}); it is made anew from the log.") from error
