"""The contract of `agents.ports.Receipts`: external effects happen once."""

import asyncio

from agents.ports import Receipt
from tests.contracts.conftest import Store


async def test_the_first_claim_is_fresh(store: Store) -> None:
    assert await store.receipts.claim("web:lobby#1/1") == Receipt(fresh=True)


async def test_a_claim_without_an_outcome_says_so(store: Store) -> None:
    await store.receipts.claim("web:lobby#1/1")

    assert await store.receipts.claim("web:lobby#1/1") == Receipt(fresh=False, platform_id=None)


async def test_a_settled_claim_names_what_the_platform_calls_it(store: Store) -> None:
    await store.receipts.claim("web:lobby#1/1")
    await store.receipts.settle("web:lobby#1/1", "1700000000.000100")

    assert await store.receipts.claim("web:lobby#1/1") == Receipt(fresh=False, platform_id="1700000000.000100")


async def test_settling_again_overwrites(store: Store) -> None:
    await store.receipts.claim("key")
    await store.receipts.settle("key", "draft")
    await store.receipts.settle("key", "final")

    assert (await store.receipts.claim("key")).platform_id == "final"


async def test_what_was_never_claimed_can_be_settled(store: Store) -> None:
    await store.receipts.settle("key", "42")

    assert await store.receipts.claim("key") == Receipt(fresh=False, platform_id="42")


async def test_a_released_claim_is_fresh_again(store: Store) -> None:
    await store.receipts.claim("key")
    await store.receipts.release("key")
    await store.receipts.release("never claimed")

    assert await store.receipts.claim("key") == Receipt(fresh=True)
    assert await store.receipts.claim("never claimed") == Receipt(fresh=True)


async def test_of_many_who_claim_at_once_one_is_first(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        claims = [group.create_task(store.receipts.claim("key")) for _ in range(20)]

    assert sum(claim.result().fresh for claim in claims) == 1


async def test_a_claim_that_meets_its_release_has_one_of_two_answers(store: Store) -> None:
    await store.receipts.claim("key")
    async with asyncio.TaskGroup() as group:
        claiming = group.create_task(store.receipts.claim("key"))
        group.create_task(store.receipts.release("key"))

    claimed_again = claiming.result().fresh
    assert (await store.receipts.claim("key")).fresh is not claimed_again


async def test_whoever_only_asks_claims_nothing(store: Store) -> None:
    assert await store.receipts.get("key") is None
    assert await store.receipts.claim("key") == Receipt(fresh=True)


async def test_whoever_asks_is_told_what_came_of_it(store: Store) -> None:
    await store.receipts.claim("begun")
    await store.receipts.claim("done")
    await store.receipts.settle("done", "1700000000.000100")
    await store.receipts.settle("never claimed", "42")

    assert await store.receipts.get("begun") == Receipt(fresh=False, platform_id=None)
    assert await store.receipts.get("done") == Receipt(fresh=False, platform_id="1700000000.000100")
    assert await store.receipts.get("never claimed") == Receipt(fresh=False, platform_id="42")


async def test_of_what_was_released_nothing_is_told(store: Store) -> None:
    await store.receipts.claim("key")
    await store.receipts.release("key")

    assert await store.receipts.get("key") is None
