"""P27: finding, starting and ending a Docker engine, with programs that stand in for apt-get and dockerd."""

import asyncio
import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots import engine
from bots.engine import Machine, prepare_engine
from bots.engine import __main__ as command
from bots.engine.__main__ import ensure, main, release

DOCKERD = f"""#!{sys.executable}
import os, signal, socketserver, sys, threading
where, pid_file = sys.argv[sys.argv.index("--host") + 1], sys.argv[sys.argv.index("--pidfile") + 1]
if os.path.exists(pid_file + ".broken"):
    sys.exit("failed to start daemon: the disk is full")
class Ping(socketserver.StreamRequestHandler):
    def handle(self):
        found = b"200 OK" if b"/_ping" in self.rfile.readline() else b"404 Not Found"
        self.wfile.write(b"HTTP/1.0 " + found + b"\\r\\n\\r\\n")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
open(pid_file, "w").write(str(os.getpid()))
socketserver.UnixStreamServer(where.removeprefix("unix://"), Ping).serve_forever()
"""

APT_GET = """#!/bin/sh
echo "$@" >> "{log}"
[ -e "{log}.offline" ] && echo "E: no mirror answers" && exit 100
case "$*" in *docker.io*) /bin/cp "{source}" "{target}" ;; esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where programs are found: with setpriv, and without dockerd and apt-get."""
    found = tmp_path / "bin"
    found.mkdir()
    if setpriv := shutil.which("setpriv"):
        (found / "setpriv").symlink_to(setpriv)
    monkeypatch.setenv("PATH", str(found))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which an engine may be started, and no engine listens."""
    return Machine(
        host=f"unix://{tmp_path}/docker.sock",
        named=False,
        pid_file=tmp_path / "docker.pid",
        linux=True,
        root=True,
        allowed=True,
    )


class Said:
    """What the progress was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    def __call__(self, step: str, done: float) -> None:
        self.steps.append((step, done))

    @property
    def last(self) -> str:
        return self.steps[-1][0]


