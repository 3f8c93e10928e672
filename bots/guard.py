"""Whether ``agents`` and ``adapters`` are ours: another distribution installs an ``agents`` of its own, silently."""

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def require_own_packages(find: Callable[[str], ModuleSpec | None] = find_spec) -> None:
    """Return if our packages lie beside this one. Raises SystemExit with a sentence where another one hides them."""
    for name in ("agents", "adapters"):
        spec = find(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != HOME:
            found = f"that of {origin.parent}" if origin else "missing"
            raise SystemExit(
                f"Tertulia cannot start, because its package {name!r} is {found}; openai-agents and others install one "
                "of the same name. Install Tertulia into an environment of its own, for example with `uv tool install`."
            )
