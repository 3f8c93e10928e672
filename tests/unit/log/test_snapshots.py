"""Snapshots: a fold as text, read back or made anew."""

import json

import pytest

from agents.errors import StoreFailed
from agents.log.events import Asked, Stopped, Summarised, Usage
from agents.log.snapshots import SHAPE, decode_transcript, encode_transcript
from tests.unit.story import ANA, CODER, Story, tool


def told() -> Story:
    story = Story()
    seq = story.says(ANA, "@coder go", CODER)
    story.turn(CODER, "ü", *tool("search"), usage=Usage(input_tokens=3, usd=0.1))
    story.happens(Asked(text="Which?", of=(ANA,), deadline=3.5), by=CODER)
    story.happens(Summarised(upto=seq, text="so far"))
    story.happens(Stopped(reason="r"))
    return story


def test_a_transcript_comes_back_as_it_was():
    transcript = told().transcript
    assert decode_transcript(encode_transcript(transcript)) == transcript


def test_a_snapshot_is_one_json_object_that_names_its_shape():
    assert json.loads(encode_transcript(told().transcript))["shape"] == SHAPE


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"shape": SHAPE + 1, "room": "r"}),
        json.dumps({"room": "r"}),
        json.dumps({"shape": SHAPE, "room": "r", "unknown": 1}),
        json.dumps({"shape": SHAPE, "room": "r", "messages": 3}),
        json.dumps({"shape": SHAPE}),
        json.dumps([SHAPE]),
        "not json",
        "",
    ],
)
def test_what_cannot_be_read_says_that_it_is_made_anew(body: str):
    with pytest.raises(StoreFailed, match="made anew from the log"):
        decode_transcript(body)


def test_half_a_character_is_written_down_as_a_mark():
    story = told()
    story.turn(CODER, "half an emoji: \ud83d")
    body = encode_transcript(story.transcript)
    assert decode_transcript(body.encode().decode()).last.text == "half an emoji: \ufffd"


def test_a_snapshot_in_which_an_earlier_version_wrote_half_a_character_is_read():
    story = told()
    story.turn(CODER, "half an emoji: HALF")
    body = encode_transcript(story.transcript).replace("HALF", "\\ud83d")
    assert decode_transcript(body).last.text == "half an emoji: \ud83d"
    with pytest.raises(StoreFailed, match="made anew from the log"):
        decode_transcript(body.replace('"room"', '"place"'))


def test_the_shape_stands_first_so_that_another_one_costs_nothing():
    assert encode_transcript(told().transcript).startswith(f'{{"shape":{SHAPE},"room":')
