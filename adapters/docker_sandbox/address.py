"""Where this user's Docker engine listens."""

import os
from pathlib import Path

USUAL = "/var/run/docker.sock"


def engine_address() -> str:
    """DOCKER_HOST; else the first socket there is of the system's engine, a rootless one and Docker Desktop's."""
    named = os.environ.get("DOCKER_HOST", "")
    if named:
        return named
    own = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"), "docker.sock")
    desktop = Path.home() / ".docker" / "run" / "docker.sock"
    found = (str(path) for path in (Path(USUAL), own, desktop) if path.exists())
    return f"unix://{next(found, USUAL)}"
