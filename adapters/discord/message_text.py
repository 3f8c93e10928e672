"""What a message says: Discord's marks for people, roles and channels as readable text, and whom it addresses."""

import re
from collections.abc import Iterator, Mapping, Sequence

import discord

from adapters.discord.bots import Bot
from adapters.discord.rooms import Where, person_id
from adapters.shared.message_text import MessageText
from agents.log.participants import SYSTEM, Mention, ParticipantId, Profile, mentions_in, short_name

HOST = Profile(id=SYSTEM, name="Tertulia")

SAID = (discord.MessageType.default, discord.MessageType.reply)
"""What people write; the rest is said by Discord itself in their name."""

HIDDEN = "___hidden___"
"""What Discord calls a channel of which a bot is told nothing, because it does not see it."""

_MARK = re.compile(r"<@!?(?P<user>\d+)>|<@&(?P<role>\d+)>|<#(?P<channel>\d+)>|<a?(?P<emoji>:\w+:)\d+>")


def where_of(channel: object) -> Where | None:
    """The place that a channel or thread is; None for what nobody writes in."""
    match channel:
        case discord.Thread(guild=guild, parent_id=parent, id=thread):
            return Where(server=guild.id, channel=parent, thread=thread)
        case discord.DMChannel(id=channel_id):
            return Where(server=None, channel=channel_id)
        case discord.abc.GuildChannel(guild=guild, id=channel_id):
            return Where(server=guild.id, channel=channel_id)
        case _:
            return None


def read(message: discord.Message, bots: Mapping[int, Bot], agents: Sequence[Profile]) -> MessageText:
    """The message as agents read it. ``agents`` may be addressed by name, though not in what is only forwarded."""
    text, found = _readable(message.content, message, bots)
    for mention in mentions_in(text, (*agents, HOST)):
        found.setdefault(mention.participant, mention)
    parts = (text, *_forwarded(message, bots), *_poll(message))
    return MessageText(
        text="\n".join(part for part in parts if part),
        mentions=tuple(sorted(found.values(), key=lambda one: one.start)),
    )


def says_something(message: discord.Message) -> bool:
    """Whether there is anything to read; a sticker is nothing."""
    return bool(message.content or message.message_snapshots or message.poll or attached(message))


def attached(message: discord.Message) -> Sequence[discord.Attachment]:
    """The files of the message, and of what it forwards."""
    return [*message.attachments, *(one for forwarded in message.message_snapshots for one in forwarded.attachments)]


def _readable(
    content: str, message: discord.Message, bots: Mapping[int, Bot]
) -> tuple[str, dict[ParticipantId, Mention]]:
    """The words with their marks as text, and whom the marks address."""
    found: dict[ParticipantId, Mention] = {}
    pieces: list[str] = []
    at = length = 0
    for mark in _MARK.finditer(content):
        before = content[at : mark.start()]
        shown, participant = _shown(mark, message, bots)
        pieces += [before, shown]
        start = length + len(before)
        length = start + len(shown)
        at = mark.end()
        if participant:
            found.setdefault(participant, Mention(participant=participant, start=start, end=length))
    return "".join([*pieces, content[at:]]), found


def _forwarded(message: discord.Message, bots: Mapping[int, Bot]) -> Iterator[str]:
    """The words that it forwards; Discord does not say whose they are."""
    for snapshot in message.message_snapshots:
        words, _ = _readable(snapshot.content, message, bots)
        yield "\n".join(("Forwarded:", *(f"> {line}" for line in words.splitlines())))


def _poll(message: discord.Message) -> Iterator[str]:
    if message.poll is not None:
        answers = (f"- {answer.text}" for answer in message.poll.answers)
        yield "\n".join((f"Poll: {message.poll.question}", *answers))


def _shown(mark: re.Match[str], message: discord.Message, bots: Mapping[int, Bot]) -> tuple[str, ParticipantId | None]:
    """A mark as text, and whom it addresses."""
    guild = message.guild
    if mark["user"]:
        return _user(int(mark["user"]), message, bots)
    if mark["role"]:
        role = guild.get_role(int(mark["role"])) if guild else None
        bot = role.tags.bot_id if role and role.tags else None
        if bot is not None and bot in bots:
            return _user(bot, message, bots)
        return f"@{role.name if role else 'a role'}", None
    if mark["channel"]:
        channel = guild.get_channel_or_thread(int(mark["channel"])) if guild else None
        return f"#{channel.name if channel and channel.name != HIDDEN else 'a channel'}", None
    return mark["emoji"], None


def _user(user: int, message: discord.Message, bots: Mapping[int, Bot]) -> tuple[str, ParticipantId]:
    bot = bots.get(user)
    if bot is not None:
        return f"@{HOST.name if bot.speaks_for == SYSTEM else short_name(bot.speaks_for)}", bot.speaks_for
    person = next((one for one in message.mentions if one.id == user), None)
    name = person.display_name if person else "somebody"
    return f"@{name}", person_id(message.guild.id if message.guild else None, user)
