"""A lane of the outbox: reads one room's log from where it left off, and posts what people should see.

There is no queue. A lane's position is a cursor in `Facts`; receipts make each post happen once, so the cursor is
written down now and then only and may lag behind after a crash. A lane lives while its room has news and ends when it
has read everything.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from msgspec import structs

from adapters.shared.child_status import status_text
from adapters.shared.delivery import Delivery, Held, Outbox
from adapters.shared.drafts import Drafting
from adapters.shared.mentions import neutralise_mentions
from adapters.shared.parts import fit
from adapters.shared.record_text import Saying, answer_in_words, answer_line, saying
from agents.errors import StoreFailed
from agents.log.events import Answered, Asked, Closed, Opened, Said, ToolReturned, TurnStarted, TurnTaken
from agents.log.files import FileRef, NamedFile
from agents.log.participants import SYSTEM, ParticipantId, Profile
from agents.log.records import Record
from agents.log.turns import together
from agents.ports import Post, turn_key

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

NAMESPACE = "posted"
"""In `Facts`: how far each room was posted."""

_BATCH = 100
_SAVE_EVERY = 16
"""Messages posted, at most, before a lane's position is written down again."""

LOST_SECONDS = 10.0
"""After how long a draft that is gone, and left no words, is marked as interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a lane has come: everything up to ``seq``.

    ``draft`` is the key of the turn whose draft people may see, ``turn`` the number of that turn's start, once it is in
    the log. ``unsaved`` counts what was posted since this was written down.
    """

    seq: int = 0
    draft: str | None = None
    turn: int | None = None
    unsaved: int = 0


