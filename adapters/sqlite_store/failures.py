"""What SQLite's errors mean to the person who runs Tertulia."""

import sqlite3
from pathlib import Path

from agents.errors import StoreFailed

_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk that holds {path} is full and this was not written; free some space and try again.",
    sqlite3.SQLITE_BUSY: (
        "Another program keeps the database {path} locked and this was not done; close that program and try again."
    ),
    sqlite3.SQLITE_READONLY: (
        "The database {path} may not be written; give this user write permission to the file and to its folder."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The database {path} cannot be opened; check that its folder exists and that this user may read and write it."
    ),
    sqlite3.SQLITE_CORRUPT: (
        "The database {path} is damaged; stop Tertulia and restore a backup, or save what can be read with the "
        "command sqlite3 and its .recover."
    ),
    sqlite3.SQLITE_NOTADB: "The file {path} is not a database; name another file, or restore a backup of this one.",
    sqlite3.SQLITE_IOERR: (
        "The disk that holds {path} failed and this was not written; check the disk and its free space, then try again."
    ),
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]
_SENTENCES[sqlite3.SQLITE_PERM] = _SENTENCES[sqlite3.SQLITE_READONLY]


def store_failed(path: Path, error: Exception) -> StoreFailed:
    """The sentence for an error of SQLite's, or for the silence of a disk; raise it from the error."""
    if isinstance(error, TimeoutError):
        return StoreFailed(
            f"The disk that holds {path} does not answer, so nobody knows whether this was written; "
            "check the disk and start Tertulia again."
        )
    # The low byte is the primary code, the rest says more: https://www.sqlite.org/rescode.html
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    sentence = _SENTENCES.get(code, "The database {path} refused a statement ({error}); please report this sentence.")
    return StoreFailed(sentence.format(path=path, error=error))
