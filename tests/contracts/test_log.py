"""The contract of `agents.ports.Log`."""

import asyncio
from contextlib import aclosing

import pytest

from agents.errors import StoreFailed, WrongUse
from agents.log.events import (
    Answered,
    Edited,
    Event,
    Joined,
    Said,
    Summarised,
    ToolReturned,
    TurnStarted,
    TurnTaken,
    Usage,
)
from agents.log.files import FileRef
from agents.log.records import DELETED_WORDS, THIS_TURN, Entry, Record, to_json
from agents.ports import Draft, OpenDraft
from agents.testing import FakeClock
from tests.contracts.conftest import Store


def said(text: str, *, by: str = "person:web/ana", source: str | None = None, turn: int | None = None) -> Entry:
    return Entry(event=Said(text=text), by=by, source=source, turn=turn)


async def texts(store: Store, room: str) -> list[str | None]:
    return [record.event.text if isinstance(record.event, Said) else None for record in await store.log.read(room)]


async def test_records_are_numbered_from_one_without_gaps(store: Store) -> None:
    first = await store.log.append("web:lobby", [said("one"), said("two")])
    second = await store.log.append("web:lobby", [said("three")])

    assert [record.seq for record in (*first, *second)] == [1, 2, 3]


async def test_each_room_has_its_own_numbers(store: Store) -> None:
    await store.log.append("web:lobby", [said("one"), said("two")])
    (record,) = await store.log.append("web:garden", [said("one")])

    assert (record.room, record.seq) == ("web:garden", 1)


async def test_what_is_read_is_what_was_appended(store: Store, clock: FakeClock) -> None:
    started = TurnStarted(speaker="agent:coder", upto=1, rung="mentioned", choosing=Usage(input_tokens=3, usd=0.1))
    appended = await store.log.append(
        "web:lobby",
        [
            said("é 𝔸 \x00 \u2028 ' \" \\", source="web:1"),
            Entry(event=started, by="system"),
            said("done", by="agent:coder", turn=2),
            Entry(event=TurnTaken(outcome="said"), by="agent:coder", turn=2),
        ],
    )

    assert await store.log.read("web:lobby") == appended
    assert appended[0] == Record(
        room="web:lobby", seq=1, at=clock.now(), by="person:web/ana", event=Said(text="é 𝔸 \x00 \u2028 ' \" \\"),
        source="web:1",
    )  # fmt: skip
    assert appended[1].event == started
    assert [record.turn for record in appended] == [None, None, 2, 2]


async def test_entries_of_this_turn_get_the_number_of_its_start(store: Store) -> None:
    await store.log.append("web:lobby", [said("hi", source="web:1")])
    started = TurnStarted(speaker="agent:coder", upto=1, rung="mentioned")
    entries = [Entry(event=started, by="agent:coder"), said("Hello", turn=THIS_TURN), said("and", turn=THIS_TURN)]
    again = said("hi", source="web:1")
    records = await store.log.append("web:lobby", [again, *entries])

    assert [(record.seq, record.turn) for record in records] == [(2, None), (3, 2), (4, 2)]
    assert await store.log.read("web:lobby", after=1) == records


async def test_an_event_whose_field_is_of_another_type_is_refused_before_anything_is_written(store: Store) -> None:
    wrong = Entry(event=Said(text=42), by="agent:calc")  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match=r"A said event cannot be kept .*Expected `str`, got `int`"):
        await store.log.append("web:lobby", [said("before"), wrong])
    assert await store.log.read("web:lobby") == ()


async def test_text_that_is_no_unicode_is_kept_with_a_mark_for_what_no_file_can_hold(store: Store) -> None:
    (record,) = await store.log.append("web:lobby", [said("half an emoji: \ud83d")])

    assert record.event == Said(text="half an emoji: \ufffd")
    assert await store.log.read("web:lobby") == (record,)


