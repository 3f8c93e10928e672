"""Calling a tool by itself."""

from collections.abc import Sequence
from hashlib import sha256

from agents.log.files import FileRef, NamedFile
from agents.log.participants import ParticipantId
from agents.ports import Clock, ToolContext
from agents.testing.clock import FakeClock


def tool_context(
    *,
    room: str = "web:lobby",
    asker: ParticipantId = "agent:helper",
    person: ParticipantId | None = "person:web/ana",
    clock: Clock | None = None,
    files: Sequence[NamedFile] = (),
) -> ToolContext:
    """What a tool is told of a call, in a room with these files; without a clock it has a `FakeClock`.

    context = tool_context(files=[NamedFile(name="a.csv", media_type="text/csv", content=b"1,2")])
    assert await context.read(context.files[0]) == b"1,2"
    """
    kept = {sha256(one.content).hexdigest(): one for one in files}

    async def read(file: FileRef) -> bytes:
        return kept[file.sha256].content

    return ToolContext(
        room=room,
        asker=asker,
        person=person,
        clock=clock or FakeClock(),
        files=tuple(
            FileRef(sha256=key, name=one.name, media_type=one.media_type, size=len(one.content))
            for key, one in kept.items()
        ),
        read=read,
    )
