"""A file of a room: by reference, as events carry it, or with its content."""

from agents.log.logged import Logged


class FileRef(Logged, frozen=True, kw_only=True):
    """A file by reference: its bytes are in `agents.ports.Files` under ``sha256`` before any event names it.

    ``size`` is in bytes.

        def largest(transcript: Transcript) -> str | None:
            files: tuple[FileRef, ...] = transcript.last.files
            return max(files, key=lambda file: file.size).name if files else None
    """

    sha256: str
    name: str
    media_type: str
    size: int


class NamedFile(Logged, frozen=True, kw_only=True):
    """A file with its content. One from a sandbox has a plain base name, whatever the program called it.

    A function that is an agent returns one to attach it to what it says.

        def board(transcript: Transcript) -> list[str | NamedFile]:
            return ["The board:", NamedFile(name="board.txt", media_type="text/plain", content=b"e2e4")]
    """

    name: str
    media_type: str
    content: bytes