async def test_a_record_carries_the_time_of_its_append(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [said("early")])
    clock.advance(60)
    await store.log.append("web:lobby", [said("late")])

    early, late = await store.log.read("web:lobby")
    assert late.at - early.at == 60


async def test_appending_nothing_writes_nothing(store: Store) -> None:
    assert await store.log.append("web:lobby", []) == ()
    assert await store.log.read("web:lobby") == ()


async def test_an_unknown_room_is_empty(store: Store) -> None:
    assert await store.log.read("web:nowhere") == ()


async def test_reading_starts_after_a_number_and_stops_at_the_limit(store: Store) -> None:
    await store.log.append("web:lobby", [said(str(number)) for number in range(1, 151)])

    assert [record.seq for record in await store.log.read("web:lobby", after=100, limit=3)] == [101, 102, 103]
    assert [record.seq for record in await store.log.read("web:lobby", after=148, limit=10)] == [149, 150]
    assert await store.log.read("web:lobby", after=150) == ()


async def test_a_thousand_records_are_read_at_most_unless_more_are_asked_for(store: Store) -> None:
    await store.log.append("web:lobby", [said("x") for _ in range(1001)])

    assert len(await store.log.read("web:lobby")) == 1000
    assert len(await store.log.read("web:lobby", limit=5000)) == 1001


async def test_p3_appending_the_same_source_twice_changes_nothing(store: Store) -> None:
    await store.log.append("slack:C1", [said("hello", source="slack:T/C1/1")])

    assert await store.log.append("slack:C1", [said("hello again", source="slack:T/C1/1")]) == ()
    assert await texts(store, "slack:C1") == ["hello"]


async def test_p3_a_source_is_unique_in_the_whole_store(store: Store) -> None:
    await store.log.append("slack:C1", [said("hello", source="slack:E1")])

    assert await store.log.append("slack:C2", [said("hello", source="slack:E1")]) == ()
    assert await store.log.read("slack:C2") == ()


async def test_p3_only_the_known_entries_of_a_list_are_left_out_and_numbers_stay_gapless(store: Store) -> None:
    await store.log.append("slack:C1", [said("one", source="slack:1")])
    added = await store.log.append(
        "slack:C1",
        [
            said("one", source="slack:1"),
            said("two", source="slack:2"),
            said("two", source="slack:2"),
            said("no source"),
            said("three", source="slack:3"),
        ],
    )

    assert [record.seq for record in added] == [2, 3, 4]
    assert await texts(store, "slack:C1") == ["one", "two", "no source", "three"]


async def test_p3_many_who_hear_the_same_message_at_once_store_it_once(store: Store) -> None:
    async def hear(bot: int) -> None:
        for message in range(10):
            await store.log.append("slack:C1", [said(f"message {message}", source=f"slack:{message}")])
            await store.log.append(f"slack:D{bot}", [said(f"message {message}")])

    async with asyncio.TaskGroup() as group:
        for bot in range(5):
            group.create_task(hear(bot))

    assert sorted(text or "" for text in await texts(store, "slack:C1")) == [f"message {n}" for n in range(10)]
    assert [record.seq for record in await store.log.read("slack:C1")] == list(range(1, 11))
    for bot in range(5):
        assert await texts(store, f"slack:D{bot}") == [f"message {n}" for n in range(10)]


async def test_concurrent_appends_keep_each_list_together_and_each_writers_order(store: Store) -> None:
    async def write(writer: int) -> None:
        for number in range(20):
            by = f"agent:{writer}"
            await store.log.append("web:lobby", [said(f"{number}a", by=by), said(f"{number}b", by=by)])

    async with asyncio.TaskGroup() as group:
        for writer in range(8):
            group.create_task(write(writer))

    records = await store.log.read("web:lobby")
    assert [record.seq for record in records] == list(range(1, 321))
    for first, second in zip(records[::2], records[1::2], strict=True):
        assert first.by == second.by
    expected = [Said(text=f"{number}{half}") for number in range(20) for half in "ab"]
    for writer in range(8):
        assert [record.event for record in records if record.by == f"agent:{writer}"] == expected


