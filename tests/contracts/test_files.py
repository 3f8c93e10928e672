"""The contract of `agents.ports.Files`."""

import hashlib

import pytest

from agents.errors import StoreFailed
from tests.contracts.conftest import Store


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 10, b"plot" * 500_000], ids=["empty", "bytes", "2 MB"])
async def test_bytes_come_back_under_their_sha256(store: Store, content: bytes) -> None:
    sha256 = await store.files.put(content)

    assert sha256 == hashlib.sha256(content).hexdigest()
    assert await store.files.get(sha256) == content


async def test_the_same_bytes_are_kept_once(store: Store) -> None:
    assert await store.files.put(b"plot") == await store.files.put(b"plot")


async def test_a_file_that_is_not_there_is_a_clear_failure(store: Store) -> None:
    with pytest.raises(StoreFailed, match="abc is not kept here"):
        await store.files.get("abc")
