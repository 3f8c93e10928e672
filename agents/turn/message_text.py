"""A message as models read it: its text with what goes with it, and everybody called by the room's names for them."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias, assert_never

from agents.log._numbered import KEPT
from agents.log.files import FileRef
from agents.log.names import name_in, unique_names
from agents.log.participants import ParticipantId, Profile, is_person
from agents.log.transcript import Message, Question, ToolRun, Transcript
from agents.ports import ModelMessage

LONGEST_QUOTE = 200
"""How many characters of a message are quoted in front of a reply to it."""

Target: TypeAlias = Message | Question | ToolRun
"""What a message may reply to: another one, the card of a question, or the result of a call."""


class RoomNames:
    """What models call the participants of a room (see `unique_names`), made anew when somebody comes or changes.

    ``revision`` grows when somebody who was called by a name before is called otherwise from now on.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._known: Mapping[ParticipantId, Profile] | None = None
        self._names: Mapping[ParticipantId, str] = {}
        self._given: dict[ParticipantId, str | None] = {}

    def refresh(self, transcript: Transcript) -> None:
        """Take the names from this transcript."""
        if transcript.known is not self._known:
            self._known, self._names = transcript.known, unique_names(transcript.known.values())
            if any(self._names.get(one) != name for one, name in self._given.items()):
                self.revision += 1
                self._given.clear()

    def of(self, participant: ParticipantId) -> str:
        """What models call this participant."""
        return self.known(participant) or name_in({}, participant)

    def known(self, participant: ParticipantId) -> str | None:
        """The same, or None for somebody of whom the room knows nothing."""
        name = self._given[participant] = self._names.get(participant)
        return name


def text_of(message: Message, names: RoomNames, quote: str = "") -> str:
    """A message's text for models; ``quote`` is what it replies to (see `quoted`)."""
    text = quote + (_named(message, names) if message.mentions else message.text)
    if message.recalled:
        text = f"(background) {text}"
    if message.corrects is not None:
        text = f"(correcting an earlier message) {text}"
    if message.partial:
        text = f"{text} [interrupted]"
    for file in message.files:
        if not is_image(file):
            text += f"\n[file {file.name}, {file.media_type}, {file.size} bytes]"
    return text


def _named(message: Message, names: RoomNames) -> str:
    """The text, in which people who are mentioned stand under the names that models know them by."""
    text = message.text
    for mention in sorted(message.mentions, key=lambda one: one.start, reverse=True):
        name = names.known(mention.participant) if is_person(mention.participant) else None
        if name is not None and text[mention.start : mention.start + 1] in ("@", "＠"):
            text = f"{text[: mention.start]}@{name}{text[mention.end :]}"
    return text


def target_of(transcript: Transcript, message: Message) -> Target | None:
    """What a message replies to; None where it replies to nothing in particular, or to what is not here any more."""
    seq = message.reply_to
    if seq is None or seq <= transcript.start:
        return None
    found = transcript.message(seq)
    if found is not None:
        return None if found.deleted else found
    if transcript.task is not None and transcript.task.seq == seq:
        return transcript.task  # it is held however old it is
    questions = (one for one in reversed(transcript.questions) if one.seq == seq)
    return next(questions, None) or next((one for one in reversed(transcript.runs) if one.returned == seq), None)


def quoted(target: Target | None, names: RoomNames, reader: ParticipantId | None) -> str:
    """What stands in front of a reply to that target; nothing where ``reader`` (None: everybody) may not see it."""
    if target is None or not target.visible_to(reader):
        return ""
    files: tuple[FileRef, ...] = ()
    match target:
        case Message():
            text, files = _named(target, names), target.files
        case Question():
            text = target.asked.text
        case ToolRun():
            text, files = target.output, target.files
        case _:
            assert_never(target)
    words = " ".join(text.split())
    shown = words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1]}…"
    parts = [shown, *(f"[{file.name}]" for file in files)]
    return f"(replying to {names.of(target.by)}: {' '.join(part for part in parts if part)}) "


class Heard:
    """A room's messages as everybody but their author reads them, rendered once for all agents.

    ``names`` are those that models know the participants by.
    """

    def __init__(self) -> None:
        self.names = RoomNames()
        self._revision = 0
        self._rendered: dict[int, tuple[Message, Target | None, Sequence[ModelMessage]]] = {}

    def refresh(self, transcript: Transcript) -> None:
        """Take the names from this transcript; what was rendered with others is rendered anew."""
        self.names.refresh(transcript)
        if self._revision != self.names.revision:
            self._revision = self.names.revision
            self._rendered.clear()

    def rendered(self, transcript: Transcript, message: Message, reader: ParticipantId) -> Sequence[ModelMessage]:
        """One prompt message, or none where there is nothing to read or ``reader`` may not see it."""
        if message.audience and not message.visible_to(reader):
            return ()
        target = None if message.reply_to is None else target_of(transcript, message)
        if target is not None and not target.visible_to(None):
            return self._made(message, target, reader)  # not everybody reads the same
        # An edited message is another value with the same seq.
        known = self._rendered.get(message.seq)
        if known is not None and known[0] is message and known[1] is target:
            return known[2]
        shown = self._made(message, target, reader)
        if len(self._rendered) > 2 * KEPT:  # more than any transcript holds: the oldest is not asked for again
            del self._rendered[next(iter(self._rendered))]
        self._rendered[message.seq] = message, target, shown
        return shown

    def _made(self, message: Message, target: Target | None, reader: ParticipantId) -> Sequence[ModelMessage]:
        quote = "" if target is None else quoted(target, self.names, reader)
        text = text_of(message, self.names, quote)
        images = tuple([file for file in message.files if is_image(file)])
        read = (ModelMessage(role="user", text=text, name=self.names.of(message.by), images=images),)
        return read if text or images else ()


def as_all_read(transcript: Transcript, messages: Sequence[Message]) -> list[ModelMessage]:
    """These messages as a model reads them that is no participant: in the order of `Message.place`, without files."""
    names = RoomNames()
    names.refresh(transcript)
    called = {author: names.of(author) for author in {one.by for one in messages}}
    return [
        ModelMessage(
            role="user",
            text=text_of(one, names, quoted(target_of(transcript, one), names, None) if one.reply_to else ""),
            name=called[one.by],
        )
        for one in sorted(messages, key=_place)
    ]


_place = attrgetter("place")


def is_image(file: FileRef) -> bool:
    return file.media_type.startswith("image/")