async def test_erasing_empties_records_and_keeps_their_place(store: Store) -> None:
    await store.log.append("web:lobby", [said("one", source="web:1"), said("two"), said("three")])

    assert await store.log.erase("web:lobby", [1, 3]) == 2
    one, two, three = await store.log.read("web:lobby")
    assert (one.event, two.event, three.event) == (None, Said(text="two"), None)
    assert (one.seq, one.by, one.source) == (1, "person:web/ana", "web:1")
    (four,) = await store.log.append("web:lobby", [said("four")])
    assert four.seq == 4


@pytest.mark.parametrize(
    ("event", "trace"),
    [
        (Said(text="secret", reply_to=1, audience=("person:web/bob",)), Said(text="")),
        (Edited(target=7, text="secret"), Edited(target=7, text="")),
        (Answered(question=7, text="secret"), Answered(question=7, text=DELETED_WORDS)),
        (Answered(question=7, option="secret"), Answered(question=7, option=DELETED_WORDS)),
        (Summarised(upto=1, text="secret"), None),
    ],
)
async def test_p12_of_an_erased_record_its_trace_is_left_without_the_words(
    store: Store, event: Event, trace: Event | None
) -> None:
    await store.log.append("web:lobby", [Entry(event=event, by="person:web/ana")])
    await store.log.erase("web:lobby", [1])

    (record,) = await store.log.read("web:lobby")
    assert (record.event, record.trace) == (None, trace)
    assert "secret" not in to_json(record)
    assert await store.log.erase("web:lobby", [1]) == 0


async def test_p3_an_erased_message_is_not_heard_again(store: Store) -> None:
    await store.log.append("web:lobby", [said("one", source="web:1")])
    await store.log.erase("web:lobby", [1])

    assert await store.log.append("web:lobby", [said("one", source="web:1")]) == ()


async def test_erasing_counts_only_what_it_emptied(store: Store) -> None:
    await store.log.append("web:lobby", [said("one"), said("two")])
    await store.log.append("web:garden", [said("another room's")])

    assert await store.log.erase("web:lobby", [1, 1, 7, 0, -1]) == 1
    assert await store.log.erase("web:lobby", [1]) == 0
    assert await store.log.erase("web:lobby", []) == 0
    assert await store.log.erase("web:nowhere", [1]) == 0
    assert await texts(store, "web:lobby") == [None, "two"]
    assert await texts(store, "web:garden") == ["another room's"]


async def test_erasing_drops_the_rooms_snapshot_and_the_words_of_its_draft_but_not_whose_turn_it_is(
    store: Store,
) -> None:
    for room in ("web:lobby", "web:garden"):
        await store.log.append(room, [said("one")])
        await store.snapshots.save(room, 1, '{"one":1}')
        await store.drafts.write(
            OpenDraft(room=room, started=TurnStarted(speaker="agent:coder", upto=1, rung=""), draft=Draft(text="on"))
        )
    async with aclosing(store.log.watch("web:lobby")) as watch:
        await store.log.erase("web:lobby", [1])
        assert await anext(watch) == "web:lobby"

    assert await store.snapshots.load("web:lobby") is None
    draft = await store.drafts.read("web:lobby")
    assert draft is not None
    assert (draft.started.speaker, draft.draft) == ("agent:coder", Draft(text=""))
    assert await store.snapshots.load("web:garden") is not None
    assert (await store.drafts.read("web:garden") or draft).draft.text == "on"


async def test_erasing_empties_the_summaries_that_were_made_of_it(store: Store) -> None:
    await store.log.append("web:lobby", [said("one"), said("two"), said("three")])
    await store.log.append(
        "web:lobby",
        [
            Entry(event=Summarised(upto=1, text="one was said"), by="system"),
            Entry(event=Summarised(upto=3, text="one to three were said"), by="system"),
        ],
    )

    assert await store.log.erase("web:lobby", [2]) == 1
    events = [record.event for record in await store.log.read("web:lobby")]
    assert events[3:] == [Summarised(upto=1, text="one was said"), None]


