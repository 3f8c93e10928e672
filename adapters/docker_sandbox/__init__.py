"""Agents' code in Docker containers (what is promised: docs/sandbox.md). See `DockerSandbox`."""

from adapters.docker_sandbox.recipe import ImageRecipe
from adapters.docker_sandbox.sandbox import DockerSandbox
from adapters.docker_sandbox.settings import SandboxSettings

__all__ = ["DockerSandbox", "ImageRecipe", "SandboxSettings"]
