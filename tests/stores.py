"""Stores of which a test replaces a port or two."""

from types import SimpleNamespace

from agents.ports import Store

PORTS = ("log", "receipts", "ledger", "files", "facts", "drafts", "snapshots", "schedule")


def with_ports(store: Store, **ports: object) -> Store:
    """The store with these ports instead of its own."""
    return SimpleNamespace(**{name: getattr(store, name) for name in PORTS} | ports)  # type: ignore[return-value]
