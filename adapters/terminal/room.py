"""What a terminal shows of a room's records."""

import re
from typing import TextIO

from adapters.shared.faces import face
from adapters.shared.wording import saying
from agents.code import RUN_CODE, from_arguments
from agents.events import Joined, Said, ToolCalled, ToolReturned
from agents.participants import SYSTEM, ParticipantId, Profile, is_person, short_name
from agents.records import Record

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Everything that could move the cursor, change colours or the order of letters; tabs and line ends stay."""

_COLOURS = (36, 33, 35, 32, 34, 31)
_RESET, _BOLD, _DIM = "\x1b[0m", "\x1b[1m", "\x1b[2m"


class TerminalRoom:
    """Writes records to a stream as they come; colours only where the stream is a terminal.

    ``me`` is the person who types here: their own words stand there already.
    """

    def __init__(self, stream: TextIO, *, me: ParticipantId | None = None):
        self._stream, self._me = stream, me
        self._colour = stream.isatty()
        self._profiles: dict[ParticipantId, Profile] = {}

    def show(self, record: Record) -> None:
        """Write what people are to read of a record; most records say nothing."""
        match record.event:
            case Joined() as joined:
                self._profiles[joined.participant] = Profile(
                    id=joined.participant, name=joined.name, role=joined.role, avatar=joined.avatar
                )
            case Said(text=text, files=files) if is_person(record.by):
                if record.by != self._me:
                    self._say(record.by, text, [file.name for file in files])
            case ToolCalled(tool=tool, arguments=arguments):
                self._aside(f"{self._name(record.by)} {_doing(tool, arguments)} …")
            case ToolReturned(failed=True, output=output, exit_code=None):
                self._aside(output)
            case _:
                said = saying(record)
                if said is not None:
                    self._say(said.by, said.text, [file.name for file in said.files])
                    if said.card is not None and said.card.options:
                        self._aside(f"Answer with one of: {', '.join(said.card.options)}")

    def _say(self, by: ParticipantId, text: str, files: list[str]) -> None:
        if by == SYSTEM:
            self._aside(text)
        elif text or files:
            name = f"{self._face(by)}{self._name(by)}"
            self._write(f"{self._coloured(by, name)}\n{_safe(text)}\n")
        for file in files:
            self._aside(f"file: {file}")

    def _aside(self, text: str) -> None:
        clean = _safe(text)
        self._write(f"{_DIM}{clean}{_RESET}\n" if self._colour else f"-- {clean}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _name(self, by: ParticipantId) -> str:
        profile = self._profiles.get(by)
        return _safe(profile.name if profile else short_name(by))

    def _face(self, by: ParticipantId) -> str:
        profile = self._profiles.get(by)
        emoji = face(profile).emoji if profile else ""
        return f"{emoji} " if emoji else ""

    def _coloured(self, by: ParticipantId, name: str) -> str:
        if not self._colour:
            return f"\n{name}:"
        return f"\n{_BOLD}\x1b[{_COLOURS[sum(by.encode()) % len(_COLOURS)]}m{name}{_RESET}"


def _safe(text: str) -> str:
    return _CONTROL.sub("", text)


def _doing(tool: str, arguments: str) -> str:
    if tool != RUN_CODE:
        return f"uses {tool}"
    count = len(from_arguments(arguments))
    return "runs the code" if count == 1 else f"runs {count} blocks of code"
