"""What people write, change and delete, as events at the door: durable when this returns, or an error."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import discord
import structlog

from adapters.discord.background import Background, is_order
from adapters.discord.bots import Bot, content_hint
from adapters.discord.downloads import Downloads
from adapters.discord.history import Channel
from adapters.discord.house import DiscordHouse
from adapters.discord.message_text import SAID, attached, read, says_something, where_of
from adapters.discord.people import People
from adapters.discord.posted import Posted, PostedMessages
from adapters.discord.private_replies import AddressedReply, PrivateReplies
from adapters.discord.rooms import Where
from adapters.discord.roster import Roster
from adapters.discord.sources import copy_of, source_of
from adapters.shared.arrivals import Fetched
from adapters.shared.hops import Hops
from adapters.shared.message_text import MessageText
from agents.errors import NotAllowed, WrongUse
from agents.log.events import Answered, Deleted, Edited, Said
from agents.log.participants import SYSTEM, Mention
from agents.log.records import Record
from agents.people.command_actions import PrivateReply

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

HOPS = "discord_hops"
"""In `Facts`: how many messages of foreign bots a channel has heard since a person spoke there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _IncomingMessage:
    """A message with what was found out about it."""

    message: discord.Message
    where: Where
    room: str
    words: MessageText
    replied: Posted | None
    bot: Bot

    @property
    def addresses_us(self) -> bool:
        return self.words.addresses_us or self.replied is not None or self.where.server is None


