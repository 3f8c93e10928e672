"""Everything a room's runner is given."""

from collections.abc import Mapping

from msgspec import Struct

from agents.ports.clock import Clock
from agents.ports.model import Model
from agents.ports.sandbox import Sandbox
from agents.ports.store import Store
from agents.ports.tools import ToolMaker, no_functions
from agents.ports.wakeups import Wakeups


class Ports(Struct, frozen=True, kw_only=True):
    """Everything a room's runner is given. ``models`` and ``sandbox`` may be absent: code is then shown, not run."""

    store: Store
    wakeups: Wakeups
    clock: Clock
    models: Mapping[str, Model] = {}
    sandbox: Sandbox | None = None
    tool_of: ToolMaker = no_functions
