"""Tuples of items in the order of their seqs, of which only the newest are kept."""

from typing import Protocol, TypeVar

KEPT = 500
"""How many of the newest items are kept at least."""


class Numbered(Protocol):
    @property
    def seq(self) -> int: ...


Item = TypeVar("Item", bound=Numbered)


def kept(items: tuple[Item, ...]) -> tuple[Item, ...]:
    # Cut only once in KEPT / 2 items: adding one has copied them all already, and a cut is a second copy.
    return items if len(items) <= KEPT * 3 // 2 else items[-KEPT:]


def swapped(items: tuple[Item, ...], index: int, item: Item) -> tuple[Item, ...]:
    return (*items[:index], item, *items[index + 1 :])


def index_of(items: tuple[Item, ...], seq: int | None) -> int | None:
    if seq is not None:  # from the end, for almost always a new one is looked for
        for index in range(len(items) - 1, -1, -1):
            if items[index].seq == seq:
                return index
            if items[index].seq < seq:
                break
    return None


def find(items: tuple[Item, ...], seq: int | None) -> Item | None:
    index = index_of(items, seq)
    return None if index is None else items[index]
