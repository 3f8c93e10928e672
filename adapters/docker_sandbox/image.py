"""Builds the sandbox's image out of this machine's own Python, without any image registry.

``python -m adapters.docker_sandbox.image`` builds it where it is missing and prints its name.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from adapters.docker_sandbox.engine import DockerEngine, EngineClient
from adapters.docker_sandbox.recipe import ImageRecipe
from adapters.docker_sandbox.rootfs import write_rootfs
from agents.errors import SandboxUnavailable

Progress: TypeAlias = Callable[[str, float], None]
"""Is told what goes on now, as a sentence, and how much of the whole is done, from 0 to 1."""

PIP_SECONDS = 600.0
_ENGINE_SECONDS = 600
"""How long one step may take: two hundred megabytes take minutes over a slow line."""
_SCRATCH_BYTES = 2 << 30
_DRAW = """
import os
os.environ.update(MPLCONFIGDIR="/usr/share/tertulia/matplotlib", MPLBACKEND="Agg")
import matplotlib.pyplot as plt
plt.figure().savefig("/dev/null", format="png")
"""
"""Fills the font cache that the agent copies to where a read-only container can keep it."""


async def ensure_image(recipe: ImageRecipe, progress: Progress, *, engine: DockerEngine | None = None) -> str:
    """Build the recipe's image unless the engine has it; its name. Raises `SandboxUnavailable`."""
    docker = engine or DockerEngine(threads=2)
    try:
        if not await docker.call(lambda client: client.images(name=recipe.tag)):
            await _build(recipe, progress, docker)
        progress(f"The sandbox image {recipe.tag} is ready.", 1.0)
        return recipe.tag
    finally:
        if engine is None:
            docker.close()


async def _build(recipe: ImageRecipe, progress: Progress, docker: DockerEngine) -> None:
    with tempfile.TemporaryDirectory(prefix="tertulia-image-", dir=_scratch()) as scratch:
        packages, archive = Path(scratch, "packages"), Path(scratch, "layer.tar")
        await asyncio.to_thread(packages.mkdir)
        if recipe.packages:
            progress(f"Fetching {', '.join(recipe.packages)} for the sandbox; this can take a minute.", 0.05)
            await _install(recipe.packages, packages)
        progress("Packing this machine's Python and tools into an image.", 0.6)
        await docker.call(lambda _: write_rootfs(archive, recipe.tools, packages), patience=_ENGINE_SECONDS)
        progress("Handing the image to the Docker engine.", 0.75)
        plots = "matplotlib" in recipe.packages
        name, _, tag = recipe.tag.partition(":")
        first_tag = f"{tag}-{uuid.uuid4().hex}" if plots else tag  # its own: another build may go on

        def forget(client: EngineClient, _: object) -> None:
            client.remove_image(f"{name}:{first_tag}")

        await docker.call(
            lambda client: client.import_image_from_file(
                str(archive),
                repository=name,
                tag=first_tag,
                changes=["ENV PATH=/usr/local/bin:/usr/bin:/bin", 'CMD ["python3"]'],
            ),
            undo=forget if plots else None,
            patience=_ENGINE_SECONDS,
        )
    if plots:
        progress("Drawing once inside, so that the first plot is quick.", 0.9)
        await docker.call(lambda client: _seed(client, f"{name}:{first_tag}", name, tag), patience=_ENGINE_SECONDS)


def _scratch() -> str | None:
    """In memory where there is enough: ten thousand small files are slow to write and to delete on a busy disk."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _SCRATCH_BYTES else None


async def _install(packages: Sequence[str], target: Path) -> None:
    """Have pip, or uv where there is no pip, put the packages into a folder, and compile them."""
    options = ("install", "--quiet", "--only-binary=:all:", "--target", str(target), *packages)
    real = os.path.realpath(sys.executable)  # noqa: ASYNC240 (one link, read at once)
    commands = (
        (sys.executable, "-m", "pip", *options, "--no-compile"),
        (real, "-m", "pip", *options, "--no-compile"),
        ("uv", "pip", *options, "--python", real),
    )
    said = ""
    for command in commands:
        code, said = await _run(*command)
        if code == 0:
            # on all processors, and without the packages' own tests, which pip would compile too
            await _run(sys.executable, "-m", "compileall", "-q", "-j", "0", "-x", "/tests/", str(target))
            return
        if code is not None and "No module named pip" not in said:
            break
    raise SandboxUnavailable(
        f"The sandbox's packages ({', '.join(packages)}) could not be installed: "
        f"{said or 'there is neither pip nor uv'}; check the network and try again."
    )


async def _run(*command: str) -> tuple[int | None, str]:
    """Its exit code and the last line of what it said; no code where there is no such program."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except FileNotFoundError:
        return None, ""
    try:
        async with asyncio.timeout(PIP_SECONDS):
            output, _ = await process.communicate()
        return process.returncode, output.decode(errors="replace").strip().rpartition("\n")[2]
    except TimeoutError:
        return 1, f"it took longer than {PIP_SECONDS:.0f} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _seed(client: EngineClient, unseeded: str, name: str, tag: str) -> None:
    """Fill matplotlib's font cache and keep it in a second layer. Fails where the packages do not work inside."""
    container = ""
    try:
        container = client.create_container_from_config(
            {
                "Image": unseeded,
                "Cmd": ["python3", "-c", _DRAW],
                "NetworkDisabled": True,
                "HostConfig": {"NetworkMode": "none"},
            }
        )["Id"]
        client.start(container)
        if client.wait(container, timeout=_ENGINE_SECONDS)["StatusCode"]:
            said = client.logs(container, tail=1).decode(errors="replace").strip()
            raise SandboxUnavailable(f"matplotlib does not work in the sandbox image: {said}.")
        client.commit(container, repository=name, tag=tag, changes=['CMD ["python3"]'])
    finally:
        if container:
            client.remove_container(container, force=True)
        client.remove_image(unseeded)


def _main() -> None:
    def show(step: str, _: float) -> None:
        sys.stderr.write(f"{step}\n")

    sys.stdout.write(asyncio.run(ensure_image(ImageRecipe(), show)) + "\n")


if __name__ == "__main__":
    _main()
