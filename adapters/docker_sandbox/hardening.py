"""The container that code runs in: everything it is not given.

No network, no capability, no writable disk, no environment of ours; its own user, one CPU, and caps on memory,
processes, files and time. `container_config` is the whole of it; a test compares a live container with it.
"""

import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from adapters.docker_sandbox.inside import LOADER, program
from adapters.docker_sandbox.settings import SandboxSettings

OWNER, INSTANCE, BOOT = "tertulia.owner", "tertulia.instance", "tertulia.boot"
USER = "65534:65534"
MEGABYTE = 1024 * 1024
TASKS, RUNTIME_TASKS = 64, 1024
"""Processes and threads at most; gVisor has many of its own on the host, and dies without them."""
ROOMY = 128
"""Megabytes from which on containers import ahead of time: numpy, pandas and matplotlib take half of that."""

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
TMPFS = "rw,noexec,nosuid,nodev,uid=65534,gid=65534,mode=0700,nr_inodes=4096"


def container_config(settings: SandboxSettings, labels: Mapping[str, str]) -> dict[str, object]:
    """What the engine's ``POST /containers/create`` is sent.

    ``StdinOnce`` with ``AutoRemove``: when the process that holds the attached stream ends, however it ends, standard
    input ends too, the agent leaves and the engine removes the container. An engine that is stopped itself kills it at
    once, as there is nothing that an agent could tidy up in the ten seconds that it would be given.
    """
    memory = settings.memory_mb * MEGABYTE
    host: dict[str, object] = {
        "AutoRemove": True,
        "Runtime": settings.runtime or None,
        "NetworkMode": "none",
        "IpcMode": "none",
        "ReadonlyRootfs": True,
        "Privileged": False,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true", f"seccomp={seccomp_profile()}"],
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": int(settings.cpus * 1_000_000_000),
        "PidsLimit": RUNTIME_TASKS if settings.own_kernel else TASKS,
        "OomScoreAdj": 500,
        "Ulimits": [
            {"Name": "nofile", "Soft": 256, "Hard": 256},
            {"Name": "fsize", "Soft": 32 * MEGABYTE, "Hard": 32 * MEGABYTE},
            {"Name": "core", "Soft": 0, "Hard": 0},
        ],
        "Tmpfs": {
            "/workspace": f"{TMPFS},size={settings.workspace_mb}m",
            "/tmp": f"{TMPFS},size={settings.scratch_mb}m",
        },
        "LogConfig": {"Type": "none", "Config": {}},
    }
    return {
        "Image": settings.image_name,
        "Entrypoint": ["python3", "-I", "-c", LOADER],
        "Cmd": [str(len(program())), json.dumps(settings.preload if settings.memory_mb >= ROOMY else ()), sys.version],
        "Env": [f"{name}={value}" for name, value in ENVIRONMENT.items()],
        "User": USER,
        "WorkingDir": "/workspace",
        "Hostname": "sandbox",
        "Labels": dict(labels),
        "NetworkDisabled": True,
        "Tty": False,
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
        "StopSignal": "SIGKILL",
        "Volumes": {},
        "HostConfig": {key: value for key, value in host.items() if value is not None},
    }


@cache
def seccomp_profile() -> str:
    """The system calls that programs may make, of the machine's own kind only, as the engine reads them."""
    return json.dumps(json.loads(files("adapters.docker_sandbox").joinpath("seccomp.json").read_text("utf-8")))
