"""A Docker engine for the demo and for tests: the one that answers, or one that is started and ended here.

An engine that answers is used as it is and never touched. Otherwise, on a Debian-like machine, as root and unless
NO_ENGINE=1, Debian's package is installed where it is missing, and ``dockerd`` is started; it gets SIGTERM from us
at the end, or from the kernel when this process is killed (``setpriv --pdeathsig``). What stays is what any
stopped engine leaves, the package and its images under /var/lib/docker, and the log of one whose starter was killed.
"""

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from dataclasses import dataclass, field
from pathlib import Path

from adapters.docker_sandbox.address import engine_address
from adapters.docker_sandbox.image import Progress

ASK_SECONDS, START_SECONDS, STOP_SECONDS, APT_SECONDS = 3.0, 30.0, 20.0, 300.0
_TICK = 0.1
_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60")
_INSTALLING = "Installing Debian's package docker.io, because agents' code runs in containers and nowhere else."


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What matters here of a machine: where its engine listens, and whether one may be started on it."""

    host: str = field(default_factory=engine_address)
    named: bool = field(default_factory=lambda: bool(os.environ.get("DOCKER_HOST")))
    pid_file: Path = Path("/var/run/docker.pid")
    linux: bool = sys.platform == "linux"
    root: bool = field(default_factory=lambda: hasattr(os, "geteuid") and os.geteuid() == 0)
    allowed: bool = field(default_factory=lambda: os.environ.get("NO_ENGINE", "") in ("", "0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineHandle:
    """An engine that answers at ``host``; ``daemon`` is the process that was started for it, and ``log`` its output."""

    host: str
    daemon: Process | None = None
    log: str = ""

    async def close(self) -> None:
        """End the daemon that was started here, and nothing else."""
        if self.daemon and self.daemon.returncode is None:
            self.daemon.terminate()
            if not await _ended(self.daemon, STOP_SECONDS):
                self.daemon.kill()
                await _ended(self.daemon, STOP_SECONDS)
        if self.log:
            Path(self.log).unlink(missing_ok=True)  # noqa: ASYNC240 (one small file)


class NoEngine(Exception):
    """No engine answers and none can be started; the text says why and what to do."""


async def prepare_engine(progress: Progress, machine: Machine | None = None) -> EngineHandle | None:
    """Find or start an engine; None where there is none, and ``progress`` was told last how to get one."""
    this = machine or Machine()
    try:
        if await find_or_install(progress, this):
            return EngineHandle(host=this.host)
        progress("Starting a Docker engine; it ends with this program.", 0.8)
        started = await _start(this)
    except NoEngine as reason:
        progress(f"Code is shown and not run: {reason}", 1.0)
        return None
    progress("The Docker engine is ready.", 1.0)
    return started


async def find_or_install(progress: Progress, machine: Machine) -> bool:
    """Whether an engine answers; where none does, one is installed and may be started. Raises `NoEngine`."""
    progress("Looking for a Docker engine.", 0.0)
    if await answers(machine.host):
        progress("A Docker engine answers.", 1.0)
        return True
    _require_may_start(machine)
    if not shutil.which("dockerd"):
        progress(_INSTALLING, 0.1)
        await _apt("update")
        progress(_INSTALLING, 0.3)
        await _apt("install", "-y", "--no-install-recommends", "docker.io")
    if not _runs(machine.pid_file):
        return await answers(machine.host)
    progress("Waiting for the Docker engine that is just starting.", 0.7)
    await ready(machine.host)
    return True


async def answers(host: str) -> bool:
    """Whether an engine answers there. Raises `NoEngine` where this user may not ask it."""
    scheme, _, address = host.partition("://")
    if scheme not in ("unix", "tcp", "http"):
        raise NoEngine(f"DOCKER_HOST is {host}; give a unix:// socket or a plain tcp:// address.")
    try:
        async with asyncio.timeout(ASK_SECONDS):
            if scheme == "unix":
                reader, writer = await asyncio.open_unix_connection(address)
            else:
                name, _, port = address.rstrip("/").rpartition(":")
                reader, writer = await asyncio.open_connection(name.strip("[]"), int(port))
            try:
                writer.write(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except PermissionError as error:
        raise NoEngine(
            f"this user may not open the Docker socket at {host}; add the user to the group docker and log in again."
        ) from error
    except (OSError, ValueError):
        return False


async def ready(host: str, daemon: Process | None = None) -> None:
    """Return when the engine answers. Raises `NoEngine` when it takes too long, or when its process ends."""
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await answers(host):
                if daemon is None:
                    await asyncio.sleep(_TICK)
                elif await _ended(daemon, _TICK):
                    raise NoEngine(f"the Docker engine ended when it was started (exit code {daemon.returncode}).")
    except TimeoutError as error:
        raise NoEngine(f"the Docker engine did not answer within {START_SECONDS:.0f} s.") from error


def command_line_of(machine: Machine) -> tuple[str, ...]:
    """How the engine is started. Where gVisor is installed, it can then be named as a sandbox's runtime."""
    gvisor = shutil.which("runsc")
    runtimes = ("--add-runtime", f"runsc={_without_network(gvisor, machine)}") if gvisor else ()
    return "dockerd", "--host", machine.host, "--pidfile", str(machine.pid_file), *runtimes


