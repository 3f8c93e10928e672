"""What the sandbox's own image is made of, and the tag that says so."""

import hashlib
import platform
import sys
from dataclasses import dataclass

FORMAT = 3
"""Raised whenever the way in which images are built changes."""

TOOLS = (
    "awk", "base64", "basename", "bash", "cat", "chmod", "cmp", "cp", "cut", "date", "diff", "dirname", "du", "echo",
    "env", "expr", "find", "grep", "gzip", "head", "id", "kill", "ln", "ls", "md5sum", "mkdir", "mktemp", "mv", "nl",
    "od", "paste", "printf", "ps", "pwd", "readlink", "realpath", "rev", "rm", "rmdir", "sed", "seq", "sh", "sha256sum",
    "sleep", "sort", "split", "stat", "tac", "tail", "tar", "tee", "test", "timeout", "touch", "tr", "true", "uname",
    "uniq", "wc", "which", "xargs", "yes",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecipe:
    """An image FROM scratch: this machine's Python, some ordinary tools, and ``packages`` as pip knows them.

    The tools and libraries are those of this machine, so the image is for engines of the same kind of machine.
    """

    packages: tuple[str, ...] = ("numpy", "pandas", "matplotlib")
    tools: tuple[str, ...] = TOOLS

    @property
    def tag(self) -> str:
        """The image's name: the same recipe on the same Python has the same one, and is not built again."""
        parts = (FORMAT, sys.version, platform.machine(), *self.packages, "", *self.tools)
        digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
        return f"tertulia-sandbox:{digest[:12]}"
