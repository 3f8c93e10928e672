"""An event and its JSON: the same in the store, in exports, in replay and on ``--json``."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.errors import BudgetExceeded, ModelFailed, PlatformFailed, SandboxUnavailable, StoreFailed, StoreIsNewer
from agents.log.events import (
    Answered,
    Asked,
    Event,
    Joined,
    Noted,
    Pending,
    Said,
    ToolReturned,
    TurnStarted,
    TurnTaken,
    Usage,
)
from agents.log.files import FileRef
from agents.log.participants import Mention
from agents.log.records import (
    VERSION,
    Record,
    decode_event,
    encode_event,
    files_of,
    from_json,
    storable,
    to_json,
    type_name,
)
from tests.unit.logs import jsons

PLOT = FileRef(sha256="ab" * 32, name="plot.png", media_type="image/png", size=10)

texts = st.text(st.characters(codec="utf-8") | st.sampled_from('\x00\u2028"\\'), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(str, texts)
st.register_type_strategy(float, numbers)
st.register_type_strategy(Noted, st.builds(Noted, key=texts, value=jsons, sources=st.none() | st.just((1, 2))))
events = st.one_of(*(st.from_type(event) for event in get_args(Event)))


@given(events)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    body = encode_event(event)

    assert decode_event(type_name(event), body) == event
    assert "\n" not in body
    assert body.encode().decode() == body


@given(st.builds(Record, room=texts, seq=st.integers(1), at=numbers, by=texts, event=events | st.none()))
def test_every_record_comes_back_from_its_line(record: Record) -> None:
    line = to_json(record)

    assert from_json(line) == record
    assert len(line.splitlines()) == 1 or "\u2028" in line or "\x85" in line or "\u2029" in line
    assert "\n" not in line


def test_a_line_has_the_promised_fields_in_their_order() -> None:
    record = Record(room="web:lobby", seq=7, at=1.5, by="agent:coder", event=Said(text="é"), turn=6, source="web:1")

    assert to_json(record) == (
        '{"v":1,"room":"web:lobby","seq":7,"at":1.5,"turn":6,"by":"agent:coder","type":"said","source":"web:1",'
        '"text":"é"}'
    )


def test_fields_that_equal_their_default_are_left_out() -> None:
    assert encode_event(TurnTaken(outcome="said")) == '{"outcome":"said"}'
    assert encode_event(TurnTaken(outcome="said", usage=Usage())) == '{"outcome":"said","usage":{}}'


def test_values_inside_values_come_back() -> None:
    event = Asked(
        text="Run it?",
        kind="approval",
        of=("person:web/ana", "person:web/ben"),
        options=("yes", "no"),
        deadline=12.5,
        pending=Pending(call="c1", tool="code", arguments="{}", digest="d"),
    )
    assert decode_event("asked", encode_event(event)) == event
    said = Said(text="@coder", mentions=(Mention(participant="agent:coder", start=0, end=6),), files=(PLOT, PLOT))
    assert decode_event("said", encode_event(said)) == said


def test_an_erased_record_has_no_fields() -> None:
    record = Record(room="web:lobby", seq=7, at=1.5, by="person:web/ana", event=None)

    assert json.loads(to_json(record))["type"] == "erased"
    assert from_json(to_json(record)) == record


def test_half_a_character_is_written_as_a_mark_and_comes_back_as_it() -> None:
    said = Said(text="half \ud83d", mentions=(Mention(participant="agent:\ud83d", start=0, end=1),))

    event, body = storable(said)

    assert body == encode_event(said)
    assert event == decode_event("said", body)
    assert event == Said(text="half \ufffd", mentions=(Mention(participant="agent:\ufffd", start=0, end=1),))
    whole = Said(text="whole 😀")
    assert storable(whole) == (whole, '{"text":"whole 😀"}')
    assert storable(whole)[0] is whole


def test_half_a_character_that_an_earlier_version_wrote_as_an_escape_is_read() -> None:
    assert decode_event("said", '{"text":"half \\ud83d"}') == Said(text="half \ud83d")
    with pytest.raises(StoreFailed, match="cannot be read"):
        decode_event("said", '{"text":"half \\ud83d","colour":"red"}')


def test_a_number_that_an_earlier_version_kept_as_a_text_is_read_as_a_text() -> None:
    assert decode_event("said", '{"text":42}') == Said(text="42")


def test_a_line_with_half_a_character_can_be_written() -> None:
    record = Record(room="r", seq=1, at=0.0, by="agent:a", event=Said(text="half \ud83d"), source="x:\ud83d")

    again = from_json(to_json(record))
    assert (again.event, again.source) == (Said(text="half \ufffd"), "x:\ufffd")


@pytest.mark.parametrize(
    ("event", "name"),
    [(Said(text=""), "said"), (TurnStarted(speaker="agent:a", upto=0, rung=""), "turn_started")],
)
def test_an_events_type_is_its_name_in_small_letters(event: Event, name: str) -> None:
    assert type_name(event) == name


def test_s8_a_newer_record_is_refused() -> None:
    line = json.loads(to_json(Record(room="r", seq=1, at=0.0, by="system", event=Said(text="x"))))
    line["v"] = VERSION + 1

    with pytest.raises(StoreIsNewer, match=f"version {VERSION + 1} and this Tertulia reads up to {VERSION}; upgrade"):
        from_json(json.dumps(line))
    with pytest.raises(StoreIsNewer):
        decode_event("said", '{"text":"x"}', v=VERSION + 1)


def test_s8_a_record_from_before_a_field_was_added_gets_its_default() -> None:
    assert decode_event("said", '{"text":"x"}', v=1) == Said(text="x")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(StoreFailed, match="unknown event type 'shouted'"):
        decode_event("shouted", "{}")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '"text"', "7", "{}", '{"text":"x","colour":"red"}', '{"text":"x","mentions":7}',
     '{"text":"x","mentions":[{"participant":"a"}]}', '{"text":"x","files":["plot"]}'],
)  # fmt: skip
def test_a_body_that_is_no_event_is_a_clear_failure(body: str) -> None:
    with pytest.raises(StoreFailed, match="A 'said' event of the log cannot be read"):
        decode_event("said", body)


@pytest.mark.parametrize(
    "line",
    ["", "not JSON", "[]", "7", "null", "{}", '{"v":1}', '{"type":"said","text":"x"}'],
)
def test_a_line_that_is_no_record_is_a_clear_failure(line: str) -> None:
    with pytest.raises(StoreFailed, match="This line is not a record of a room"):
        from_json(line)


@pytest.mark.parametrize("missing", ["room", "seq", "at", "by"])
def test_a_line_without_a_place_in_a_room_is_a_clear_failure(missing: str) -> None:
    line = json.loads(to_json(Record(room="r", seq=1, at=0.0, by="system", event=Said(text="x"))))
    del line[missing]

    with pytest.raises(StoreFailed, match="This line is not a record of a room"):
        from_json(json.dumps(line))


@pytest.mark.parametrize(
    ("field", "value"),
    [("v", "1"), ("v", None), ("v", 1.5), ("v", True), ("type", None), ("type", ["said"]), ("seq", "1"), ("seq", True),
     ("at", "noon"), ("room", 7), ("by", None), ("turn", "6"), ("source", 1)],
)  # fmt: skip
def test_a_line_with_something_else_in_its_place_is_a_clear_failure(field: str, value: object) -> None:
    line = json.loads(to_json(Record(room="r", seq=1, at=0.0, by="system", event=Said(text="x"))))
    line[field] = value

    with pytest.raises(StoreFailed, match=f"not a record of a room .*{field}"):
        from_json(json.dumps(line))


def test_the_files_of_a_record_are_those_that_were_said_or_returned() -> None:
    def record(event: Event | None) -> Record:
        return Record(room="r", seq=1, at=0.0, by="agent:a", event=event)

    assert files_of(record(Said(text="", files=(PLOT,)))) == (PLOT,)
    assert files_of(record(ToolReturned(call="c", output="", exit_code=0, files=(PLOT,)))) == (PLOT,)
    assert files_of(record(Joined(participant="agent:a", name="a"))) == ()
    assert files_of(record(None)) == ()


@pytest.mark.parametrize("event", get_args(Event))
def test_every_event_is_frozen_and_named_by_keyword(event: type[Event]) -> None:
    fields = structs.fields(event)

    assert all(event.__struct_config__.__getattribute__(name) for name in ("frozen", "omit_defaults"))
    assert event.__struct_config__.forbid_unknown_fields
    assert event.__match_args__ == ()
    if fields:
        with pytest.raises(TypeError):
            event(*("" for _ in fields))


def test_usage_adds_up_and_an_unknown_price_counts_as_nothing_beside_a_known_one() -> None:
    one = Usage(input_tokens=10, cached_tokens=4, output_tokens=2, usd=0.5)
    unknown = Usage(input_tokens=1, output_tokens=1)

    assert one + unknown == Usage(input_tokens=11, cached_tokens=4, output_tokens=3, usd=0.5)
    assert (unknown + one).usd == 0.5
    assert (unknown + unknown).usd is None
    assert (one + one).usd == 1.0
    assert (one + unknown).tokens == 14


def test_errors_are_sentences_with_their_facts() -> None:
    money = BudgetExceeded("room:lobby", limit=2.0, spent=1.5, asked=0.75, unit="usd")
    tokens = BudgetExceeded("room:lobby", limit=20_000, spent=15_000, asked=7_500, unit="tokens")

    assert str(money) == (
        "The budget of room:lobby is used up: $1.50 of $2.00 are spent or reserved and the next call needs about "
        "$0.75; an admin can add budget."
    )
    assert "15,000 tokens of 20,000 tokens" in str(tokens)
    assert (money.scope, money.limit, money.spent, money.asked, money.unit) == ("room:lobby", 2.0, 1.5, 0.75, "usd")
    model = ModelFailed("Busy.", kind="rate_limited", retry_after=2.0, usage=Usage(input_tokens=3))
    assert (model.kind, model.retry_after, model.usage) == ("rate_limited", 2.0, Usage(input_tokens=3))
    assert SandboxUnavailable("Full.", busy=True).busy
    platform = PlatformFailed("Archived.", permanent=True)
    assert (platform.permanent, platform.unknown, platform.retry_after) == (True, False, None)


def test_an_answer_has_defaults() -> None:
    assert decode_event("answered", '{"question":3}') == Answered(question=3)
