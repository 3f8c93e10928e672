"""A room as it happens, in a terminal; or as JSON, one record a line."""

import shutil
from collections.abc import Callable
from os import terminal_size
from typing import TextIO

from adapters.shared.faces import hue
from adapters.shared.parts import whole_words
from adapters.shared.tables import width
from adapters.terminal.clean import clean, clean_json, clean_line
from adapters.terminal.record_text import Told, told
from agents.log.audiences import Audiences
from agents.log.events import Answered, Joined, Said, ToolReturned
from agents.log.participants import ParticipantId, short_name
from agents.log.records import Record, to_json
from agents.ports import OpenDraft

_RESET, _BOLD, _FAINT = "\x1b[0m", "\x1b[1m", "\x1b[2m"
_COLOURS = (160, 166, 136, 106, 70, 36, 31, 33, 63, 99, 133, 168)
"""Of the 256 that terminals know, one for each part of the colour wheel that is readable on light and on dark."""

_DRAFT_TAIL = 2000
"""Characters of a growing text that are drawn again each time."""


class JsonRoom:
    """Prints each record as a line of the export's JSON, at once; drafts are not records and are left out."""

    def __init__(self, out: TextIO, *, redact: Callable[[str], str]):
        self._out, self._redact = out, redact

    def show(self, record: Record) -> None:
        """Print the record."""
        self._out.write(f"{clean_json(self._redact(to_json(record)))}\n")
        self._out.flush()

    def show_draft(self, draft: OpenDraft) -> None:
        """Print nothing."""


class TerminalRoom:
    """Prints what happens under the names and in the colours of those who do it.

    ``me`` is the person at this terminal, whose own words are there already. ``color`` and ``live`` say whether the
    output takes escape sequences; ``live`` draws drafts in place while they grow. Nothing but our own sequences ever
    reaches the terminal.
    """

    def __init__(
        self,
        out: TextIO,
        *,
        redact: Callable[[str], str],
        me: ParticipantId | None = None,
        color: bool = False,
        live: bool = False,
        size: Callable[[], terminal_size] = shutil.get_terminal_size,
    ):
        self._out, self._redact, self._me = out, redact, me
        self._color, self._live, self._size = color, live, size
        self._names: dict[ParticipantId, str] = {}
        self._returned = ("", "")  # by whom, and which call: the newest result that was shown
        self._draft_rows = 0
        self._audiences = Audiences()

    def show(self, record: Record) -> None:
        """Print what the record says, if it says anything here."""
        self._erase_draft()
        self._learn(record)
        self._audiences.note(record)
        hidden = not self._audiences.allow(record.seq, self._me) or self._is_known(record)
        words = None if hidden else told(record, self._name)
        if words is not None:
            self._write(self._drawn(words) + "\n")
        self._out.flush()

    def show_draft(self, draft: OpenDraft) -> None:
        """Draw the end of a growing text over what was drawn of it before, if ``live``."""
        if not self._live or not draft.draft.text or not draft.visible_to(self._me):
            return
        self._erase_draft()
        columns, rows = self._size()
        tail = self._redact(whole_words(clean(draft.draft.text))).rstrip()[-_DRAFT_TAIL:]
        lines = f"{clean_line(self._name(draft.started.speaker))}: {tail}".expandtabs(4).split("\n")
        shown: list[str] = []
        for line in reversed(lines):
            height = max(1, -(-width(line) // max(columns, 1)))
            if self._draft_rows + height > max(rows - 2, 1):
                break
            self._draft_rows += height
            shown.append(line)
        self._write("".join(f"{self._faint(line)}\n" for line in reversed(shown)))
        self._out.flush()

    def _erase_draft(self) -> None:
        if self._draft_rows:
            self._out.write(f"\r\x1b[{self._draft_rows}A\x1b[J")
            self._draft_rows = 0

    def _learn(self, record: Record) -> None:
        match record.event:
            case Joined(participant=participant, name=name):
                self._names[participant] = name
            case ToolReturned(call=call):
                self._returned = (record.by, call)
            case _:
                pass

    def _is_known(self, record: Record) -> bool:
        """Whether the person has read it already: own words, or a result that is said once more for the agents."""
        match record.event:
            case Said(result=call) if call:
                return self._returned == (record.by, call)
            case Said() | Answered():
                return record.by == self._me
            case _:
                return False

    def _name(self, participant: ParticipantId) -> str:
        return self._names.get(participant, short_name(participant))

    def _drawn(self, words: Told) -> str:
        text = self._redact(clean(words.text)).strip("\n")
        if words.speaker is None:
            return "\n".join(self._faint(line) for line in text.split("\n"))
        name = clean_line(self._name(words.speaker))
        gap = "\n" if "\n" in text else " "
        return f"{self._coloured(name, words.speaker)}:{gap}{text}"

    def _coloured(self, name: str, participant: ParticipantId) -> str:
        return (
            f"{_BOLD}\x1b[38;5;{_COLOURS[hue(participant) * len(_COLOURS) // 360]}m{name}{_RESET}"
            if self._color
            else name
        )

    def _faint(self, line: str) -> str:
        return f"{_FAINT}{line}{_RESET}" if self._color and line else line

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
