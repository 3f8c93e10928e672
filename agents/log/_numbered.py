"""Tuples of items that are numbered by their seq, in order, of which the newest are kept."""

from typing import Protocol, TypeVar

KEPT = 500
"""How many items are kept at least, where there are that many."""


class Numbered(Protocol):
    @property
    def seq(self) -> int: ...


Item = TypeVar("Item", bound=Numbered)


def kept(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return items if len(items) <= KEPT * 3 // 2 else items[-KEPT:]


def swapped(items: tuple[Item, ...], index: int, item: Item) -> tuple[Item, ...]:
    return (*items[:index], item, *items[index + 1 :])


def index_of(items: tuple[Item, ...], seq: int | None) -> int | None:
    if seq is not None:
        for index in range(len(items) - 1, -1, -1):
            if items[index].seq == seq:
                return index
            if items[index].seq < seq:
                break
    return None


def find(items: tuple[Item, ...], seq: int | None) -> Item | None:
    index = index_of(items, seq)
    return None if index is None else items[index]
