"""The contract of `agents.ports.Ledger` (P8)."""

import asyncio

import pytest

from agents.errors import BudgetExceeded
from agents.ports import Amount, Cap
from tests.contracts.conftest import Store


async def test_p8_a_reservation_counts_in_all_its_scopes(store: Store) -> None:
    await store.ledger.reserve({"room:lobby": Cap(usd=1.0), "agent:coder": Cap()}, Amount(usd=0.25, tokens=100))

    assert await store.ledger.spent("room:lobby") == Amount(usd=0.25, tokens=100)
    assert await store.ledger.spent("agent:coder") == Amount(usd=0.25, tokens=100)
    assert await store.ledger.spent("room:garden") == Amount()


async def test_p8_a_cap_may_be_reached_and_not_passed(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0)}
    for _ in range(10):
        await store.ledger.reserve(caps, Amount(usd=0.1))

    with pytest.raises(BudgetExceeded) as raised:
        await store.ledger.reserve(caps, Amount(usd=0.01))
    assert (raised.value.scope, raised.value.unit) == ("room:lobby", "usd")
    assert (raised.value.limit, raised.value.spent, raised.value.asked) == (1.0, 1.0, 0.01)


async def test_p8_tokens_have_caps_too(store: Store) -> None:
    caps = {"room:lobby": Cap(tokens=1000, usd=5.0)}
    await store.ledger.reserve(caps, Amount(tokens=600))

    with pytest.raises(BudgetExceeded) as raised:
        await store.ledger.reserve(caps, Amount(tokens=401))
    assert (raised.value.unit, raised.value.limit, raised.value.spent, raised.value.asked) == ("tokens", 1000, 600, 401)
    await store.ledger.reserve(caps, Amount(tokens=400))


async def test_p8_one_full_scope_means_that_nothing_is_reserved_in_any(store: Store) -> None:
    await store.ledger.reserve({"workspace": Cap(usd=1.0)}, Amount(usd=0.9))
    caps = {"room:lobby": Cap(usd=5.0), "workspace": Cap(usd=1.0), "person:web/ana": Cap()}

    with pytest.raises(BudgetExceeded, match="budget of workspace"):
        await store.ledger.reserve(caps, Amount(usd=0.2))
    assert await store.ledger.spent("room:lobby") == Amount()
    assert await store.ledger.spent("person:web/ana") == Amount()
    assert await store.ledger.spent("workspace") == Amount(usd=0.9)


async def test_p8_what_it_really_cost_replaces_the_reservation(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0), "workspace": Cap(usd=1.0)}
    reservation = await store.ledger.reserve(caps, Amount(usd=0.9, tokens=900))
    await store.ledger.charge(reservation, Amount(usd=0.1, tokens=90))

    assert await store.ledger.spent("room:lobby") == Amount(usd=0.1, tokens=90)
    assert await store.ledger.spent("workspace") == Amount(usd=0.1, tokens=90)
    await store.ledger.reserve(caps, Amount(usd=0.9))


async def test_p8_a_charge_above_the_reservation_counts_in_full(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0)}
    reservation = await store.ledger.reserve(caps, Amount(usd=0.5))
    await store.ledger.charge(reservation, Amount(usd=1.5))

    assert await store.ledger.spent("room:lobby") == Amount(usd=1.5)
    with pytest.raises(BudgetExceeded):
        await store.ledger.reserve(caps, Amount())


async def test_a_second_charge_changes_nothing(store: Store) -> None:
    reservation = await store.ledger.reserve({"room:lobby": Cap()}, Amount(usd=0.5))
    await store.ledger.charge(reservation, Amount(usd=0.2))
    await store.ledger.charge(reservation, Amount(usd=0.9))
    await store.ledger.charge(reservation + 1000, Amount(usd=0.9))

    assert await store.ledger.spent("room:lobby") == Amount(usd=0.2)


async def test_reservations_have_numbers_of_their_own(store: Store) -> None:
    first = await store.ledger.reserve({"room:lobby": Cap()}, Amount(usd=0.1))
    await store.ledger.charge(first, Amount())
    second = await store.ledger.reserve({"room:lobby": Cap()}, Amount(usd=0.2))

    assert second != first
    await store.ledger.charge(first, Amount(usd=5.0))
    assert await store.ledger.spent("room:lobby") == Amount(usd=0.2)


