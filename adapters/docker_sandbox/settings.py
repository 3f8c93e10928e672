"""The settings of a sandbox, and the limits of every run."""

from dataclasses import dataclass

from adapters.docker_sandbox.recipe import ImageRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How code is run.

    ``image`` is any local image with ``python3`` on its path; empty means the one that `ImageRecipe` describes.
    ``runtime`` is another OCI runtime of the engine, such as ``runsc``; empty means the engine's own.
    ``preload`` are modules that waiting containers import ahead of time, where the image has them.
    ``waiting`` containers stand ready while `DockerSandbox.serve` runs; at most ``at_once`` runs go on at a time, and
    ``queue`` more wait for at most ``patience`` seconds, before the sandbox says that it is busy.
    ``stateful`` keeps one container for each room, so that variables and files stay for its next run: for at most
    ``session_age`` seconds, ``session_idle`` without a run, and ``sessions`` rooms (the least used one is ended).
    """

    image: str = ""
    runtime: str = ""
    memory_mb: int = 512
    cpus: float = 1.0
    preload: tuple[str, ...] = ("numpy", "pandas", "matplotlib.pyplot")
    waiting: int = 2
    at_once: int = 4
    queue: int = 16
    patience: float = 60.0
    stateful: bool = False
    session_idle: float = 900.0
    session_age: float = 14_400.0
    sessions: int = 8

    @property
    def workspace_mb(self) -> int:
        """How much files in the workspace may hold; they take of the container's memory."""
        return min(64, self.memory_mb // 2)

    @property
    def scratch_mb(self) -> int:
        """The same in /tmp."""
        return min(16, self.memory_mb // 8)

    @property
    def own_kernel(self) -> bool:
        """Whether containers have a kernel of gVisor's instead of the host's."""
        return self.runtime.startswith("runsc")

    @property
    def image_name(self) -> str:
        """The image by the name that the engine knows."""
        return self.image or ImageRecipe().tag


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """What comes out of a run at most; kept in the container and checked again outside. Sizes are in bytes.

    Of the output the ``head`` and the ``tail`` are kept; a program that prints more than ``output`` is ended.
    """

    head: int = 48 * 1024
    tail: int = 16 * 1024
    output: int = 32 * 1024 * 1024
    files: int = 10
    file: int = 8 * 1024 * 1024


LIMITS = RunLimits()
