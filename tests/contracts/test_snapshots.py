"""The contract of `agents.ports.Snapshots`."""

from tests.contracts.conftest import Store


async def test_the_newest_fold_is_loaded_with_its_number(store: Store) -> None:
    await store.snapshots.save("web:lobby", 10, '{"turns":5}')
    await store.snapshots.save("web:lobby", 20, '{"turns":"' + "many" * 50_000 + '"}')

    assert await store.snapshots.load("web:lobby") == (20, '{"turns":"' + "many" * 50_000 + '"}')


async def test_a_room_without_a_fold_has_none(store: Store) -> None:
    await store.snapshots.save("web:lobby", 10, "{}")

    assert await store.snapshots.load("web:garden") is None