async def test_p8_a_grant_raises_the_cap(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0, tokens=100)}
    await store.ledger.reserve(caps, Amount(usd=1.0, tokens=100))
    await store.ledger.grant("room:lobby", Amount(usd=0.5), source="web:1")
    await store.ledger.grant("room:lobby", Amount(usd=0.25, tokens=10), source="web:2")

    await store.ledger.reserve(caps, Amount(usd=0.75, tokens=10))
    with pytest.raises(BudgetExceeded) as raised:
        await store.ledger.reserve(caps, Amount(usd=0.01))
    assert raised.value.limit == 1.75
    with pytest.raises(BudgetExceeded) as raised:
        await store.ledger.reserve(caps, Amount(tokens=1))
    assert raised.value.limit == 110


async def test_c35_a_second_grant_of_one_source_changes_nothing(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0, tokens=10)}
    for source in ("web:1", "web:1", "web:2", "web:1"):
        await store.ledger.grant("room:lobby", Amount(usd=0.5, tokens=5), source=source)
    await store.ledger.grant("room:other", Amount(usd=0.5), source="web:1")

    await store.ledger.reserve(caps, Amount(usd=2.0, tokens=20))
    with pytest.raises(BudgetExceeded) as raised:
        await store.ledger.reserve(caps, Amount(usd=0.01))
    assert raised.value.limit == 2.0


async def test_c35_many_grants_of_one_source_at_the_same_moment_count_once(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(store.ledger.grant("room:lobby", Amount(tokens=10), source="web:1"))

    await store.ledger.reserve({"room:lobby": Cap(tokens=0)}, Amount(tokens=10))
    with pytest.raises(BudgetExceeded):
        await store.ledger.reserve({"room:lobby": Cap(tokens=0)}, Amount(tokens=1))


async def test_without_a_cap_anything_may_be_spent(store: Store) -> None:
    await store.ledger.reserve({"room:lobby": Cap()}, Amount(usd=1e6, tokens=10**12))
    await store.ledger.reserve({}, Amount(usd=1e6))

    assert await store.ledger.spent("room:lobby") == Amount(usd=1e6, tokens=10**12)


async def test_p8_of_many_at_once_only_as_many_pass_as_the_cap_allows(store: Store) -> None:
    async def turn() -> bool:
        try:
            await store.ledger.reserve({"room:lobby": Cap(usd=0.3), "workspace": Cap(usd=9.0)}, Amount(usd=0.1))
        except BudgetExceeded:
            return False
        return True

    async with asyncio.TaskGroup() as group:
        turns = [group.create_task(turn()) for _ in range(10)]

    assert sum(turn.result() for turn in turns) == 3
    assert await store.ledger.spent("room:lobby") == Amount(usd=0.3)


async def test_a_hundred_reservations_that_cost_nothing_leave_nothing_behind(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0)}
    for number in range(100):
        reservation = await store.ledger.reserve(caps, Amount(usd=0.1 + number / 1000))
        await store.ledger.charge(reservation, Amount())

    assert await store.ledger.spent("room:lobby") == Amount()


async def test_p8_a_charge_that_makes_room_at_the_same_moment_refuses_nobody_wrongly(store: Store) -> None:
    caps = {"room:lobby": Cap(usd=1.0)}
    first = await store.ledger.reserve(caps, Amount(usd=1.0))

    async def reserve() -> BudgetExceeded | None:
        try:
            await store.ledger.reserve(caps, Amount(usd=0.75))
        except BudgetExceeded as refusal:
            return refusal
        return None

    async with asyncio.TaskGroup() as group:
        reserving = group.create_task(reserve())
        group.create_task(store.ledger.charge(first, Amount(usd=0.25)))

    refusal = reserving.result()
    assert refusal is None or refusal.spent == 1.0, "it was refused although there was room"
    assert await store.ledger.spent("room:lobby") == Amount(usd=0.25 if refusal else 1.0)
