"""The one way in: whatever people do on any platform passes here, is authorised, written down, and wakes the room."""

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from agents.budget.questions import add_granted_budget
from agents.errors import NotAllowed, WrongUse
from agents.log.events import Answered, Asked, Deleted, Edited, Event, Joined, Left, Said
from agents.log.names import addressable
from agents.log.participants import ParticipantId, Profile, is_agent, mentions_in, short_name
from agents.log.records import Entry
from agents.log.room_id import RoomId
from agents.log.transcript import Question, Transcript
from agents.people.command_actions import CommandActions, PrivateReply
from agents.people.commands import Command, help_text, parse
from agents.people.erasing import erase
from agents.people.permissions import (
    Act,
    Change,
    Contribution,
    Entrance,
    Permissions,
    Response,
    authorise,
    refuse_strangers,
)
from agents.ports import Ports
from agents.runtime.rooms import Rooms

LONGEST_MESSAGE = 100_000
"""How many characters a message may have; what is longer belongs into a file."""


LONGEST_RECALLED = 4_000
"""How many characters are kept of a message that is only background."""


class Earlier(Struct, frozen=True, kw_only=True):
    """A message that is background: its author and the author's groups, its text, and the platform's key of it."""

    by: Profile
    text: str
    source: str
    groups: Collection[str] = ()


class Authority(Protocol):
    """Who is who in each room; it is asked at every act, so that changed lists hold at once."""

    def permissions(self, room: str) -> Permissions:
        """The lists that count in this room now."""
        ...