class Incoming:
    """Takes messages from `Timelines`. ``bots`` are our own bot users by id; ``is_ours`` knows all that we wrote."""

    def __init__(
        self,
        house: DiscordHouse,
        bots: Mapping[int, Bot],
        posted: PostedMessages,
        people: People,
        downloads: Downloads,
        private_replies: PrivateReplies,
        roster: Roster,
        *,
        is_ours: Callable[[discord.Message], bool],
    ):
        self._house, self._bots, self._posted, self._people = house, bots, posted, people
        self._downloads, self._private_replies, self._is_ours = downloads, private_replies, is_ours
        self._roster = roster
        self._hops = Hops(house.store.facts, HOPS, house.hops)
        self._background = Background(house, people, bots, is_ours=is_ours)
        self._told_about_content = False

    async def message(self, message: discord.Message, bot: Bot) -> None:
        """Take a message that ``bot`` hears. Raises `StoreFailed` and `PlatformFailed`: then hear it again."""
        where = where_of(message.channel)
        if where is None or message.type not in SAID or self._is_ours(message):
            return
        await self.locate(message.channel, where)
        heard = await self._heard(message, where, bot)
        if not self._house.is_bound(heard.room) and not heard.addresses_us and not message.content.startswith("!"):
            return
        if self._is_blank(message, bot):
            return
        if message.author.bot and not await self._may_a_bot_speak(heard):
            return
        await self._say(heard)

    async def edit(self, message: discord.Message, bot: Bot, *, missed: bool = False) -> None:
        """Take an edited message's new text. ``missed``: nobody saw it change, and nobody is told of a refusal.

        Raises `StoreFailed` and `PlatformFailed`.
        """
        where = where_of(message.channel)
        if where is None or message.author.bot or message.edited_at is None or self._is_ours(message):
            return
        source = f"{source_of(message.id)}@{int(message.edited_at.timestamp() * 1000)}"
        for record, suffix in await self._records(where, message.id):
            room = record.room
            words = read(message, self._bots, self._house.faces(room))
            text = await self._text_of(room, record.seq)
            if text == words.text or (missed and text is None):
                continue
            edited = Edited(target=record.seq, text=words.text, mentions=words.mentions)
            groups = await self._people.groups(message.author, message.guild)
            try:
                by = self._people.acting(message.author, where.server)
                await self._house.door.enter(room, by, edited, source=source + suffix, groups=groups)
            except (NotAllowed, WrongUse) as refused:
                if not missed:
                    self._private_replies.hint(bot, _addressed(message, where, str(refused)))

    async def delete(self, where: Where, message: int) -> None:
        """A message is gone. Discord has decided that it may be, so the author's groups are not asked again."""
        for record, suffix in await self._records(where, message):
            room = record.room
            by = self._house.known(room, record.by)
            everybody = self._house.users(room)
            try:
                source = f"{source_of(message)}!deleted{suffix}"
                await self._house.door.enter(room, by, Deleted(target=record.seq), source=source, groups=everybody)
            except (NotAllowed, WrongUse) as refused:
                _log.warning("discord_deletion_refused", room=room, reason=str(refused))

    async def copies(self, where: Where) -> Sequence[int]:
        """The threads that began with words of this channel. Raises `StoreFailed`."""
        return await self._background.threads_of(where)

    async def locate(self, channel: object, where: Where) -> None:
        """Take down what the channel is called. Raises `StoreFailed`."""
        if isinstance(channel, discord.Thread):
            if channel.parent is None:
                return
            named, category = channel.parent.name, channel.parent.category
        elif isinstance(channel, discord.abc.GuildChannel):
            named, category = channel.name, channel.category
        else:
            named, category = "", None
        await self._house.locate(
            where.parent.room,
            channel=where.channel,
            name=named,
            category=category.name if category else "",
            direct=where.server is None,
        )

    async def _records(self, where: Where, message: int) -> list[tuple[Record, str]]:
        """The message's record and those of its copies, with what changes of each are told apart by."""
        find, copies = self._house.store.log.find, await self._background.rooms_with(where, message)
        found = [(await find(source_of(message)), "")]
        found += [(await find(copy_of(message, room)), f">{room}") for room in copies]
        return [(record, suffix) for record, suffix in found if record and isinstance(record.event, Said | Answered)]

    async def _text_of(self, room: str, seq: int) -> str | None:
        """What the message says by now; None where it is older than what the transcript holds."""
        transcript = await self._house.read(room)
        return next((one.text for one in reversed(transcript.messages) if seq in (one.seq, one.corrects)), None)

    async def _heard(self, message: discord.Message, where: Where, bot: Bot) -> _IncomingMessage:
        answered = _replied_to(message)
        replied = None if answered is None else await self._posted.find(str(answered))
        words = read(message, self._bots, self._house.faces(where.room))
        room = self._room(message, where, words, replied)
        return _IncomingMessage(message=message, where=where, room=room, words=words, replied=replied, bot=bot)

    def _room(self, message: discord.Message, where: Where, words: MessageText, replied: Posted | None) -> str:
        """The thread that the message is in; else the one it continues or opens; else the channel."""
        if where.thread is not None or where.server is None:
            return where.room
        if replied is not None and replied.room.startswith(f"{where.room}/"):
            return replied.room  # a conversation whose thread could not be made
        opens = words.addresses_us and self._house.conversation(where.room) == "thread"
        if opens and self._house.is_bound(where.room) and not message.content.lstrip().startswith("!"):
            return Where(server=where.server, channel=where.channel, thread=message.id).room
        return where.room

    async def _say(self, heard: _IncomingMessage) -> None:
        message, room = heard.message, heard.room
        groups = await self._people.groups(message.author, message.guild)
        by = self._people.acting(message.author, heard.where.server)
        is_known = not self._house.users(room).isdisjoint({by.id, *groups})
        fetched = await self._downloads.fetch(attached(message)) if is_known else Fetched()
        if is_known and isinstance(message.channel, Channel) and not is_order(heard.words.text):
            await self._background.before(message, message.channel, room)
            await self._roster.keep_out(self._bots.values(), heard.where, room)
        said = Said(
            text="\n".join(part for part in (heard.words.text, fetched.missing) if part),
            mentions=self._mentions(heard),
            reply_to=await self._reply_to(heard),
            files=fetched.files,
        )
        try:
            reply = await self._house.door.enter(room, by, said, source=source_of(message.id), groups=groups)
        except (NotAllowed, WrongUse) as refused:
            wants_to_know = heard.addresses_us or (is_known and is_order(heard.words.text))
            if wants_to_know and not message.author.bot:
                self._private_replies.hint(heard.bot, _addressed(message, heard.where, str(refused)))
            return
        if message.author.bot:
            return
        await self._hops.a_person_spoke(heard.where.parent.room)
        if reply is not None:
            self._private_replies.tell(heard.bot, _addressed(message, heard.where, reply.text, reply))

    def _mentions(self, heard: _IncomingMessage) -> tuple[Mention, ...]:
        """Whom it addresses; in a direct message to an agent's own bot, that agent."""
        mentions, speaks_for = heard.words.mentions, heard.bot.speaks_for
        if heard.where.server is None and speaks_for != SYSTEM and not mentions:
            return (Mention(participant=speaks_for, start=0, end=0),)
        return mentions

    async def _reply_to(self, heard: _IncomingMessage) -> int | None:
        if heard.replied is not None:
            return heard.replied.seq if heard.replied.room == heard.room else None
        answered = _replied_to(heard.message)
        if answered is None:
            return None
        for source in (source_of(answered), copy_of(answered, heard.room)):
            record = await self._house.store.log.find(source)
            if record is not None and record.room == heard.room:
                return record.seq
        return None

    async def _may_a_bot_speak(self, heard: _IncomingMessage) -> bool:
        """Only one that is named in the config, that writes one of our names, and not without end."""
        named = f"discord:user:{heard.message.author.id}" in self._house.users(heard.room)
        return named and heard.words.addresses_us and await self._hops.one_more(heard.where.parent.room)

    def _is_blank(self, message: discord.Message, bot: Bot) -> bool:
        """Whether there is nothing to read; where that is for lack of a permission, the operator is told once."""
        if says_something(message):
            return False
        shows = message.stickers or message.embeds or message.components
        if not shows and not message.author.bot and not self._told_about_content:
            self._told_about_content = True
            self._house.tell(content_hint(bot))
        return True


def _replied_to(message: discord.Message) -> int | None:
    """The message that this one answers; what is forwarded is named in the same way and not answered."""
    reference = message.reference
    return None if reference is None or reference.type is discord.MessageReferenceType.forward else reference.message_id


def _addressed(message: discord.Message, where: Where, text: str, reply: PrivateReply | None = None) -> AddressedReply:
    return AddressedReply(
        user=message.author.id,
        text=text,
        key=f"whisper:{message.id}",
        where=where,
        about=message.id,
        file=reply.file if reply else None,
    )
