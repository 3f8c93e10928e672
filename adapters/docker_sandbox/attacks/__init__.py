"""The attacks that the sandbox is tried with: by its own tests, and by `tertulia sandbox check` wherever it runs."""

from adapters.docker_sandbox.attacks.attack import Attack, AttackOutcome, assault
from adapters.docker_sandbox.attacks.greed import greed
from adapters.docker_sandbox.attacks.lies import LIES
from adapters.docker_sandbox.attacks.walls import walls
from adapters.docker_sandbox.settings import SandboxSettings

__all__ = ["Attack", "AttackOutcome", "assault", "attacks"]


def attacks(settings: SandboxSettings) -> tuple[Attack, ...]:
    """All of them, measured against these limits: taking too much, getting out, and lying to whoever reads."""
    known = (*greed(settings), *walls(), *LIES)
    return tuple(attack for attack in known if not (attack.shared_kernel and settings.own_kernel))
