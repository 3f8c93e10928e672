"""P27: a real ``dockerd`` is started and ends with its starter, in namespaces where it meets no other engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

APART = (
    "mount -t tmpfs none /run && mount -t tmpfs none /var/lib/docker && ip link set lo up && "
    '{ "$0" -c "$1"; "$0" -c "$2"; }'
)
"""A shell's line: sockets, images and networks of this engine's own, then two Python programs."""

ENGINES = """
import os, time

def engines():
    names = (open(f"/proc/{pid}/comm").read().strip() for pid in os.listdir("/proc") if pid.isdigit())
    return sorted(name for name in names if name in ("dockerd", "containerd"))
"""

START = """
import asyncio, signal
from adapters.docker_sandbox.engine import DockerEngine
from bots.engine import Machine, prepare_engine

async def main():
    handle = await prepare_engine(lambda step, done: print(step, flush=True), Machine(named=False, allowed=True))
    engine = DockerEngine(threads=1, host=handle.host)
    print((await engine.call(lambda client: client.info()))["Containers"], "containers", engines(), flush=True)
    engine.close()
"""
CLOSE = "    await handle.close()\n    print(engines())\n"
DIE = "    os.kill(os.getpid(), signal.SIGKILL)\n"
RUN = "asyncio.run(main())\n"

AFTERWARDS = """
deadline = time.monotonic() + 20
while engines() and time.monotonic() < deadline:
    time.sleep(0.05)
print(engines(), os.path.exists("/var/run/docker.sock"))
"""

NEEDED = ("unshare", "setpriv", "mount", "ip", "dockerd")


@pytest.mark.chaos
@pytest.mark.engine
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not all(map(shutil.which, NEEDED)),
    reason=f"only root on Linux with {', '.join(NEEDED)} can start an engine apart from the machine's own",
)
@pytest.mark.parametrize(("then", "at_once"), [(CLOSE, ["[]"]), (DIE, [])], ids=["closed", "killed"])
def test_p27_a_real_engine_ends_with_whoever_started_it(then: str, at_once: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"}
    programs = (ENGINES + START + then + RUN, ENGINES + AFTERWARDS)
    command = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "sh", "-c", APART, sys.executable]
    done = subprocess.run(
        [*command, *programs], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.stdout.splitlines() == [
        "Looking for a Docker engine.",
        "Starting a Docker engine; it ends with this program.",
        "The Docker engine is ready.",
        "0 containers ['containerd', 'dockerd']",
        *at_once,
        "[] False",
    ], done.stderr
