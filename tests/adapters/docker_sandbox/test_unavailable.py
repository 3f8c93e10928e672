"""X12: without an engine, without an image, or when the engine goes away: unavailable, with what to do."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings, recipe
from adapters.docker_sandbox import engine as engine_module
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.hardening import OWNER, container_config
from agents.errors import SandboxUnavailable
from tests.adapters.docker_sandbox.conftest import PATIENCE, gone, python
from tests.adapters.docker_sandbox.proxy import Proxy

pytest_plugins = ("tests.engine",)


async def test_x12_without_an_engine_the_sentence_says_where_it_was_looked_for() -> None:
    engine = DockerEngine(threads=1, host="unix:///nowhere/docker.sock")
    sandbox = DockerSandbox(SandboxSettings(image="any"), owner="x", engine=engine)
    for attempt in (sandbox.check(), sandbox.run(python("print(1)"))):
        with pytest.raises(SandboxUnavailable) as caught:
            await attempt
        assert str(caught.value) == (
            "No Docker engine answers at unix:///nowhere/docker.sock, so code is shown and not run; "
            "start Docker, or set DOCKER_HOST to where it is."
        )
        assert not caught.value.busy
    sandbox.close()


async def test_x12_an_address_that_gives_no_raw_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@elsewhere")
    sandbox = DockerSandbox(SandboxSettings(image="any"), owner="x")
    with pytest.raises(SandboxUnavailable, match=r"DOCKER_HOST is ssh://me@elsewhere, .* give a unix:// socket"):
        await sandbox.check()
    sandbox.close()


async def test_x12_an_engine_that_is_replaced_by_another_version_is_asked_in_that_ones_words(tmp_path: Path) -> None:
    spoken, asked = ["1.41"], list[str]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        except asyncio.IncompleteReadError:  # nothing was asked: it was looked whether anybody listens
            writer.close()
            return
        asked.append(path.partition("?")[0])
        understood = path.startswith(("/version", f"/v{spoken[-1]}/"))
        said: object = {"message": f"client version 1.41 is too old. Minimum supported API version is {spoken[-1]}"}
        if understood:
            said = {"ApiVersion": spoken[-1]} if path == "/version" else []
        body = json.dumps(said).encode()
        writer.write(b"HTTP/1.1 %b\r\n" % (b"200 OK" if understood else b"400 Bad Request"))
        writer.write(b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
        writer.write(body)
        writer.close()

    async with await asyncio.start_unix_server(answer, tmp_path / "docker.sock"):
        engine = DockerEngine(threads=1, host=f"unix://{tmp_path}/docker.sock")
        for version in ("1.41", "1.44"):
            spoken.append(version)
            assert await engine.containers("none=none") == ()
        engine.close()
    first, again = "/v1.41/containers/json", "/v1.44/containers/json"
    assert asked == ["/version", first, first, "/version", again]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("", r"The sandbox image tertulia-sandbox:\w+ is not on this engine; run `tertulia sandbox build` once\."),
        (
            "mine:missing",
            r"The sandbox image mine:missing, which .* build or load it there, or take `image` out of .*\.",
        ),
    ],
)
async def test_x12_a_missing_image_is_named_with_what_brings_it_there(
    named: str, said: str, engine_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "FORMAT", "one that nobody has built")
    sandbox = DockerSandbox(SandboxSettings(image=named), owner="x")
    for attempt in (sandbox.check(), sandbox.run(python("print(1)"))):
        with pytest.raises(SandboxUnavailable) as caught:
            await attempt
        assert re.fullmatch(said, str(caught.value))
    sandbox.close()


@pytest.mark.engine
async def test_x12_a_missing_runtime_is_named(sandbox_image: str) -> None:
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image, runtime="kryptonite"), owner="x")
    with pytest.raises(SandboxUnavailable, match=r"no runtime 'kryptonite' \(it has .*runc"):
        await sandbox.check()
    with pytest.raises(SandboxUnavailable, match=r"The Docker engine refused: .*kryptonite"):
        await sandbox.run(python("print(1)"))
    sandbox.close()


@pytest.mark.engine
async def test_x12_a_container_that_cannot_start_leaves_nothing_behind(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    config = {**container_config(settings, {OWNER: owner}), "Entrypoint": ["/no/such/program"]}
    with pytest.raises(SandboxUnavailable, match=r"The Docker engine refused: .*/no/such/program"):
        await engine.start(config)
    assert await engine.containers(f"{OWNER}={owner}") == ()


@pytest.mark.engine
async def test_x4_the_engine_tells_whether_memory_ended_a_container(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    config: Any = container_config(settings, {OWNER: owner})
    host = {**config["HostConfig"], "AutoRemove": False}
    program = "import sys; sys.stdin.read(1); held = bytearray(600 << 20)"
    started = await engine.start({**config, "Entrypoint": ["python3", "-c", program], "Cmd": [], "HostConfig": host})
    assert await engine.out_of_memory(started.id) is None
    started.socket.sendall(b"x")
    await engine.call(lambda client: client.wait(started.id, timeout=10))
    assert await engine.out_of_memory(started.id) is True
    started.socket.close()
    await engine.remove(started.id)
    assert await engine.out_of_memory(started.id) is None


@pytest.mark.engine
async def test_x12_an_engine_that_goes_away_while_code_runs_is_unavailable(
    settings: SandboxSettings, proxy: Proxy, engine: DockerEngine, owner: str
) -> None:
    sandbox = DockerSandbox(settings, owner=owner, engine=DockerEngine(threads=4, host=proxy.host))
    assert (await sandbox.run(python("print(1)"))).output == "1\n"
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(unavailable(sandbox))
        async with asyncio.timeout(PATIENCE):
            await proxy.begun.wait()
        await proxy.cut()
    assert (await run).startswith("The Docker engine went away while the code ran.")
    sandbox.close()
    await gone(engine, owner)


async def unavailable(sandbox: DockerSandbox) -> str:
    try:
        result = await sandbox.run(python("print('be' + 'gun')\nimport time; time.sleep(60)", timeout=60))
    except SandboxUnavailable as reason:
        return str(reason)
    return repr(result)


@pytest.mark.engine
async def test_x13_an_engine_in_a_container_of_its_own_is_used_over_tcp(
    settings: SandboxSettings, proxy: Proxy, engine: DockerEngine, owner: str
) -> None:
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        away = DockerEngine(threads=4, host=f"tcp://127.0.0.1:{port}")
        sandbox = DockerSandbox(settings, owner=owner, engine=away)
        await sandbox.check()
        result = await sandbox.run(python("open('out.txt', 'w').write('x' * 200_000); print('over tcp')"))
        assert (result.status, result.output, len(result.files[0].content)) == ("ok", "over tcp\n", 200_000)
        await gone(engine, owner)
        sandbox.close()
        await proxy.cut()


@pytest.mark.engine
async def test_x12_an_engine_that_does_not_answer_is_given_up_after_its_deadline(
    settings: SandboxSettings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "PATIENCE", 0.3)
    proxy.silent = True
    sandbox = DockerSandbox(settings, owner="x", engine=DockerEngine(threads=4, host=proxy.host))
    with pytest.raises(SandboxUnavailable, match=r"did not answer within 0 s; look at its log, restart it"):
        await sandbox.run(python("print(1)"))
    sandbox.close()
