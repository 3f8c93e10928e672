"""X19: an image out of this machine's own Python, without a registry."""

import asyncio
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, ImageRecipe, SandboxSettings, image
from adapters.docker_sandbox.engine import DockerEngine, EngineClient
from adapters.docker_sandbox.image import ensure_image
from adapters.docker_sandbox.rootfs import write_rootfs
from agents.errors import SandboxUnavailable
from tests.adapters.docker_sandbox.conftest import PATIENCE, python, sh

pytest_plugins = ("tests.engine",)

SMALL = ImageRecipe(packages=(), tools=("sh", "cat", f"no-such-tool-{uuid.uuid4().hex}"))
"""An image that nobody else builds or removes at the same time."""


@pytest.mark.engine
async def test_x19_a_bare_image_is_built_in_seconds_once_and_runs_code(engine: DockerEngine, owner: str) -> None:
    steps: list[tuple[str, float]] = []
    started = time.monotonic()
    try:
        tag = await ensure_image(SMALL, lambda step, done: steps.append((step, done)), engine=engine)
        assert time.monotonic() - started < 60  # 2 to 10 seconds, by what else the machine does
        assert tag == SMALL.tag
        assert [done for _, done in steps] == sorted(done for _, done in steps)
        assert steps[-1] == (f"The sandbox image {tag} is ready.", 1.0)
        assert len(steps) == 3

        steps.clear()
        assert await ensure_image(SMALL, lambda step, done: steps.append((step, done)), engine=engine) == tag
        assert len(steps) == 1

        sandbox = DockerSandbox(SandboxSettings(image=tag, memory_mb=128), owner=owner)
        program = (
            "import sys, ctypes, sqlite3, ssl, lzma, hashlib, decimal, zoneinfo\n"
            "print(sys.prefix, sys.version_info[:2])\ntry:\n    import numpy\nexcept ImportError:\n    print('bare')"
        )
        result = await sandbox.run(python(program))
        assert result.output == f"/usr/local {sys.version_info[:2]}\nbare\n"
        assert (await sandbox.run(sh("cat /etc/group; ls"))).exit_code == 127
        sandbox.close()
    finally:
        await engine.call(lambda client: client.remove_image(SMALL.tag, force=True))


@pytest.mark.engine
async def test_x19_the_default_image_has_the_packages_and_the_tools(sandbox_image: str, owner: str) -> None:
    assert sandbox_image == SandboxSettings().image_name
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image), owner=owner)
    result = await sandbox.run(
        python(
            "import numpy.testing, pandas.testing, matplotlib.testing\nprint(pandas.Series([1, 2]).sum())", timeout=30
        )
    )
    assert result.output == "3\n"
    result = await sandbox.run(sh("seq 3 | awk '{ n += $1 } END { print n }'; date +%Z; [[ x == x ]] && echo bash"))
    assert result.output == "6\nUTC\nbash\n"
    sandbox.close()


@pytest.mark.engine
async def test_x19_the_default_image_has_no_entry_point_of_its_own(sandbox_image: str, engine: DockerEngine) -> None:
    config: Any = (await engine.call(lambda client: client.inspect_image(sandbox_image)))["Config"]
    assert (config["Entrypoint"] or [], config["Cmd"]) == ([], ["python3"])
    assert config["Env"] == ["PATH=/usr/local/bin:/usr/bin:/bin"]


@pytest.mark.engine
async def test_x19_a_package_that_cannot_be_had_is_named(engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    recipe = ImageRecipe(packages=("numpy",), tools=("sh",))
    with pytest.raises(SandboxUnavailable, match=r"packages \(numpy\) could not be installed: .*numpy"):
        await ensure_image(recipe, lambda step, done: None, engine=engine)


@pytest.mark.engine
async def test_x19_a_build_that_nobody_waits_for_any_more_leaves_no_half_an_image(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def installed(*_: object) -> None:
        """As if there were packages."""

    monkeypatch.setattr(image, "_install", installed)
    recipe = ImageRecipe(packages=("matplotlib",), tools=("cat", f"no-such-tool-{uuid.uuid4().hex}"))

    def cancel(step: str, _: float) -> None:
        if step.startswith("Handing"):
            asyncio.get_running_loop().call_later(0.1, build.cancel)

    build = asyncio.ensure_future(ensure_image(recipe, cancel, engine=engine))
    await asyncio.wait([build])
    assert build.cancelled()
    async with asyncio.timeout(PATIENCE):
        while await engine.call(lambda client: half_built(client, recipe)):
            pass


def half_built(client: EngineClient, recipe: ImageRecipe) -> list[str]:
    found: Any = client.images(name="tertulia-sandbox")
    return [tag for row in found for tag in row["RepoTags"] or () if tag.startswith(f"{recipe.tag}-")]


@pytest.mark.engine
async def test_x19_a_build_that_takes_too_long_is_given_up(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "PIP_SECONDS", 0.05)
    with pytest.raises(SandboxUnavailable, match=r"it took longer than 0 s; check the network"):
        await ensure_image(ImageRecipe(packages=("numpy",), tools=("cat",)), lambda step, done: None, engine=engine)


async def test_x19_where_python_cannot_be_packed_the_sentence_names_the_dockerfile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="docker build -t tertulia-sandbox docker"):
        await asyncio.to_thread(write_rootfs, tmp_path / "layer.tar", (), tmp_path)


def test_x19_a_recipe_is_known_by_its_tag() -> None:
    assert ImageRecipe().tag == ImageRecipe().tag
    assert ImageRecipe().tag.startswith("tertulia-sandbox:")
    assert len({ImageRecipe().tag, ImageRecipe(packages=()).tag, ImageRecipe(tools=("sh",)).tag}) == 3
    assert ImageRecipe(packages=("a", "b"), tools=()).tag != ImageRecipe(packages=("a",), tools=("b",)).tag