async def test_erasing_what_is_not_there_leaves_summaries_alone(store: Store) -> None:
    summary = Entry(event=Summarised(upto=1, text="one"), by="system")
    await store.log.append("web:lobby", [said("one"), summary])

    assert await store.log.erase("web:lobby", [0, -1, 99]) == 0
    assert (await store.log.read("web:lobby"))[1].event == summary.event


async def test_a_summary_can_itself_be_erased(store: Store) -> None:
    await store.log.append("web:lobby", [said("one"), Entry(event=Summarised(upto=1, text="one"), by="system")])

    assert await store.log.erase("web:lobby", [2]) == 1
    assert await store.log.erase("web:lobby", [1]) == 1
    assert [record.event for record in await store.log.read("web:lobby")] == [None, None]


async def test_erasing_drops_files_that_no_other_record_names(store: Store) -> None:
    lone, shared = await store.files.put(b"lone"), await store.files.put(b"shared")

    def named(*files: str) -> tuple[FileRef, ...]:
        return tuple(FileRef(sha256=sha256, name="a.png", media_type="image/png", size=4) for sha256 in files)

    await store.log.append("web:lobby", [Entry(event=Said(text="", files=named(lone, shared)), by="person:web/ana")])
    returned = ToolReturned(call="1", output="", exit_code=0, files=named(shared))
    await store.log.append("web:garden", [Entry(event=returned, by="agent:runner")])
    await store.log.erase("web:lobby", [1])

    with pytest.raises(StoreFailed, match="ask for it to be sent again"):
        await store.files.get(lone)
    assert await store.files.get(shared) == b"shared"
    await store.log.erase("web:garden", [1])
    with pytest.raises(StoreFailed):
        await store.files.get(shared)


async def test_any_text_may_name_a_room(store: Store) -> None:
    room = "slack:T1/C'1;--\"%_/1700000000.000100 ☕"
    await store.log.append(room, [Entry(event=Joined(participant="agent:coder", name="coder"), by="system")])

    assert [record.room for record in await store.log.read(room)] == [room]
    assert await store.log.erase(room, [1]) == 1


async def test_a_record_is_found_by_its_source_in_whatever_room(store: Store) -> None:
    await store.log.append("web:lobby", [said("one", source="web:1"), said("two", source="web:2")])
    (record,) = await store.log.append("web:garden", [said("three", source="web:3")])

    assert await store.log.find("web:3") == record
    assert await store.log.find("web:4") is None
    assert [await store.log.find("web:1"), await store.log.find("web:2")] == list(await store.log.read("web:lobby"))


async def test_a_source_that_came_twice_names_the_record_that_was_first(store: Store) -> None:
    (record,) = await store.log.append("web:lobby", [said("one", source="web:1")])
    await store.log.append("web:garden", [said("again", source="web:1")])

    assert await store.log.find("web:1") == record


async def test_an_erased_record_is_still_found_by_its_source(store: Store) -> None:
    await store.log.append("web:lobby", [said("zero"), said("one", source="web:1")])
    await store.log.erase("web:lobby", [2])

    found = await store.log.find("web:1")
    assert found is not None
    assert (found.room, found.seq, found.event, found.source) == ("web:lobby", 2, None, "web:1")


async def test_a_log_ends_at_its_newest_record(store: Store) -> None:
    assert await store.log.head("web:lobby") == 0
    await store.log.append("web:lobby", [said("one", source="web:1"), said("two")])
    await store.log.append("web:lobby", [said("one", source="web:1")])
    await store.log.append("web:garden", [said("one")])
    await store.log.erase("web:lobby", [2])

    assert await store.log.head("web:lobby") == 2
