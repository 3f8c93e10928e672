"""Memories of a bounded size: the newest values by key, and which sentences were said already."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """Remembers the ``most`` things that were put last; what is older is forgotten."""

    def __init__(self, most: int):
        self._most = most
        self._kept: OrderedDict[_K, _V] = OrderedDict()

    def get(self, key: _K) -> _V | None:
        """What was put under this key, if it is still known."""
        return self._kept.get(key)

    def put(self, key: _K, value: _V) -> None:
        """Remember it as the newest."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: _K) -> None:
        """Forget it; forgetting what is not known is fine."""
        self._kept.pop(key, None)

    def __contains__(self, key: _K) -> bool:
        """Whether it is known."""
        return key in self._kept


class Once:
    """Tells each sentence once, as far as the newest thousand are concerned."""

    def __init__(self, tell: Callable[[str], None], *, most: int = 1000):
        self._tell = tell
        self._told: Recent[str, None] = Recent(most)

    def __call__(self, sentence: str) -> None:
        """Tell it, unless it was told."""
        if sentence not in self._told:
            self._told.put(sentence, None)
            self._tell(sentence)
