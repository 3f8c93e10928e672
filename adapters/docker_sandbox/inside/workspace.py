"""Files in, files out."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable

from adapters.docker_sandbox.inside.frames import CHUNK, send, send_json

WORKSPACE = "/workspace"
SCRATCH = "/tmp"


def place(block: dict[str, str], number: int) -> str:
    """Write the block to the file that it names, or else outside the workspace; the file's path."""
    reopen()
    suffix = "py" if block["language"] == "python" else "sh"
    path = os.path.join(WORKSPACE, block["filename"] or f"{SCRATCH}/block{number}.{suffix}")
    folder = os.path.dirname(path)
    if os.path.realpath(folder) != folder:
        raise OSError(f"{block['filename']} leads out of the workspace")
    os.makedirs(folder, exist_ok=True)
    write_file(path, [block["code"].encode("utf-8", "replace")])
    return path


def reopen() -> None:
    """Let programs into their folders again; earlier ones may have shut them."""
    for folder in (WORKSPACE, SCRATCH):
        os.chmod(folder, 0o700)


def write_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a regular file, whole or not at all."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(os.open(path, flags, 0o644), "wb", 0) as file:
        try:
            for piece in pieces:
                rest = memoryview(piece)
                while rest:
                    rest = rest[file.write(rest) :]
        except OSError:
            os.unlink(path)
            raise


def fingerprint(path: str) -> tuple[int, ...] | None:
    """What changes when a file is written, its size first; None for anything but a regular file."""
    state = os.lstat(path)
    return (state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns) if stat.S_ISREG(state.st_mode) else None


def regular_files() -> dict[str, tuple[int, ...]]:
    """The workspace's regular files by path, with their fingerprints; caches and dot files are left out.

    So is what nobody can reach: in folders that are shut, or deeper down than a path may be long.
    """
    found: dict[str, tuple[int, ...]] = {}
    folders = [WORKSPACE]  # a list, as a tree may be deeper than Python calls functions
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name == "__pycache__":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif state := fingerprint(entry.path):
                    found[entry.path] = state
    return found


def send_files(before: dict[str, tuple[int, ...]], most: int, largest: int) -> tuple[int, int]:
    """Send new and changed files; return how many were too many, and how many too large."""
    changed = sorted((path, state[0]) for path, state in regular_files().items() if before.get(path) != state)
    fitting = [(path, size) for path, size in changed if size <= largest]
    for path, size in fitting[:most]:
        os.chmod(path, 0o600)  # it may have made its file unreadable
        send_json(b"F", {"name": os.fsencode(os.path.basename(path)).decode("utf-8", "replace"), "size": size})
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            for start in range(0, size, CHUNK):
                send(b"D", file.read(min(CHUNK, size - start)))
    return len(fitting[most:]), len(changed) - len(fitting)
