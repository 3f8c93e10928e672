"""A transcript as text, so that opening a long room does not mean folding its whole log."""

import json

import msgspec

from agents.errors import StoreFailed
from agents.log.records import as_json
from agents.log.transcript import Transcript

SHAPE = 3
"""Counts the changes to the transcript's fields and to what they mean. A snapshot of another shape is made anew.

Whoever changes what a counter counts raises it; otherwise rooms would go on from the old numbers.
"""

_HEAD = f'{{"shape":{SHAPE},'
_DECODER = msgspec.json.Decoder(Transcript)


def encode_transcript(transcript: Transcript) -> str:
    """The transcript as one JSON object, which begins with its shape so that it can be told without parsing."""
    return _HEAD + as_json(transcript)[1:]


def decode_transcript(body: str) -> Transcript:
    """The inverse of `encode_transcript`. Raises `StoreFailed` for another shape or what cannot be read."""
    if not body.startswith(_HEAD):
        raise StoreFailed("This snapshot has another shape; it is made anew from the log.")
    fields = "{" + body[len(_HEAD) :]
    try:
        return _DECODER.decode(fields)
    except (ValueError, RecursionError) as error:
        return _decode_half(fields, error)


def _decode_half(fields: str, error: Exception) -> Transcript:
    """A transcript that holds a lone surrogate, as snapshots of the first version may (see `agents.log.records`)."""
    try:
        return msgspec.convert(json.loads(fields), Transcript)
    except (ValueError, RecursionError):
        raise StoreFailed(f"This snapshot cannot be read ({error}); it is made anew from the log.") from error
