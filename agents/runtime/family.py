"""A room's relations: what passes between it, its child rooms and the room above it.

A room's runner tends its children with each step. Whatever passes has a source (`agents.log.passages`), so that it
passes once however often that is repeated, and a crash between two appends is mended by the next run.
"""

from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Answered, Edited, Event, Joined, Noted, Said, Stopped
from agents.log.notes import check_note
from agents.log.participants import SYSTEM, ParticipantId, Profile, is_person, short_name
from agents.log.passages import (
    answer_source,
    arrival_source,
    background_source,
    close_source,
    correction_source,
    question_source,
    stop_source,
    task_source,
    void_source,
)
from agents.log.records import Entry
from agents.log.transcript import Answer, Child, Question, Transcript, is_news
from agents.ports import Ports
from agents.runtime.children import closing, named
from agents.runtime.room import Room
from agents.team.situation import Open, Policy
from agents.team.team import Team

NOTES_IN_A_ROW = 100
"""How often a policy may note something before it decides who speaks; more would go on for ever."""

Read = Callable[[str], Awaitable[Transcript]]
"""Reads a room as it is now. Raises `StoreFailed`."""


class Family:
    """A room's children, and the rooms above it, while its runner has it.

    ``above`` are the rooms over a child room, the nearest first; a room of people has none. ``read`` reads any room.
    ``held`` says that a child room must wait, because people are asked in the root room whether all may go on.
    """

    def __init__(self, room: Room, ports: Ports, above: Sequence[Room], read: Read):
        self._room, self._ports, self._read = room, ports, read
        self._parent = above[0] if above else None
        self.root = above[-1] if above else room
        self._passed: set[str] = set()
        self._notes = self._noted_at = 0  # how many in a row, and before which record the newest was
        self.held = False

    @property
    def is_child(self) -> bool:
        """Whether the room is a child room."""
        return self._parent is not None

    async def tend(self) -> None:
        """Open the child rooms that are not there yet, stop those that nobody waits for, and carry what was asked.

        Raises `StoreFailed`.
        """
        transcript = self._room.transcript
        if not transcript.children and self._parent is None:
            return
        for name, child in transcript.children.items():
            if child.open:
                await self._pass(name, task_source(name), self._beginning(name, child))
            elif child.answer is None:
                why = transcript.stopped.reason if transcript.stopped is not None else "Nobody waits for it any more."
                await self._pass(name, stop_source(name), [Entry(event=Stopped(reason=why, kind="person"), by=SYSTEM)])
        for question in transcript.questions:
            if question.asked.child is not None and question.answer is not None:
                await self._carry_down(question, *question.asked.child)
            if self._parent is not None:
                await self._carry_up(question, self._parent)

    def _beginning(self, name: str, child: Child) -> list[Entry]:
        """The first records of a child room: what it is given to read, and its task."""
        transcript = self._room.transcript
        given = [message for seq in child.background if (message := transcript.message(seq)) is not None]
        recalled = [
            Entry(
                event=Said(text=one.text, files=one.files, recalled=transcript.name_of(one.by)),
                by=one.by,
                source=background_source(name, one.seq),
            )
            for one in given
            if not one.deleted and not one.audience  # what is private stays in its room
        ]
        return [*recalled, Entry(event=Said(text=child.task), by=SYSTEM)]

    async def _carry_down(self, question: Question, child: str, seq: int) -> None:
        """Give a child room a person's answer to its question, and whoever answered."""
        answer, opened = question.answer, self._room.transcript.children.get(child)
        source = answer_source(self._room.name, question.seq)
        if answer is None or not is_person(answer.by) or opened is None or not opened.open:
            return
        if source in self._passed:
            await self._carry_edit(answer, child, source)
            return
        (record,) = await self._ports.store.log.read(self._room.name, after=answer.seq - 1, limit=1)
        answered = record.event or record.trace
        assert isinstance(answered, Answered), "the fold has read an answer there"
        face = self._room.transcript.known.get(answer.by, Profile(id=answer.by, name=short_name(answer.by)))
        joined = Joined(participant=face.id, name=face.name, role=face.role, avatar=face.avatar, aliases=face.aliases)
        entries = [
            Entry(event=joined, by=answer.by, source=arrival_source(child, answer.by)),
            Entry(event=replace(answered, question=seq), by=answer.by),
        ]
        await self._pass(child, source, entries)
        await self._carry_edit(answer, child, source)

    async def _carry_edit(self, answer: Answer, child: str, source: str) -> None:
        """Let the newest edit of an answer, which a child room was given under that source, follow it there."""
        if answer.edited is None or (passage := correction_source(self._room.name, answer.edited)) in self._passed:
            return
        given = await self._ports.store.log.find(source)
        assert given is not None, "the answer itself was passed before"
        await self._pass(child, passage, [Entry(event=Edited(target=given.seq, text=answer.text), by=answer.by)])

    async def _carry_up(self, question: Question, parent: Room) -> None:
        """Repeat a question one room higher, nearer to people, and end it there when it has ended here."""
        me, asked = self._room.name, question.asked
        if question.answer is None:
            # Only a budget's call is needed above, where the budget is granted; what happens at the deadline is decided
            # where it was asked.
            pending = asked.pending if asked.kind == "budget" else None
            repeated = replace(asked, child=(me, question.seq), on_deadline="skip", pending=pending)
            source = question_source(me, question.seq)
            await self._pass(parent.name, source, [Entry(event=repeated, by=question.by)])
            return
        await self._withdraw(question, parent, "It was settled where it was asked.")

    async def _withdraw(self, question: Question, parent: Room, why: str) -> None:
        source = void_source(self._room.name, question.seq)
        if source in self._passed:
            return
        await parent.catch_up()
        above = next(
            (one for one in parent.transcript.open_questions if one.asked.child == (self._room.name, question.seq)),
            None,
        )
        if above is not None:
            expired = question.answer is not None and question.answer.expired
            over = Answered(question=above.seq, expired=expired, withdrawn=not expired, text="" if expired else why)
            await self._pass(parent.name, source, [Entry(event=over, by=SYSTEM)])
        self._passed.add(source)  # nothing is repeated above once it has its answer, so there is nothing to look for

    async def close(self, team: Team | None, parents: Sequence[ParticipantId]) -> None:
        """Tell the parent what this child room came to; a second time changes nothing. Raises `StoreFailed`.

        ``team`` is the child's, None where it cannot be found any more, and ``parents`` are the agents of the parent's.
        """
        parent, me, transcript = self._parent, self._room.name, self._room.transcript
        if parent is None:
            return
        for question in transcript.open_questions:
            await self._withdraw(question, parent, "The conversation in which it was asked has ended.")
        closed = closing(transcript, me, found=team is not None)
        opened = parent.transcript.children.get(me)
        alone = team.agents[0].profile.id if team is not None and len(team.agents) == 1 else None
        voice = alone if alone in parents and opened is not None and opened.open and opened.by == SYSTEM else None
        entries = [Entry(event=closed, by=voice or SYSTEM)]
        if voice is not None and (closed.text or closed.files):
            said = Said(text=closed.text, files=closed.files)
            entries.insert(0, Entry(event=said, by=voice, source=f"{close_source(me)}+said"))
        await self._pass(parent.name, close_source(me), entries)

    async def counted(self, transcript: Transcript, limit: int) -> Transcript | None:
        """The transcript with the turns of the whole tree since a person last spoke or answered in its root room.

        None in a child room where these are ``limit`` or more: it is the root that then asks people, once for all.
        Raises `StoreFailed`.
        """
        self.held = False
        if not transcript.children and self._parent is None:
            return transcript
        root = await self._read(self.root.name)
        turns = root.exchange.since_person + await _turns_below(self._read, root)
        if self._parent is None:
            if turns < limit and _newest_is_attention(root):
                for name in await self._ports.store.schedule.awake(root.room):
                    await self._ports.wakeups.wake(name, at=self._ports.clock.now())
            return replace(transcript, exchange=replace(transcript.exchange, since_person=turns))
        self.held = turns >= limit
        if self.held and not any(question.by == SYSTEM for question in root.open_questions):
            await self._ports.wakeups.wake(root.room, at=self._ports.clock.now())
        return None if self.held else replace(transcript, exchange=replace(transcript.exchange, since_person=0))

    def waits(self, transcript: Transcript) -> bool:
        """Whether the policy has opened child rooms, and is not to be asked before they are back or a person speaks."""
        opened = [child.seq for child in transcript.children.values() if child.open and child.by == SYSTEM]
        return bool(opened) and not any(
            one.person is not None and is_news(one) for one in transcript.above(max(opened))
        )

    def decided(self, decision: Noted | Open, policy: Policy) -> tuple[Event, ...]:
        """What a policy's decision to note something, or to open child rooms, comes to; a mistake stops the room."""
        transcript = self._room.transcript
        read = transcript.floor.past[-1].upto if transcript.floor.past else transcript.start
        sources = tuple([one.seq for one in transcript.above(read) if is_news(one)])
        try:
            if isinstance(decision, Open):
                return tuple(
                    named(child, transcript, transcript.seq, number, by=policy, sources=sources)
                    for number, child in enumerate(decision.children, 1)
                ) or _mistake("The speaker policy opened no child room; name at least one.")
            # A row ends where anything else was written down since: a turn, say, or what a person said.
            self._notes = self._notes + 1 if transcript.seq == self._noted_at + 1 else 1
            self._noted_at = transcript.seq
            if self._notes > NOTES_IN_A_ROW:
                return _mistake(f"The speaker policy noted {NOTES_IN_A_ROW} things and did not say who speaks.")
            check_note(transcript, decision)
            return (decision if decision.sources is not None else replace(decision, sources=sources),)
        except WrongUse as error:
            return _mistake(str(error))

    async def _pass(self, room: str, source: str, entries: Sequence[Entry]) -> None:
        """Append entries to another room under this source, which the last of them gets, and wake it."""
        if source in self._passed:
            return
        if await self._ports.store.log.find(source) is None:
            *first, last = entries
            await self._ports.store.log.append(room, [*first, replace(last, source=source)])
            await self._ports.wakeups.wake(room)
        self._passed.add(source)


