"""X5, X13: the bot is killed; the bot is in a container itself."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from adapters.docker_sandbox import SandboxSettings
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.hardening import OWNER
from tests.adapters.docker_sandbox.conftest import beside_plain_runs, gone
from tests.adapters.docker_sandbox.proxy import Proxy

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[3]

BOT = """
import asyncio
from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from agents.log.code_blocks import CodeBlock
from agents.log.files import NamedFile
from agents.ports import CodeRun

async def main():
    settings = SandboxSettings(image={image!r}, memory_mb=128, preload=(), waiting=2, stateful={stateful})
    sandbox = DockerSandbox(settings, owner={owner!r})
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sandbox.serve())
        while sandbox.ready < 2:
            await asyncio.sleep(0.01)
        {then}

def run_of(code, *files):
    return CodeRun(room="test", blocks=(CodeBlock(language="python", code=code),), files=files, timeout=60)

async def busy(sandbox):
    await sandbox.run(run_of("while True: pass"))

asyncio.run(main())
"""

IDLE = "print('ready', flush=True); await asyncio.Event().wait()"
BUSY = """tasks.create_task(busy(sandbox))
        await asyncio.sleep(0.5)
        print('ready', flush=True)
        await asyncio.Event().wait()"""
SESSION = "await sandbox.run(run_of('kept = 1')); print('ready', flush=True); await asyncio.Event().wait()"
IN_A_CONTAINER = """given = NamedFile(name="in.txt", media_type="text/plain", content=b"given")
        result = await sandbox.run(run_of("open('out.txt', 'w').write(open('in.txt').read() + ' back')", given))
        print(result.status, result.files[0].name, result.files[0].content.decode())
        raise SystemExit"""


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("then", "within"), [(IDLE, 2.0), (BUSY, 5.0), (SESSION, 2.0)], ids=["idle", "busy", "session"]
)
async def test_x5_x11_killing_the_bot_removes_all_its_containers(
    settings: SandboxSettings, engine: DockerEngine, owner: str, then: str, within: float
) -> None:
    program = BOT.format(image=settings.image, owner=owner, then=then, stateful=then == SESSION)
    with bot_of(program) as bot:
        assert bot.stdout
        assert bot.stdout.readline() == "ready\n"
        assert len(await engine.containers(f"{OWNER}={owner}")) >= 2
        # A container that is made and not yet started when the bot dies is swept by the next start, and not meant here.
        await asyncio.sleep(3.0)
    took, plain = await beside_plain_runs(settings, gone(engine, owner))
    assert took < within + 3 * plain


@contextmanager
def bot_of(program: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that is killed, without any warning, at the end of the block."""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as bot:
        yield bot
        bot.kill()


AS_IN_COMPOSE = {
    "ReadonlyRootfs": True,
    "Tmpfs": {"/tmp": ""},
    "CapDrop": ["ALL"],
    "SecurityOpt": ["no-new-privileges:true"],
    "Init": True,
}
"""What compose.yaml gives to the bot, and takes from it."""


@pytest.mark.skipif(sys.platform != "linux", reason="the bot's container borrows this machine's Python packages")
@pytest.mark.parametrize("way", ["socket", "tcp"])
async def test_x13_a_bot_in_a_container_runs_code_with_files_through_the_engines_socket_or_over_tcp(
    settings: SandboxSettings, proxy: Proxy, engine: DockerEngine, owner: str, way: str
) -> None:
    if not engine.host.startswith("unix://"):
        pytest.skip("the engine has no socket that could be mounted")
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ways: dict[str, dict[str, Any]] = {
            "socket": {
                "Env": [],
                "HostConfig": {"NetworkMode": "none", "Binds": [f"{engine.host[7:]}:/var/run/docker.sock", *code()]},
            },
            "tcp": {
                "Env": [f"DOCKER_HOST=tcp://127.0.0.1:{port}"],
                "User": "10001",
                "HostConfig": {**AS_IN_COMPOSE, "NetworkMode": "host", "Binds": code()},
            },
        }
        assert b"ok out.txt given back" in await said_in_a_container(settings, engine, owner, ways[way])
        await gone(engine, owner)
        await proxy.cut()


async def said_in_a_container(
    settings: SandboxSettings, engine: DockerEngine, owner: str, config: Mapping[str, Any]
) -> bytes:
    """What a bot prints that runs code as `IN_A_CONTAINER` has it, in a container with this configuration."""
    program = BOT.format(image=settings.image, owner=owner, then=IN_A_CONTAINER, stateful=False)
    bot = {
        "Image": settings.image,
        "Entrypoint": ["python3", "-c", program],
        **config,
        "Env": ["PYTHONPATH=/project:/packages", "PYTHONDONTWRITEBYTECODE=1", *config["Env"]],
    }
    container: str = (await engine.call(lambda client: client.create_container_from_config(bot)))["Id"]
    try:
        await engine.call(lambda client: client.start(container))
        deadline = time.monotonic() + 30
        state: Any = {"Running": True}
        while state["Running"] and time.monotonic() < deadline:
            state = (await engine.call(lambda client: client.inspect_container(container)))["State"]
        return await engine.call(lambda client: client.logs(container, tail=20))
    finally:
        await engine.remove(container)


def code() -> list[str]:
    """The project and its libraries, for a container."""
    docker = find_spec("docker")
    assert docker
    assert docker.origin
    projects = [f"{ROOT / name}:/project/{name}:ro" for name in ("agents", "adapters")]
    return [*projects, f"{Path(docker.origin).parents[1]}:/packages:ro"]
