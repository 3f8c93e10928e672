"""What came of a team's work in one room, as one value."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from agents.log.events import Closed, Json, Rested, TurnStarted, TurnTaken, Usage
from agents.log.files import FileRef, NamedFile
from agents.log.fold import fold
from agents.log.participants import short_name
from agents.log.records import Record, files_of
from agents.log.transcript import Message, Question, Transcript, is_news
from agents.ports import Store

BATCH = 200
"""How many records are read at once: a transcript holds more messages than that, so none is missed."""


class TeamRun(Struct, frozen=True, kw_only=True):
    """What a team made of a task.

    messages: what was said, oldest first, by people too; deleted messages are left out.
    speakers: the short names of the agents that took a turn, oldest first; one that passed took none.
    stop_reason: why it ended, as a sentence; empty where there was nothing left to say.
    usage: what all model calls cost, choosing speakers included.
    files: what was attached to messages or made by tools and programs, each once, oldest first.
    notes: the room's facts by their keys, as they were noted last.
    questions: what people were asked, with the answers, oldest first.
    records: the room's whole log.
    """

    messages: tuple[Message, ...]
    speakers: tuple[str, ...]
    stop_reason: str
    usage: Usage
    files: tuple[NamedFile, ...]
    notes: Mapping[str, Json]
    questions: tuple[Question, ...]
    records: tuple[Record, ...]


async def team_run(store: Store, room: str) -> TeamRun:
    """Read what came of the work in a room. Raises `StoreFailed`.

    await store.log.append("web:lobby", [Entry(event=Said(text="Hello."), by="person:web/ana")])
    assert [message.text for message in (await team_run(store, "web:lobby")).messages] == ["Hello."]
    """
    transcript, records = Transcript(room=room), list[Record]()
    messages, questions = dict[int, Message](), dict[int, Question]()
    while batch := await store.log.read(room, after=transcript.seq, limit=BATCH):
        transcript = fold(transcript, batch)
        records += batch
        messages |= {one.seq: one for one in transcript.messages}
        questions |= {one.seq: one for one in transcript.questions}
    refs = dict.fromkeys(file for record in records for file in files_of(record))
    return TeamRun(
        messages=tuple(one for one in messages.values() if not one.deleted),
        speakers=tuple(_speakers(records)),
        stop_reason=_why(transcript),
        usage=sum(_costs(records), Usage()),
        files=tuple([await _content(store, file) for file in refs]),
        notes={key: note.value for key, note in transcript.notes.items()},
        questions=tuple(questions.values()),
        records=tuple(records),
    )


def _speakers(records: list[Record]) -> Iterator[str]:
    speaker = ""
    for record in records:
        if isinstance(record.event, TurnStarted):
            speaker = short_name(record.event.speaker)
        elif isinstance(record.event, TurnTaken) and record.event.outcome not in ("passed", "crashed"):
            yield speaker


def _costs(records: list[Record]) -> Iterator[Usage]:
    for record in records:
        match record.event:
            case TurnTaken(usage=Usage() as cost) | Closed(usage=Usage() as cost):
                yield cost
            case TurnStarted(choosing=Usage() as cost) | Rested(choosing=Usage() as cost):
                yield cost
            case _:
                pass


def _why(transcript: Transcript) -> str:
    if transcript.stopped is not None:
        return transcript.stopped.reason
    if transcript.open_questions:
        return f"{transcript.name_of(transcript.open_questions[0].by)} waits for an answer."
    rested, news = transcript.floor.rested, [one for one in transcript.messages if is_news(one)]
    return rested.reason if rested is not None and news and rested.upto >= news[-1].seq else ""


async def _content(store: Store, file: FileRef) -> NamedFile:
    return NamedFile(name=file.name, media_type=file.media_type, content=await store.files.get(file.sha256))