def _mistake(reason: str) -> tuple[Event, ...]:
    return (Stopped(reason=reason, kind="error"),)


def _newest_is_attention(root: Transcript) -> bool:
    """Whether nothing has passed between the room and its children since a person last spoke or answered."""
    return _attention(root)[0] > max((max(one.seq, one.closed or 0) for one in root.children.values()), default=0)


def _attention(root: Transcript) -> tuple[int, float]:
    """The seq and the time at which a person last spoke or answered in the room."""
    spoken = [(one.seq, one.at) for one in root.messages if one.person is not None and not one.recalled]
    answers = [question.answer for question in root.questions if question.answer is not None]
    return max(spoken[-1:] + [(one.seq, one.at) for one in answers if is_person(one.by)], default=(0, 0.0))


async def _turns_below(read: Read, root: Transcript) -> int:
    """In how many turns agents said something in the child rooms since a person last spoke or answered."""
    total, (seq, since) = 0, _attention(root)
    for name, child in root.children.items():
        if child.seq > seq:
            total += child.answer.turns if child.answer is not None else await _spoken(read, name)
        elif child.answer is None or (child.closed or 0) > seq:
            total += await _spoken_since(read, name, since)
    return total


async def _spoken(read: Read, name: str) -> int:
    """In how many turns agents said something in a child room and all below it."""
    transcript = await read(name)
    below = [await _spoken(read, one) for one, child in transcript.children.items() if child.answer is None]
    return transcript.floor.spoken + sum(below)


async def _spoken_since(read: Read, name: str, since: float) -> int:
    """The same, of turns that ended at that time or later: of very many, at most those that are remembered."""
    transcript = await read(name)
    below = [await _spoken_since(read, one, since) for one in transcript.children]
    return len([one for one in transcript.floor.past if one.at >= since and one.outcome == "said"]) + sum(below)
