"""A small root file system FROM scratch: this machine's Python, the libraries that it needs, and some tools."""

import io
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agents.errors import SandboxUnavailable

PREFIX = "usr/local"
"""Where Python is in the image; it finds its library from there, wherever it was before."""

_LEFT_OUT = frozenset(
    ("site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3")
)
_ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_LDD_SECONDS = 60


def write_rootfs(archive: Path, tools: Sequence[str], packages: Path) -> None:
    """Write the image's only layer as a tar file; ``packages`` is a folder that pip has filled, or an empty one.

    Tools that this machine has not are left out. Raises `SandboxUnavailable` where such a layer cannot be made.
    """
    if platform.system() != "Linux" or not shutil.which("ldd"):
        raise SandboxUnavailable(
            "This machine's Python cannot be packed into an image (that takes Linux with glibc); build the sandbox "
            'image with `docker build -t tertulia-sandbox docker` and set image = "tertulia-sandbox" in [sandbox].'
        )
    python = Path(sys.executable).resolve()
    library = f"{PREFIX}/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    standard = Path(sysconfig.get_path("stdlib"))
    found = {name: Path(path).resolve() for name in tools if (path := shutil.which(name))}
    with tarfile.open(archive, "w", dereference=True) as tar:
        for folder in ("etc", "proc", "sys", "dev", "workspace"):
            _add_folder(tar, folder)
        _add_folder(tar, "tmp", mode=0o1777)
        for name, text in _ACCOUNTS.items():
            _add_text(tar, name, text)
        _add_link(tar, "bin", "usr/bin")
        tar.add(python, f"{PREFIX}/bin/python3", filter=_owned_by_root)
        _add_link(tar, f"{PREFIX}/bin/python", "python3")
        tar.add(standard, library, filter=_without_ballast)
        tar.add(packages, f"{library}/site-packages", filter=_without_tests)
        _add_link(tar, f"{library}/dist-packages", "site-packages")
        for name, path in found.items():
            tar.add(path, f"usr/bin/{name}", filter=_owned_by_root)
        programs = [python, *found.values(), *standard.glob("lib-dynload/*.so"), *packages.rglob("*.so*")]
        for path, target in _libraries(programs, besides=packages):
            tar.add(path, target, filter=_owned_by_root)


def _libraries(programs: Sequence[Path], besides: Path) -> Iterator[tuple[Path, str]]:
    """What the programs are linked with: each library, and where the image's loader will look for it."""
    listed = subprocess.run(
        ["ldd", *programs],
        capture_output=True,
        text=True,
        timeout=_LDD_SECONDS,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    found: dict[str, Path] = {}
    for line in listed.splitlines():
        words = line.split()
        if not line.startswith("\t") or len(words) < 2:
            continue
        if words[0].startswith("/"):
            found[words[0]] = Path(words[0])  # the loader itself, at the very path that programs name
        elif words[1] == "=>" and words[2].startswith("/") and not Path(words[2]).is_relative_to(besides):
            found[words[0]] = Path(words[2])
    beside_libc = found["libc.so.6"].parent if "libc.so.6" in found else Path("/lib")
    for name, path in found.items():
        target = name if name.startswith("/") else str(beside_libc / name)
        yield path.resolve(), target.lstrip("/")


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = (member.mode | 0o444) & 0o755
    return member


def _without_ballast(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = os.path.basename(member.name)
    if member.isdir() and (name in _LEFT_OUT or name.startswith("config-")):
        return None
    return None if name.endswith((".opt-1.pyc", ".opt-2.pyc", ".a")) else _owned_by_root(member)


def _without_tests(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.isdir() and os.path.basename(member.name) in ("tests", "bin") else _owned_by_root(member)


def _add_folder(tar: tarfile.TarFile, name: str, mode: int = 0o755) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    tar.addfile(member)


def _add_link(tar: tarfile.TarFile, name: str, target: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    tar.addfile(member)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    member, content = tarfile.TarInfo(name), text.encode()
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
