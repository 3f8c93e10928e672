"""A turn's text while it grows: one message, changed now and then, that the final words take over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from adapters.shared.blocks import close_fence
from adapters.shared.delivery import Delivery, Outbox
from adapters.shared.mentions import neutralise_mentions
from adapters.shared.parts import beginning, whole_words
from adapters.shared.record_text import interrupted
from agents.log.events import Answered, Said, TurnStarted, TurnTaken
from agents.log.participants import ParticipantId, is_person
from agents.log.records import Record
from agents.ports import OpenDraft, Post, turn_key
from agents.team.termination import visible_text

SHORTEST = 24
"""Fewer characters are not worth a message: the agent may still be about to pass."""

_NEARBY = 50
"""Records before a turn that say whom it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What people see of the draft of the turn with that key."""

    turn: str
    platform_id: str
    text: str
    times: int
    at: float


class Drafting:
    """The draft of one room. Methods raise `Held` and `StoreFailed`."""

    def __init__(self, outbox: Outbox, room: str, delivery: Delivery):
        self._outbox, self._room, self._delivery = outbox, room, delivery
        self._ports = outbox.ports
        self._shown: Shown | None = None
        self._hidden: str | None = None
        self._asked_by: ParticipantId | None = None

    async def waiting(self, shown: str | None = None) -> OpenDraft | None:
        """The room's draft, if there is one that people may see and whose turn is not over.

        One without text is of interest only where a draft is ``shown`` that may be its own.
        """
        if not (self._outbox.streaming and self._outbox.platform.capabilities.edits):
            return None
        draft = await self._ports.store.drafts.read(self._room)
        if draft is None or not (draft.draft.text or shown):
            return None
        since = await self._ports.store.log.read(self._room, after=draft.started.upto)
        start = _start(draft, since)
        over = start is not None and any(
            record.turn == start and isinstance(record.event, Said | TurnTaken) for record in since
        )
        return None if over else draft

    async def start_of(self, draft: OpenDraft) -> int | None:
        """The number of the turn's start, once it is in the log."""
        return _start(draft, await self._ports.store.log.read(self._room, after=draft.started.upto))

    def delay(self) -> float:
        """Seconds until the draft may be shown again."""
        wait = self._delivery.delay()
        if self._shown is None:
            return wait
        due = self._shown.at + self._outbox.pace.between_drafts(self._shown.times)
        return max(wait, due - self._ports.clock.now())

    def is_news(self, draft: OpenDraft) -> bool:
        """Whether people see something else than this, and there is enough to show."""
        text = self._text(draft)
        if draft.key == self._hidden:
            return False
        if self._shown is None or self._shown.turn != draft.key:
            return len(text) >= SHORTEST
        return text not in ("", self._shown.text) and self._shown.times <= self._outbox.pace.limits.drafts

    async def is_private(self, draft: OpenDraft) -> bool:
        """Whether the turn answers words that were not for everybody: then its draft is never shown.

        Whom the turn answers is found out along with it.
        """
        upto = draft.started.upto
        nearby = await self._ports.store.log.read(self._room, after=max(upto - _NEARBY, 0), limit=min(upto, _NEARBY))
        if not draft.visible_to(None):
            self._hidden = draft.key
        people = {record.by for record in nearby if is_person(record.by) and isinstance(record.event, Said | Answered)}
        self._asked_by = people.pop() if len(people) == 1 else None
        return draft.key == self._hidden

    async def show(self, draft: OpenDraft) -> None:
        """Post the draft, or change it to what it is now."""
        text, now = self._text(draft), self._ports.clock.now()
        post = self._post(draft.key, text)
        shown = self._shown
        if shown is None or shown.turn != draft.key:
            found = await self._delivery.landed(post)  # posted before a restart, perhaps
            if found is None and (posted := await self._delivery.post(post)) is not None:
                self._shown = Shown(turn=draft.key, platform_id=posted, text=text, times=1, at=now)
                return
            if found is None:
                self._hidden = draft.key
                return
            shown = Shown(turn=draft.key, platform_id=found, text="", times=0, at=now)
        self._shown = replace(shown, text=text, times=shown.times + 1, at=now)
        await self._delivery.try_edit(shown.platform_id, post)

    async def take_over(self, turn: str, post: Post) -> bool:
        """Make the draft of ``turn`` the message ``post``, once; False where there is no such draft any more."""
        receipts = self._ports.store.receipts
        receipt = await receipts.claim(post.key)
        if receipt.platform_id is not None:
            return True
        draft_id = await self._delivery.landed(self._post(turn, post.text))
        if draft_id is None or not await self._delivery.edit(draft_id, post):
            if receipt.fresh:
                await receipts.release(post.key)
            return False
        await receipts.settle(post.key, draft_id)
        self._shown = None
        return True

    async def interrupt(self, turn: str) -> None:
        """Mark the draft of ``turn`` as cut short: no final words will come."""
        receipts, key = self._ports.store.receipts, f"{self._room}#{turn}/interrupted"
        if (await receipts.claim(key)).platform_id is not None:
            return
        kept = await self._ports.store.drafts.read(self._room)
        text = self._shown.text if self._shown and self._shown.turn == turn else ""
        if kept is not None and kept.key == turn:
            text = self._text(kept)
        post = self._post(turn, text)
        draft_id = await self._delivery.landed(post)
        if draft_id is not None and text:
            await self._delivery.edit(
                draft_id, structs.replace(post, text=self._short(interrupted(text)), partial=False)
            )
        elif draft_id is not None:
            marked = structs.replace(post, key=f"{key}/1", text=interrupted(""), reply_to=draft_id, partial=False)
            await self._delivery.post(marked)
        await receipts.settle(key, draft_id or "")
        self._shown = None

    def _post(self, turn: str, text: str) -> Post:
        speaker = turn.partition("/")[2]
        by = self._outbox.profile(self._room, speaker)
        return Post(
            key=f"{self._room}#{turn}/draft",
            room=self._room,
            by=by,
            text=text,
            partial=True,
            asked_by=self._asked_by,
        )

    def _text(self, draft: OpenDraft) -> str:
        """As far as the last whole word: half a secret or half a mention could not be recognised."""
        whole = whole_words(draft.draft.text)
        return self._short(close_fence(neutralise_mentions(self._outbox.redact(visible_text(whole))).rstrip()))

    def _short(self, text: str) -> str:
        capabilities = self._outbox.platform.capabilities
        if capabilities.length(text) <= capabilities.max_length:
            return text
        return beginning(text, capabilities, "\n\n…")


def _start(draft: OpenDraft, records: Sequence[Record]) -> int | None:
    """The number of the draft's turn, if it is among these records."""
    starts = (one.seq for one in records if isinstance(one.event, TurnStarted) and turn_key(one.event) == draft.key)
    return next(starts, None)