class Door:
    """Takes what people do on every platform; the same source a second time does nothing.

    ``bare_slash`` says whether ``/VERB`` is a command here, as it is where no other program takes the slash.

        door = Door(ports, rooms, CommandActions(ports, rooms, bindings), authority)
        ana = Profile(id="person:web/ana", name="Ana")
        reply = await door.enter("web:lobby", ana, Said(text="Hello!"), source="web:42")
    """

    def __init__(
        self, ports: Ports, rooms: Rooms, orders: CommandActions, authority: Authority, *, bare_slash: bool = True
    ):
        self._ports, self._rooms, self._orders, self._authority = ports, rooms, orders, authority
        self._bare_slash = bare_slash

    def commands(self) -> tuple[tuple[str, str], ...]:
        """Each verb as it is typed here with what it does, for surfaces that complete what is typed."""
        lines = help_text("/").splitlines()[:-1]
        pairs = (line.removeprefix("/").partition(": ") for line in lines)
        return tuple((verb.split(" ")[0], says) for verb, _, says in pairs)

    async def enter(
        self, room: str, by: Profile, event: Event, *, source: str, groups: Collection[str] = ()
    ) -> PrivateReply | None:
        """Authorise what a person did, append it to the room's log, and wake the room.

        ``source`` is the platform's own key of the event, and ``groups`` are the person's. What comes back is for that
        person alone: a command's answer, or None. Returning means that the event is durable (or was already).
        Raises `NotAllowed` and `WrongUse` with a sentence for the person, and `StoreFailed`; then nothing happened, and
        the platform must not be told that it was taken.
        """
        _check_room(room)
        transcript = await self._rooms.read(room)
        # Before anything is looked up: a stranger must not learn from an error which messages and questions there are.
        if isinstance(event, Edited | Deleted):
            self._check(room, by.id, Change(kind="edit", author=by.id, background=True), groups)
        elif not isinstance(event, Said):
            self._check(room, by.id, Contribution(kind="message"), groups)
        match event:
            case Said(text=text):
                refuse_strangers(by.id, groups, self._authority.permissions(room))
                _check_length(text)
                command = parse(text, bare_slash=self._bare_slash)
                if command is not None:
                    return await self.order(room, by, command, source=source, groups=groups)
                self._check(room, by.id, Contribution(kind="message"), groups)
                event = self._spoken(transcript, by, event)
                if isinstance(event, Answered):
                    self._check(room, by.id, Response(asked=_question(transcript, by, event)), groups)
            case Edited(target=target, text=text):
                _check_length(text)
                background = _is_background(transcript, target)
                change = Change(kind="edit", author=_author(transcript, target), background=background)
                self._check(room, by.id, change, groups)
                if background:
                    event = replace(event, mentions=())
                elif not event.mentions:
                    event = replace(event, mentions=mentions_in(event.text, self._others(transcript, by)))
            case Deleted(target=target):
                author = await self._author_of_any(transcript, target)
                background = _is_background(transcript, target)
                self._check(room, by.id, Change(kind="delete", author=author, background=background), groups)
            case Answered():
                event = self._answered(transcript, by, event)
                self._check(room, by.id, Response(asked=_question(transcript, by, event)), groups)
            case Joined(participant=participant) | Left(participant=participant):
                self._check(room, by.id, Entrance(participant=participant), groups)
            case _:
                raise NotAllowed(f"People cannot cause a {type(event).__name__} by themselves.")
        return await self._append(room, transcript, by, event, source)

    async def order(
        self, room: str, by: Profile, command: Command, *, source: str, groups: Collection[str] = ()
    ) -> PrivateReply:
        """Authorise a command that came parsed (a slash command, a button) and carry it out.

        What comes back is for that person alone. Raises what `enter` raises.
        """
        _check_room(room)
        self._check(room, by.id, command, groups)
        return await self._orders.carry_out(command, room=room, by=by, source=source)

    async def recall(self, room: str, earlier: Sequence[Earlier]) -> None:
        """Append messages that are background, oldest first: models read them, and nobody answers them.

        They were written before agents were here, or by people whose words agents read without answering. Commands are
        left out, and so are words of people whom no list names. Nobody joins, and nothing is woken. Raises
        `StoreFailed`; then nothing happened.
        """
        entries: list[Entry] = []
        for one in earlier:
            try:
                self._check(room, one.by.id, Contribution(kind="background"), one.groups)
                if parse(one.text, bare_slash=self._bare_slash) is not None:
                    continue
            except (NotAllowed, WrongUse):
                continue  # nobody to tell: the words are old, or their author is a stranger
            said = Said(text=one.text[:LONGEST_RECALLED], recalled=one.by.name or short_name(one.by.id))
            entries.append(Entry(event=said, by=one.by.id, source=one.source))
        if entries:
            await self._ports.store.log.append(room, entries)

    async def moved(self, room: str, agent: Profile, *, here: bool, source: str) -> None:
        """Let an agent follow its own app, which people let into a room or took out of it (``here``), at the next turn.

        Only agents of the room's team follow, and only those come back that were sent away. Raises `StoreFailed`.
        """
        is_out = agent.id in (await self._rooms.read(room)).left
        if here != is_out or agent.id not in (one.id for one in self._rooms.team(room)):
            return
        joined = Joined(
            participant=agent.id, name=agent.name, role=agent.role, avatar=agent.avatar, aliases=agent.aliases
        )
        event = joined if here else Left(participant=agent.id, reason="Its app was taken out of the channel.")
        await self._ports.store.log.append(room, [Entry(event=event, by=agent.id, source=source)])
        await self._ports.wakeups.wake(room)

    async def _append(
        self, room: str, transcript: Transcript, by: Profile, event: Event, source: str
    ) -> PrivateReply | None:
        entries = [Entry(event=event, by=by.id, source=source)]
        # Whoever does something here takes part from then on, under the face that the platform shows now.
        if transcript.present.get(by.id) != by and not _brings_nobody_in(transcript, event):
            joined = Joined(participant=by.id, name=by.name, role=by.role, avatar=by.avatar, aliases=by.aliases)
            entries.insert(0, Entry(event=joined, by=by.id, source=f"{source}+joined"))
        written = await self._ports.store.log.append(room, entries)
        fresh = next((record for record in written if record.source == source), None)
        if isinstance(event, Deleted) or (isinstance(event, Edited) and await self._is_deleted(room, event.target)):
            await erase(self._ports, room, event.target)  # also when it comes again: the first time may have failed
        if fresh is not None and isinstance(event, Answered):
            await add_granted_budget(self._ports.store.ledger, await self._rooms.read(room))
        await self._ports.wakeups.wake(room)
        return None

    async def _is_deleted(self, room: str, target: int) -> bool:
        """Whether the message was deleted, maybe while an edit of it was on its way."""
        message = (await self._rooms.read(room)).message(target)
        return message is not None and message.deleted

    async def _author_of_any(self, transcript: Transcript, target: int) -> ParticipantId:
        """Who wrote a message, however long ago: it may be older than what the transcript holds.

        Raises `WrongUse` where there is no such message.
        """
        if transcript.message(target) is None:
            for record in await self._ports.store.log.read(transcript.room, after=target - 1, limit=1):
                if record.seq == target and (record.event is None or isinstance(record.event, Said | Answered)):
                    return record.by
        return _author(transcript, target, deleted=True)

    def _check(self, room: str, who: ParticipantId, act: Act, groups: Collection[str]) -> None:
        authorise(act, who=who, groups=groups, permissions=self._authority.permissions(room))

    def _spoken(self, transcript: Transcript, by: Profile, said: Said) -> Event:
        """What a message comes to: the answer to a question, or the message with its mentions found."""
        if not said.mentions:
            said = replace(said, mentions=mentions_in(said.text, self._others(transcript, by)))
        question = _answered_by(transcript, by, said)
        if question is None:
            return said
        option = _option(question, said.text)
        text = "" if option else said.text
        return Answered(
            question=question.seq,
            text=text,
            option=option,
            written=True,
            mentions=said.mentions if text else (),
            files=said.files,
        )

    def _answered(self, transcript: Transcript, by: Profile, answered: Answered) -> Answered:
        """An answer by its card, with the mentions in it; the bare name of an option is the same as pressing it."""
        question = next((one for one in transcript.questions if one.seq == answered.question), None)
        if question is None or question.asked.kind != "input":
            return answered
        option = _option(question, answered.text) if answered.option is None else None
        if option is not None:
            return replace(answered, text="", option=option)
        return replace(answered, mentions=mentions_in(answered.text, self._others(transcript, by)))

    def _others(self, transcript: Transcript, by: Profile) -> list[Profile]:
        """Whoever else can be addressed: who is present, and the team, which joins only with the room's first run."""
        team = (one for one in self._rooms.team(transcript.room) if one.id not in transcript.left)
        present = {profile.id: profile for profile in (*team, *addressable(transcript))}
        return [profile for profile in present.values() if profile.id != by.id]


