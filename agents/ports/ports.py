"""The ports in one value."""

from collections.abc import Mapping

from msgspec import Struct

from agents.ports.clock import Clock
from agents.ports.model import Model
from agents.ports.sandbox import Sandbox
from agents.ports.store import Store
from agents.ports.tools import ToolMaker, no_functions
from agents.ports.wakeups import Wakeups


class Ports(Struct, frozen=True, kw_only=True):
    """Everything from outside that whoever runs a room is given.

    store: what is kept, durably.
    wakeups: who runs a room that has news.
    clock: what time it is.
    models: the configured models, by the names that agents use for them.
    sandbox: where agents' code runs; None means that code is shown and not run.
    tool_of: makes a `Tool` of a plain function.

    Tests have `agents.testing.memory_ports`; `bots.wiring` makes the real ones.
    """

    store: Store
    wakeups: Wakeups
    clock: Clock
    models: Mapping[str, Model] = {}
    sandbox: Sandbox | None = None
    tool_of: ToolMaker = no_functions
