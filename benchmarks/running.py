"""Which benchmarks there are, and running one."""

from importlib import import_module
from importlib.util import find_spec

from benchmarks.measuring import FULL, Size
from benchmarks.table import Row

NAMES = (
    "round_robin", "growth", "selector", "tool_turn", "snapshot", "many_rooms", "idle_rooms", "imports", "branches",
    "http", "store", "chats", "chat_counts", "slack_acks", "discord_crowd", "sandbox",
)  # fmt: skip


def present() -> tuple[str, ...]:
    """The benchmarks that this checkout has."""
    return tuple(name for name in NAMES if find_spec(f"benchmarks.{name}"))


def rows(name: str, size: Size = FULL) -> list[Row]:
    """Run one benchmark; what its ``measure`` yields."""
    return list(import_module(f"benchmarks.{name}").measure(size))
