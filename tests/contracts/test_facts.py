"""The contract of `agents.ports.Facts`."""

from tests.contracts.conftest import Store


async def test_what_was_put_is_read(store: Store) -> None:
    await store.facts.put("bindings", "slack:C1", '{"team":"coding"}')

    assert await store.facts.get("bindings", "slack:C1") == '{"team":"coding"}'


async def test_what_was_never_put_is_none(store: Store) -> None:
    assert await store.facts.get("bindings", "slack:C1") is None
    assert await store.facts.items("bindings") == {}


async def test_putting_again_overwrites(store: Store) -> None:
    await store.facts.put("cursors", "lane", "1")
    await store.facts.put("cursors", "lane", "2")

    assert await store.facts.get("cursors", "lane") == "2"


async def test_namespaces_are_apart(store: Store) -> None:
    await store.facts.put("bindings", "key", "binding")
    await store.facts.put("cursors", "key", "cursor")
    await store.facts.delete("cursors", "key")

    assert await store.facts.get("bindings", "key") == "binding"
    assert await store.facts.get("cursors", "key") is None


async def test_items_are_all_of_a_namespace(store: Store) -> None:
    await store.facts.put("bindings", "b", "2")
    await store.facts.put("bindings", "a", "1")
    await store.facts.put("cursors", "c", "3")
    items = await store.facts.items("bindings")
    items["a"] = "changed by the caller"

    assert await store.facts.items("bindings") == {"a": "1", "b": "2"}


async def test_forgetting_what_is_not_there_is_fine(store: Store) -> None:
    await store.facts.delete("bindings", "nobody")

    assert await store.facts.items("bindings") == {}


async def test_what_is_durable_only_soon_counts_at_once(store: Store) -> None:
    await store.facts.put("cursors", "lane", "1", soon=True)
    await store.facts.put("cursors", "other", "1", soon=True)
    await store.facts.put("cursors", "lane", "2", soon=True)
    await store.facts.delete("cursors", "other", soon=True)

    assert await store.facts.items("cursors") == {"lane": "2"}
    assert await store.facts.get("cursors", "lane") == "2"
