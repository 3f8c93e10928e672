"""The contract of `agents.ports.Schedule`."""

import pytest

from agents.log.events import Said
from agents.log.records import Entry
from agents.log.room_id import RoomId
from agents.testing import FakeClock
from tests.contracts.conftest import Store

ENTRY = Entry(event=Said(text="hello"), by="person:web/ana")


async def due(store: Store, clock: FakeClock) -> set[str]:
    rooms = await store.schedule.due(clock.now())
    assert len(rooms) == len(set(rooms))
    return set(rooms)


async def test_a_room_with_news_is_due_until_they_are_settled(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY, ENTRY])
    await store.log.append("web:garden", [ENTRY])
    assert await due(store, clock) == {"web:lobby", "web:garden"}
    await store.schedule.settle("web:lobby", 2, None)

    assert await due(store, clock) == {"web:garden"}


async def test_a_room_is_still_due_when_something_came_after_what_was_settled(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY])
    await store.log.append("web:lobby", [ENTRY])
    await store.schedule.settle("web:lobby", 1, None)

    assert await due(store, clock) == {"web:lobby"}


async def test_a_settled_room_is_due_again_with_the_next_record(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY])
    await store.schedule.settle("web:lobby", 1, None)
    await store.log.append("web:lobby", [ENTRY])

    assert await due(store, clock) == {"web:lobby"}
    await store.schedule.settle("web:lobby", 2, None)
    assert await due(store, clock) == set()


async def test_what_was_settled_stays_settled_when_an_older_word_comes_late(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY, ENTRY])
    await store.schedule.settle("web:lobby", 2, None)
    await store.schedule.settle("web:lobby", 1, None)

    assert await due(store, clock) == set()


async def test_a_room_is_due_when_its_alarm_has_come(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY])
    await store.schedule.settle("web:lobby", 1, clock.now() + 60)
    clock.advance(59)
    assert await due(store, clock) == set()
    clock.advance(1)

    assert await due(store, clock) == {"web:lobby"}


async def test_settling_replaces_the_alarm(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY])
    await store.schedule.settle("web:lobby", 1, clock.now() + 60)
    await store.schedule.settle("web:lobby", 1, clock.now() + 600)
    clock.advance(60)
    assert await due(store, clock) == set()
    await store.schedule.settle("web:lobby", 1, None)
    clock.advance(3600)

    assert await due(store, clock) == set()


async def test_of_two_alarms_the_earlier_one_stays(store: Store, clock: FakeClock) -> None:
    await store.schedule.wake_at("web:lobby", clock.now() + 60)
    await store.schedule.wake_at("web:lobby", clock.now() + 600)
    await store.schedule.wake_at("web:garden", clock.now() + 600)
    await store.schedule.wake_at("web:garden", clock.now() + 60)
    clock.advance(60)

    assert await due(store, clock) == {"web:lobby", "web:garden"}


async def test_an_alarm_of_a_room_without_records_is_due_and_can_be_settled(store: Store, clock: FakeClock) -> None:
    await store.schedule.wake_at("web:lobby", clock.now())
    assert await due(store, clock) == {"web:lobby"}
    await store.schedule.settle("web:lobby", 0, None)

    assert await due(store, clock) == set()


async def test_a_room_with_both_news_and_an_alarm_is_named_once(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY])
    await store.schedule.wake_at("web:lobby", clock.now())

    assert await due(store, clock) == {"web:lobby"}


async def test_s7_a_thousand_settled_rooms_are_not_due(store: Store, clock: FakeClock) -> None:
    for number in range(1000):
        await store.schedule.settle(f"web:{number}", 0, clock.now() + 3 * 86400)
    await store.log.append("web:500", [ENTRY])

    assert await due(store, clock) == {"web:500"}


async def test_every_name_with_a_record_or_an_alarm_is_listed_in_order(store: Store, clock: FakeClock) -> None:
    await store.log.append("web:lobby", [ENTRY])
    await store.log.append("*", [ENTRY])
    await store.log.append("slack:T1/*", [ENTRY])
    await store.schedule.wake_at("slack:T1/C1", clock.now() + 60)
    await store.schedule.settle("discord:1/2", 0, None)

    assert await store.schedule.rooms() == ("*", "discord:1/2", "slack:T1/*", "slack:T1/C1", "web:lobby")


TREE = (
    "*", "discord:1/2", "discord:1/2/3", "slack:T1", "slack:T1/*", "slack:T1/C1", "slack:T1/C1/1699.1",
    "slack:T1/C1/1699.1~4.1", "slack:T1/C1/1700.1", "slack:T1/C10", "slack:T1/C10/1699.1", "slack:T1/C1~9.1",
    "slack:T1/C1~9.1~3.2", "slack:T1/C2/1699.1", "slack:T10/C1/1699.1",
    "web:lobby", "web:lobby-2", "web:lobby/*", "web:lobby/x", "web:lobby~7.1", "web:lobby~x",
)  # fmt: skip


@pytest.mark.parametrize(
    ("log", "under"),
    [
        ("slack:T1/C1", (*TREE[6:9], *TREE[11:13])),
        ("slack:T1/C1/1699.1", ("slack:T1/C1/1699.1~4.1",)),
        ("slack:T1/C1~9.1", ("slack:T1/C1~9.1~3.2",)),
        ("slack:T1/C3", ()),
        ("slack:T1/*", TREE[3:4] + TREE[5:14]),
        ("slack:T10/*", ("slack:T10/C1/1699.1",)),
        ("web:lobby/*", ("web:lobby", "web:lobby/x", "web:lobby~7.1")),
        ("web:lobby", ("web:lobby~7.1",)),
        ("*", TREE[1:]),
    ],
)
async def test_under_a_log_are_the_rooms_that_obey_it(store: Store, log: str, under: tuple[str, ...]) -> None:
    for room in TREE:
        await store.log.append(room, [ENTRY])

    assert await store.schedule.rooms(log) == under
    assert under == tuple(room for room in TREE if log in RoomId.parse(room).above)


async def test_what_is_awake_has_unsettled_news_or_an_alarm_whenever_that_rings(store: Store, clock: FakeClock) -> None:
    for name in ("news", "more", "due", "later", "rests", "never"):
        await store.log.append(f"slack:T1/C1/{name}", [ENTRY])
    await store.log.append("slack:T1/C2/news", [ENTRY])
    await store.log.append("slack:T1/C1/more", [ENTRY])
    await store.schedule.settle("slack:T1/C1/more", 1, None)
    await store.schedule.settle("slack:T1/C1/due", 1, clock.now())
    await store.schedule.settle("slack:T1/C1/later", 1, clock.now() + 86400)
    await store.schedule.settle("slack:T1/C1/rests", 1, None)
    await store.schedule.wake_at("slack:T1/C1/never", clock.now() + 60)
    await store.schedule.settle("slack:T1/C1/never", 1, None)

    awake = {f"slack:T1/C1/{name}" for name in ("news", "more", "due", "later")}
    assert set(await store.schedule.awake("slack:T1/C1")) == awake
    assert set(await store.schedule.awake("slack:T1/*")) == awake | {"slack:T1/C2/news"}
    assert await store.schedule.awake("slack:T1/C1/news") == ()