def _without_network(gvisor: str, machine: Machine) -> Path:
    """A program beside the pid file that runs gVisor for containers without a network, which all of ours are.

    It would else ask for rights over networks that an engine inside a container does not have.
    """
    program = machine.pid_file.with_name("tertulia-runsc")
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(gvisor)} --network=none "$@"\n')
    program.chmod(0o755)
    return program


def _require_may_start(machine: Machine) -> None:
    if machine.named:
        raise NoEngine(f"no Docker engine answers at {machine.host}, which DOCKER_HOST names; start it or unset that.")
    if not machine.linux:
        raise NoEngine("no Docker engine answers; start Docker Desktop and then Tertulia again.")
    if not machine.allowed:
        raise NoEngine("no Docker engine answers and NO_ENGINE=1 forbids to start one; unset it or start Docker.")
    if not machine.root:
        raise NoEngine("no Docker engine answers; start one (`sudo systemctl start docker`) and then Tertulia again.")
    if not shutil.which("dockerd") and not shutil.which("apt-get"):
        raise NoEngine("no Docker engine is installed; install one with this system's packages, then start Tertulia.")


async def _apt(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *_APT, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(APT_SECONDS):
            said, _ = await process.communicate()
        why = _last_line(said) if process.returncode else ""
    except TimeoutError:
        why = f"it took longer than {APT_SECONDS:.0f} s"
    finally:
        if process.returncode is None:
            process.terminate()  # apt tidies up after itself; a kill would leave its locks and half a package
            await _ended(process, STOP_SECONDS)
    if why:
        raise NoEngine(f"apt-get {arguments[0]} failed ({why}); install docker.io by hand, then start Tertulia.")


async def _start(machine: Machine) -> EngineHandle:
    dies_with_us = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
    with tempfile.NamedTemporaryFile(prefix="tertulia-dockerd-", suffix=".log", delete=False) as log:
        daemon = await asyncio.create_subprocess_exec(
            *dies_with_us, *command_line_of(machine), stdin=DEVNULL, stdout=log, stderr=STDOUT, start_new_session=True
        )
    started = EngineHandle(host=machine.host, daemon=daemon, log=log.name)
    try:
        await ready(machine.host, daemon)
    except NoEngine as reason:
        said = Path(log.name).read_bytes()  # noqa: ASYNC240 (one small file)
        await started.close()
        raise NoEngine(f"{reason} Its last words: {_last_line(said)}") from reason
    except asyncio.CancelledError:
        await started.close()
        raise
    return started


async def _ended(process: Process, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        return False
    return True


def _runs(pid_file: Path) -> bool:
    """Whether a daemon that is not ours runs, or is just starting."""
    try:
        return Path(f"/proc/{int(pid_file.read_text(encoding='ascii'))}").exists()
    except (OSError, ValueError):
        return False


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