def _answered_by(transcript: Transcript, by: Profile, said: Said) -> Question | None:
    """The question that a message answers: the one replied to, or the only open one that is put to its writer.

    An approval, and what no agent asks but the room itself, is answered by its card, by a reply to it, or by the exact
    name of an option. Words in passing never answer it, since they could approve what was not read. A question about a
    budget is answered by nothing but the name of an option. What addresses other agents is no answer.
    """
    open_questions = transcript.open_questions
    if said.reply_to is not None:
        question = next((one for one in open_questions if one.seq == said.reply_to), None)
        decides = question is None or question.asked.kind != "budget" or _option(question, said.text)
        return question if decides else None
    alone = [one.id for one in transcript.people] in ([], [by.id])
    theirs = [
        one
        for one in open_questions
        if (by.id in one.asked.of or (not one.asked.of and alone))
        and (_in_words(one) or _option(one, said.text))
        and not _for_others(said, one)
    ]
    return theirs[0] if len(theirs) == 1 else None


def _for_others(said: Said, question: Question) -> bool:
    """Whether a message addresses agents, and the one that asks is not among them."""
    addressed = [one.participant for one in said.mentions]
    return question.by not in addressed and any(map(is_agent, addressed))


def _in_words(question: Question) -> bool:
    """Whether any words answer it, not just the name of an option."""
    return is_agent(question.by) and question.asked.kind != "approval"


def _option(question: Question, text: str) -> str | None:
    """The option that has this text as its exact name; terminals have no buttons."""
    return next((one for one in question.asked.options if one.casefold() == text.strip().casefold()), None)


def _check_room(room: str) -> None:
    room_id = RoomId.parse(room)
    if room_id.child:
        raise NotAllowed(
            f"Agents talk among themselves in this room; write to {room_id.root}, where they answer people."
        )


def _check_length(text: str) -> None:
    if len(text) > LONGEST_MESSAGE:
        raise WrongUse(
            f"A message may have {LONGEST_MESSAGE:,} characters and this one has {len(text):,}; send it as a file."
        )


def _is_background(transcript: Transcript, target: int) -> bool:
    message = transcript.message(target)
    return message is not None and message.recalled


def _brings_nobody_in(transcript: Transcript, event: Event) -> bool:
    match event:
        case Joined() | Left():
            return True
        case Edited(target=target) | Deleted(target=target):
            return _is_background(transcript, target)
        case _:
            return False


def _author(transcript: Transcript, target: int, *, deleted: bool = False) -> ParticipantId:
    """Who wrote the message. Raises `WrongUse` where it is not held, or was deleted, unless ``deleted``."""
    message = transcript.message(target)
    answers = (one.answer for one in transcript.questions if one.asked.child is not None and one.answer is not None)
    if message is None and (answer := next((one for one in answers if one.seq == target), None)) is not None:
        return answer.by  # it is a message in the child room that asked
    if message is None or (message.deleted and not deleted):
        raise WrongUse("That message is not here any more, or is too old to be changed.")
    return message.spoken_by or message.by


def _question(transcript: Transcript, by: Profile, answered: Answered) -> Asked:
    """The question that is answered. Raises `WrongUse` where it is not open any more.

    An answer that is delivered again, by the same person and in the same words, is fine: it changes nothing.
    """
    for question in transcript.questions:
        if question.seq == answered.question:
            answer = question.answer
            if answer is not None and answer.withdrawn:
                raise WrongUse(f"This question is out of date. {answer.text}".rstrip())
            if answer is not None and answer.expired:
                raise WrongUse("The time for this question is up.")
            same = answer is not None and (answer.by, answer.text, answer.option) == (
                by.id, answered.text, answered.option,
            )  # fmt: skip
            if answer is not None and not same:
                name = transcript.name_of(answer.by)
                raise WrongUse(f"{name} has already answered: {answer.words or 'go on'}.")
            return question.asked
    raise WrongUse("That question is not open any more.")