class Lane:
    """Posts one room's records in order, from ``position`` or from where it is written down.

    Set ``news`` whenever the room has any. With ``patient`` off it does not wait for the end of a growing draft.
    """

    def __init__(self, outbox: Outbox, room: str, position: Position | None = None):
        self._outbox, self._room, self._ports = outbox, room, outbox.ports
        self._delivery = Delivery(outbox, room)
        self._drafting = Drafting(outbox, room, self._delivery)
        self.position = position
        self.news = asyncio.Event()
        self.patient = True
        self._gone_since: float | None = None

    async def run(self) -> bool:
        """Post until nothing is left; False where a halt holds the rest. Raises `StoreFailed`; then run it again."""
        position = self.position or await self._load()
        try:
            while True:
                self.news.clear()
                records = await self._unposted(position.seq)
                if records:
                    await self._outbox.acquaint(self._room)
                for record in records:
                    self.position = position = replace(await self._post_record(position, record), seq=record.seq)
                if position.unsaved >= _SAVE_EVERY:
                    self.position = position = await self._save(position)
                if len(records) == _BATCH or (records and self.news.is_set()):
                    continue  # else nothing more is there: whatever comes now is told
                position, again = await self._follow_draft(position)
                if (again is None or not self.patient) and not self.news.is_set():
                    return True
                if again is not None and self.patient:
                    await self._news_or(again)
        except Held:
            return False

    async def _unposted(self, seq: int) -> Sequence[Record]:
        """What stands above that in the log: a lane also runs for a draft alone, when there is nothing to read."""
        log = self._ports.store.log
        if await log.head(self._room) <= seq:
            return ()
        return await log.read(self._room, after=seq, limit=_BATCH)

    async def _post_record(self, position: Position, record: Record) -> Position:
        match record.event:
            case Answered() as answered:
                question = await self._question(answered)
                if question is not None:
                    await self._close(record, answered, question)
                    words = answer_in_words(record, answered, question)
                    if words is not None and await self._is_first(record, answered):
                        position = await self._say(position, record, words)
            case Opened(child=child) if not child.endswith(".1"):
                return position  # one message shows all that were opened together, which stand in one append
            case Opened(child=child) | Closed(child=child):
                await self._show_children(child)
            case TurnStarted() as started if position.draft is not None and position.draft == turn_key(started):
                return replace(position, turn=record.seq)
            case TurnTaken() if position.draft is not None and position.turn == record.turn:
                position = await self._interrupt(position)
            case _:
                words = saying(record, await self._returned(record))
                if words is None:
                    return position
                position = await self._say(position, record, words)
        return replace(position, unsaved=position.unsaved + 1)

    async def _returned(self, record: Record) -> ToolReturned | None:
        """The result that a message repeats, where it came in the same turn."""
        said, turn = record.event, record.turn
        if not isinstance(said, Said) or not said.result or turn is None:
            return None
        for one in await self._ports.store.log.read(self._room, after=turn, limit=record.seq - turn):
            if isinstance(one.event, ToolReturned) and one.event.call == said.result and one.by == record.by:
                return one.event
        return None

    async def _interrupt(self, position: Position) -> Position:
        """No final words will come to the draft that people see."""
        if position.draft is not None:
            await self._drafting.interrupt(position.draft)
        return replace(position, draft=None, turn=None)

    async def _say(self, position: Position, record: Record, words: Saying) -> Position:
        posts = await self._posts(record.seq, words)
        draft = position.draft if record.turn is not None and record.turn == position.turn else None
        if posts and draft is not None and not words.audience:
            taken = await self._drafting.take_over(draft, posts[0])
            position = replace(position, draft=None, turn=None)
            posts = posts[1:] if taken else posts
        for post in posts:
            if await self._delivery.post(post) is None:
                break
        return position

    async def _posts(self, seq: int, words: Saying) -> list[Post]:
        """The parts of a message: files and the card go with the last one."""
        capabilities = self._outbox.platform.capabilities
        files, note = await self._files(words.files)
        text = neutralise_mentions(self._outbox.redact(words.text + note))
        if words.card and words.card.options and not capabilities.cards:
            text += f"\n\nAnswer with one of: {', '.join(words.card.options)}."
        parts = fit(text, capabilities)
        texts = parts.texts or ("",)
        last = len(texts)
        files = (*files, parts.overflow) if parts.overflow else files
        reply_to = await self._platform_id(words.reply_to) if words.reply_to else None
        return [
            Post(
                key=f"{self._room}#{seq}/{number}",
                room=self._room,
                by=self._face(words.by),
                text=part,
                audience=words.audience,
                pings=words.pings if number == 1 else (),
                called=words.called if number == 1 else (),
                files=files if number == last else (),
                reply_to=reply_to if number == 1 else None,
                card=words.card if number == last else None,
                quiet=words.quiet,
            )
            for number, part in enumerate(texts, 1)
        ]

    async def _files(self, refs: tuple[FileRef, ...]) -> tuple[tuple[NamedFile, ...], str]:
        """The files themselves, and a note on those that cannot be shown."""
        found: list[NamedFile] = []
        missing = [ref.name for ref in refs] if not self._outbox.platform.capabilities.files else []
        for ref in refs if not missing else ():
            try:
                content = await self._ports.store.files.get(ref.sha256)
            except StoreFailed as error:
                _log.warning("file_missing", room=self._room, name=ref.name, reason=str(error))
                missing.append(ref.name)
            else:
                found.append(NamedFile(name=ref.name, media_type=ref.media_type, content=content))
        note = f"\n\n*Not shown here: {', '.join(missing)}.*" if missing else ""
        return tuple(found), note

    async def _question(self, answered: Answered) -> Record | None:
        """The question that is answered; None where there is none."""
        question = next(iter(await self._ports.store.log.read(self._room, after=answered.question - 1, limit=1)), None)
        return question if question is not None and isinstance(question.event, Asked) else None

    async def _is_first(self, record: Record, answered: Answered) -> bool:
        """Whether this answer counts, and not one that came just before it."""
        key = f"{self._room}#{answered.question}/said"
        first = (await self._ports.store.receipts.claim(key)).platform_id
        if first is None:
            await self._ports.store.receipts.settle(key, str(record.seq))
        return first in (None, str(record.seq))

    async def _close(self, record: Record, answered: Answered, question: Record) -> None:
        """Put the first answer on the card of its question and take the buttons away."""
        key = f"{self._room}#{answered.question}/answered"
        if not self._outbox.platform.capabilities.edits:
            return
        if (await self._ports.store.receipts.claim(key)).platform_id is not None:
            return
        words = saying(question)
        posts = await self._posts(question.seq, words) if words else []
        card_id = await self._delivery.landed(posts[-1]) if posts else None
        if card_id is not None and posts[-1].card is not None:
            line = neutralise_mentions(self._outbox.redact(answer_line(answered, self._face(record.by).name)))
            card = structs.replace(posts[-1].card, answered=line)
            await self._delivery.edit(card_id, structs.replace(posts[-1], card=card, files=(), pings=()))
        await self._ports.store.receipts.settle(key, card_id or "")

    async def _show_children(self, child: str) -> None:
        """Show how far the child rooms have come that were opened with this one."""
        group = together(child)
        records: list[Record] = []
        after = int(group.rpartition("~")[2])  # a group is named by what its opener had read
        while batch := await self._ports.store.log.read(self._room, after=after):
            records += batch
            after = batch[-1].seq
        text = neutralise_mentions(self._outbox.redact(status_text(records, group)))
        post = Post(key=f"{group}/children", room=self._room, by=self._outbox.host, text=text)
        begun = await self._ports.store.receipts.get(post.key)
        posted = await self._delivery.post(post)
        if begun is not None and posted is not None and self._outbox.platform.capabilities.edits:
            await self._delivery.edit(posted, post)

    async def _platform_id(self, seq: int) -> str | None:
        """What the platform calls the message of the record ``seq``, where that is known."""
        record = next(iter(await self._ports.store.log.read(self._room, after=seq - 1, limit=1)), None)
        if record is not None and record.source is not None:
            return record.source.partition(":")[2] or None
        receipt = await self._ports.store.receipts.get(f"{self._room}#{seq}/1")
        return receipt.platform_id or None if receipt else None

    def _face(self, by: ParticipantId) -> Profile:
        return self._outbox.host if by == SYSTEM else self._outbox.profile(self._room, by)

    async def _follow_draft(self, position: Position) -> tuple[Position, float | None]:
        """Show the draft if it is time to; also seconds until then, or None where there is no draft to follow."""
        draft = await self._drafting.waiting(position.draft)
        if position.draft is not None and (draft is None or draft.key != position.draft):
            if await self._ports.store.log.head(self._room) > position.seq:
                return position, 0.0  # the turn ended meanwhile, and its words are in the log
            if draft is None and (patience := self._patience()) > 0:
                return position, patience
            await self._outbox.acquaint(self._room)
            self.position = position = await self._save(await self._interrupt(position))
        self._gone_since = None
        if draft is None:
            return position, None
        await self._outbox.acquaint(self._room)
        if not self._drafting.is_news(draft):
            return position, float("inf")
        if (delay := self._drafting.delay()) > 0:
            return position, delay
        if position.draft != draft.key:
            if await self._drafting.is_private(draft):
                return position, float("inf")
            turn = await self._drafting.start_of(draft)
            self.position = position = await self._save(replace(position, draft=draft.key, turn=turn))
        await self._drafting.show(draft)
        return position, float("inf")

    def _patience(self) -> float:
        """Seconds for which a draft that is gone may come back: a turn that was lost is given again."""
        now = self._ports.clock.now()
        self._gone_since = self._gone_since or now
        return self._gone_since + LOST_SECONDS - now

    async def _news_or(self, seconds: float) -> None:
        """Wait for news, at most that long."""
        if seconds == float("inf"):
            await self.news.wait()
            return
        async with asyncio.TaskGroup() as group:
            alarm = group.create_task(self._ring(seconds))
            await self.news.wait()
            alarm.cancel()

    async def _ring(self, seconds: float) -> None:
        await self._ports.clock.sleep(seconds)
        self.news.set()

    async def _load(self) -> Position:
        body = await self._ports.store.facts.get(NAMESPACE, self._room)
        return position_in(body) if body else _BEGINNING

    async def _save(self, position: Position) -> Position:
        body = json.dumps({"seq": position.seq, "draft": position.draft, "turn": position.turn})
        await self._ports.store.facts.put(NAMESPACE, self._room, body, soon=True)
        return replace(position, unsaved=0)


_BEGINNING = Position(unsaved=_SAVE_EVERY - 1)
"""Of a room from which nothing was posted: the first post writes its position down."""


def position_in(body: str) -> Position:
    """A lane's position as it was written down."""
    kept = json.loads(body)
    draft = kept["draft"] if isinstance(kept["draft"], str) else None  # a number, from before turns had keys
    return Position(seq=kept["seq"], draft=draft, turn=kept.get("turn"))
