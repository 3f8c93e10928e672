"""What a check of `bots.doctor` is: a function of the config and of some probes that returns findings."""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal, TypeAlias

from agents.ports import Sandbox
from bots.config.default_model import ListModels
from bots.config.endpoints import models_at
from bots.config.loader import Loaded
from bots.config.tables import SandboxTable
from bots.sandboxes import docker_sandbox


def has_adapter(platform: str) -> bool:
    """Whether this version can reach the platform."""
    return find_spec(f"adapters.{platform}") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check says, in a sentence; for a problem, what to do as well."""

    check: str
    status: Literal["ok", "warning", "problem"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """How checks look at the machine: environment, clock, sandbox, endpoints; tests give others."""

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    now: Callable[[], float] = time.time
    sandbox: Callable[[SandboxTable], AbstractContextManager[Sandbox]] = docker_sandbox
    models_at: ListModels = models_at
    has_adapter: Callable[[str], bool] = has_adapter


Check: TypeAlias = Callable[[Loaded, Probes], Awaitable[Sequence[Finding]]]
