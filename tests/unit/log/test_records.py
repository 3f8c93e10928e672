"""An event and its JSON: the same in the store, in exports, in replay and on ``--json``."""

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, fields
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import BudgetExceeded, ModelFailed, PlatformFailed, SandboxUnavailable, StoreFailed, StoreIsNewer
from agents.log.events import Answered, Asked, Event, Joined, Pending, Said, ToolReturned, TurnStarted, TurnTaken, Usage
from agents.log.files import FileRef
from agents.log.participants import Mention
from agents.log.records import (
    VERSION,
    Record,
    decode_event,
    encode_event,
    files_of,
    from_json,
    plain,
    to_json,
    type_name,
    unplain,
)

PLOT = FileRef(sha256="ab" * 32, name="plot.png", media_type="image/png", size=10)

texts = st.text(st.characters() | st.sampled_from('\x00\u2028"\\\ud83d'), max_size=20).filter(
    # Two halves of a character side by side are read as the whole one.
    lambda text: not any("\ud800" <= one < "\udc00" <= other < "\ue000" for one, other in pairwise(text))
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(str, texts)
st.register_type_strategy(float, numbers)
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


def test_half_a_character_is_written_as_an_escape() -> None:
    assert encode_event(Said(text="half \ud83d")) == '{"text":"half \\ud83d"}'
    assert encode_event(Said(text="whole 😀")) == '{"text":"whole 😀"}'


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A value such as snapshots are made of."""

    plots: Mapping[str, FileRef]
    counts: Mapping[str, int]
    rooms: frozenset[str]


def test_values_with_mappings_and_sets_come_back() -> None:
    shelf = Shelf(plots={"one": PLOT}, counts={"two": 2}, rooms=frozenset({"web:lobby", "web:garden"}))

    assert unplain(Shelf, json.loads(json.dumps(plain(shelf)))) == shelf


def test_the_files_of_a_record_are_those_that_were_said_or_returned() -> None:
    def record(event: Event | None) -> Record:
        return Record(room="r", seq=1, at=0.0, by="agent:a", event=event)

    assert files_of(record(Said(text="", files=(PLOT,)))) == (PLOT,)
    assert files_of(record(ToolReturned(call="c", output="", exit_code=0, files=(PLOT,)))) == (PLOT,)
    assert files_of(record(Joined(participant="agent:a", name="a"))) == ()
    assert files_of(record(None)) == ()


def test_every_event_is_frozen_slotted_and_named_by_keyword() -> None:
    for event in get_args(Event):
        with pytest.raises(FrozenInstanceError):
            object.__new__(event).text = "another"
        assert hasattr(event, "__slots__")
        assert all(field.kw_only for field in fields(event))


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
