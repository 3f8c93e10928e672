"""One process writes a database: a lock file beside it says which."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from agents.errors import StoreFailed


class StoreInUse(StoreFailed):
    """Another process has the database open; ``pid`` is its number, as text."""

    def __init__(self, path: Path, pid: str):
        self.pid = pid
        super().__init__(
            f"Tertulia with pid {pid} has the database {path} open; stop it first. "
            "Until then others may only read: tertulia export and tertulia replay."
        )


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Hold the lock file of the database at ``path``. Raises `StoreInUse` at once where another process holds it.

    The lock ends with the process, however it ends; the file stays, for removing it would race with the next one.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreFailed(
            f"The lock file {lock} cannot be written ({error.strerror}); check that its folder exists and that this "
            "user may write there."
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreInUse(path, os.pread(file, 20, 0).decode().strip() or "unknown") from error
        os.ftruncate(file, 0)
        os.pwrite(file, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(file)