def install(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


class Watched:
    """Processes that a test started, by descriptors: a number may soon be another's."""

    def __init__(self) -> None:
        self._processes: list[int] = []

    def add(self, pid: int) -> None:
        self._processes.append(os.pidfd_open(pid))

    def all_end(self) -> bool:
        """Whether they end within a few seconds."""
        return all(map(self._ends, self._processes))

    @staticmethod
    def _ends(process: int) -> bool:
        poller = select.poll()
        poller.register(process, select.POLLIN)
        return bool(poller.poll(10_000))

    def close(self) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            os.close(process)


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Whatever is left of these processes is killed after the test."""
    watched = Watched()
    yield watched
    watched.close()


async def test_p27_an_engine_is_started_and_ends_when_it_is_closed(programs: Path, machine: Machine) -> None:
    install(programs / "dockerd", DOCKERD)
    said = Said()
    handle = await prepare_engine(said, machine)
    assert handle
    assert handle.host == machine.host
    assert handle.daemon
    assert handle.daemon.returncode is None
    await handle.close()
    assert handle.daemon.returncode == 0
    assert [step for step, _ in said.steps] == [
        "Looking for a Docker engine.",
        "Starting a Docker engine; it ends with this program.",
        "The Docker engine is ready.",
    ]
    assert [done for _, done in said.steps] == sorted(done for _, done in said.steps)


async def test_p27_an_engine_that_answers_is_used_and_not_touched(programs: Path, machine: Machine) -> None:
    install(programs / "dockerd", DOCKERD)
    first = await prepare_engine(Said(), machine)
    second = await prepare_engine(Said(), machine)
    assert first
    assert first.daemon
    assert second
    assert second.daemon is None
    await second.close()
    assert first.daemon.returncode is None
    await first.close()


async def test_p27_a_missing_package_is_announced_and_installed_first(
    programs: Path, machine: Machine, tmp_path: Path
) -> None:
    log = tmp_path / "apt.log"
    install(tmp_path / "dockerd", DOCKERD)
    install(programs / "apt-get", APT_GET.format(log=log, source=tmp_path / "dockerd", target=programs / "dockerd"))
    said = Said()
    handle = await prepare_engine(said, machine)
    assert handle
    await handle.close()
    calls = log.read_text().splitlines()
    assert calls[0].endswith("update")
    assert calls[1].endswith("install -y --no-install-recommends docker.io")
    assert said.steps[1][0].startswith("Installing Debian's package docker.io, because")


async def test_p27_without_a_network_the_sentence_tells_what_apt_said(
    programs: Path, machine: Machine, tmp_path: Path
) -> None:
    log = tmp_path / "apt.log"
    install(tmp_path / "apt.log.offline", "")
    install(programs / "apt-get", APT_GET.format(log=log, source="", target=""))
    said = Said()
    assert await prepare_engine(said, machine) is None
    assert said.last == (
        "Code is shown and not run: apt-get update failed (E: no mirror answers); "
        "install docker.io by hand, then start Tertulia."
    )


async def test_p27_an_engine_that_does_not_start_leaves_its_last_words(programs: Path, machine: Machine) -> None:
    install(programs / "dockerd", DOCKERD)
    install(machine.pid_file.with_name("docker.pid.broken"), "")
    said = Said()
    assert await prepare_engine(said, machine) is None
    assert said.last.endswith("(exit code 1). Its last words: failed to start daemon: the disk is full")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"allowed": False}, "NO_ENGINE=1 forbids to start one; unset it or start Docker."),
        ({"root": False}, "start one (`sudo systemctl start docker`) and then Tertulia again."),
        ({"linux": False}, "start Docker Desktop and then Tertulia again."),
        ({"named": True}, "which DOCKER_HOST names; start it or unset that."),
        ({"host": "ssh://elsewhere"}, "give a unix:// socket or a plain tcp:// address."),
        ({"host": "tcp://127.0.0.1:1"}, "install one with this system's packages, then start Tertulia."),
        ({"host": "tcp://nonsense"}, "install one with this system's packages, then start Tertulia."),
    ],
)
@pytest.mark.usefixtures("programs")
async def test_p27_without_an_engine_the_last_sentence_says_how_to_get_one(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    named: dict[str, object] = {"host": f"unix://{tmp_path}/docker.sock", "named": False, "root": True, "allowed": True}
    said = Said()
    assert await prepare_engine(said, Machine(pid_file=tmp_path / "docker.pid", **{**named, **change})) is None
    assert said.last.startswith("Code is shown and not run: ")
    assert said.last.endswith(sentence)


def test_x18_an_engine_of_ours_offers_gvisor_where_it_is_installed(programs: Path, machine: Machine) -> None:
    assert "--add-runtime" not in engine.command_line_of(machine)
    install(programs / "runsc", '#!/bin/sh\necho "$@"\n')
    *_, option, runtime = engine.command_line_of(machine)
    assert option == "--add-runtime"
    program = runtime.removeprefix("runsc=")
    assert subprocess.run([program, "create", "a b"], capture_output=True, text=True).stdout == (
        "--network=none create a b\n"
    )


async def test_p27_an_engine_that_is_just_starting_is_waited_for(programs: Path, machine: Machine) -> None:
    install(programs / "dockerd", "#!/bin/sh\nexit 1\n")
    install(programs / "theirs", DOCKERD)
    machine.pid_file.write_text(str(os.getpid()))
    theirs = await asyncio.create_subprocess_exec(
        programs / "theirs", "--host", machine.host, "--pidfile", machine.pid_file
    )
    handle = await prepare_engine(Said(), machine)
    assert handle
    assert handle.daemon is None
    theirs.terminate()
    await theirs.wait()


async def test_p27_an_engine_that_does_not_end_when_asked_is_killed(
    programs: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STOP_SECONDS", 0.2)
    install(programs / "dockerd", DOCKERD.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN"))
    handle = await prepare_engine(Said(), machine)
    assert handle
    assert handle.daemon
    await handle.close()
    assert handle.daemon.returncode == -signal.SIGKILL


async def test_p27_giving_up_while_an_engine_starts_ends_it(
    programs: Path, machine: Machine, tmp_path: Path, watched: Watched
) -> None:
    install(programs / "dockerd", f"#!{sys.executable}\nimport os, time\nopen({str(tmp_path / 'pid')!r}, 'w')"
            ".write(str(os.getpid()))\ntime.sleep(60)\n")  # fmt: skip
    preparing = asyncio.ensure_future(prepare_engine(Said(), machine))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        await asyncio.wait([preparing], timeout=0.02)
    watched.add(int((tmp_path / "pid").read_text()))
    preparing.cancel()
    await asyncio.wait([preparing])
    assert preparing.cancelled()
    assert watched.all_end()


async def test_p27_an_engine_that_never_answers_is_given_up(
    programs: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "START_SECONDS", 0.3)
    install(programs / "dockerd", f"#!{sys.executable}\nimport time\nprint('waiting', flush=True)\ntime.sleep(60)\n")
    said = Said()
    assert await prepare_engine(said, machine) is None
    assert "the Docker engine did not answer within 0 s. Its last words: " in said.last


async def test_p27_an_installation_that_hangs_is_given_up(
    programs: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "APT_SECONDS", 0.2)
    install(programs / "apt-get", f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    said = Said()
    assert await prepare_engine(said, machine) is None
    assert "apt-get update failed (it took longer than 0 s)" in said.last


async def test_p27_a_socket_that_this_user_may_not_open_is_not_started_over(
    programs: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(path: str) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(asyncio, "open_unix_connection", refuse)
    install(programs / "dockerd", DOCKERD)
    said = Said()
    assert await prepare_engine(said, machine) is None
    assert said.last.endswith("add the user to the group docker and log in again.")


def test_p27_killing_the_process_that_started_an_engine_ends_the_engine(
    programs: Path, machine: Machine, watched: Watched
) -> None:
    if not (programs / "setpriv").exists():
        pytest.skip("setpriv (util-linux) is not installed, so an engine would outlive a killed process")
    install(programs / "dockerd", DOCKERD)
    program = (
        "import asyncio, pathlib, sys\n"
        "from bots.engine import Machine, prepare_engine\n"
        "async def main():\n"
        f"    machine = Machine(host={machine.host!r}, named=False, pid_file=pathlib.Path({str(machine.pid_file)!r}),"
        " linux=True, root=True, allowed=True)\n"
        "    handle = await prepare_engine(lambda *_: None, machine)\n"
        "    print(handle.daemon.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        pid = int(starter.stdout.readline())
        watched.add(pid)
        starter.kill()
    assert watched.all_end()


def test_an_ensured_engine_outlives_the_command_until_it_is_released(
    programs: Path, machine: Machine, tmp_path: Path, watched: Watched
) -> None:
    install(programs / "dockerd", DOCKERD)
    note = tmp_path / "note.pid"
    assert ensure(machine, note).startswith("An engine was started")
    pid = int(note.read_text().split()[0])
    watched.add(pid)
    assert ensure(machine, note) == "An engine answers already; nothing was started."
    assert release(note) == "The engine that was started here has ended."
    os.waitpid(pid, 0)
    assert release(note) == "No engine was started here, so none was ended."


def test_release_ends_no_process_that_merely_has_the_noted_number(tmp_path: Path) -> None:
    note = tmp_path / "note.pid"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        note.write_text(f"{other.pid} 1\n")
        assert release(note) == "The engine that was started here has ended already."
        assert other.poll() is None
        other.kill()
    note.write_text(f"{other.pid} 1\n")
    assert release(note) == "The engine that was started here has ended already."


def test_the_command_ensures_and_releases(
    programs: Path, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], watched: Watched,
) -> None:  # fmt: skip
    install(programs / "dockerd", DOCKERD)
    monkeypatch.setattr(command, "NOTE", tmp_path / "note.pid")
    monkeypatch.setattr(command, "Machine", lambda: machine)
    assert main(["ensure"]) == 0
    pid = int((tmp_path / "note.pid").read_text().split()[0])
    watched.add(pid)
    assert main(["release"]) == 0
    os.waitpid(pid, 0)
    assert capsys.readouterr().out.endswith("The engine that was started here has ended.\n")


def test_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start"]) == 2
    assert "python -m bots.engine ensure" in capsys.readouterr().err


def test_the_command_ends_with_1_where_there_is_no_engine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert main(["ensure"]) == 1
    assert "There is no engine: no Docker engine answers at tcp://127.0.0.1:1" in capsys.readouterr().err
