"""What happens to messages and threads, whoever does it: a person, a bot or a webhook."""

import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.fakes.discord import permissions
from tests.fakes.discord.errors import Refused
from tests.fakes.discord.moments import iso, made_at
from tests.fakes.discord.values import (
    REPLY,
    THREAD_CREATED,
    THREAD_STARTER,
    Attachment,
    FakeChannel,
    FakeMessage,
    FakeUser,
    FakeWebhook,
    Json,
    Kind,
    listed,
)
from tests.fakes.discord.world import FakeGuild, World

NONCE_SECONDS = 180.0
"""How long a nonce is remembered: "the past few minutes"."""

EPHEMERAL = 1 << 6
LOADING = 1 << 7

_EVERYTHING: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is one. ``allowed_mentions`` None lets everything ring, as Discord does."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    files: Sequence[tuple[str, bytes]] = ()
    reference: int | None = None
    nonce: str | None = None
    allowed_mentions: Json | None = None
    flags: int = 0
    name: str = ""
    avatar: str | None = None


class Chat:
    """Writes messages and tells the bots."""

    def __init__(self, world: World):
        self._world = world
        self.whispers: dict[int, FakeMessage] = {}
        self._nonces: dict[tuple[int, str], FakeMessage] = {}

    def attach(self, channel: FakeChannel, files: Iterable[tuple[str, bytes]]) -> list[Attachment]:
        return [self._attach(channel, name, content) for name, content in files]

    def _attach(self, channel: FakeChannel, name: str, content: bytes) -> Attachment:
        file_id = self._world.time.new_id()
        path = f"/cdn/attachments/{channel.id}/{file_id}/{name}"
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._world.files[path] = (media_type, content)
        return Attachment(id=file_id, name=name, content=content, media_type=media_type, url=f"{self._world.url}{path}")

    def post(self, channel: FakeChannel, author: FakeUser | FakeWebhook, draft: Draft) -> FakeMessage:
        message = self.write(channel, author, draft)
        channel.messages[message.id] = message
        if draft.nonce is not None:
            self._nonces[author.id, draft.nonce] = message
        if channel.is_thread and isinstance(author, FakeUser):
            channel.members.add(author.id)
        self._world.tell.message_created(message)
        return message

    def sent_before(self, author: FakeUser, nonce: str | None) -> FakeMessage | None:
        """The author's message with the same nonce, anywhere, if it is not too old to be remembered."""
        known = self._nonces.get((author.id, nonce)) if nonce is not None else None
        return known if known and self._world.time.now() - made_at(known.id) < NONCE_SECONDS else None

    def write(self, channel: FakeChannel, author: FakeUser | FakeWebhook, draft: Draft) -> FakeMessage:
        """Make a message that nobody is told of yet."""
        by_webhook = isinstance(author, FakeWebhook)
        bot = None if by_webhook else self._world.bots.get(author.id)
        return FakeMessage(
            id=self._world.time.new_id(),
            channel=channel,
            author_id=author.id,
            author_name=draft.name or author.name,
            author_avatar=draft.avatar or author.avatar,
            author=None if by_webhook else author,
            content=draft.content,
            webhook_id=author.id if by_webhook else None,
            application_id=author.owner.application_id if by_webhook else bot.application_id if bot else None,
            components=draft.components,
            embeds=draft.embeds,
            attachments=self.attach(channel, draft.files),
            reference=draft.reference,
            nonce=draft.nonce,
            rang=self.rings(channel, author, draft.content, draft.allowed_mentions, draft.reference),
            type=0 if draft.reference is None else REPLY,
            flags=draft.flags,
        )

    def forward(self, channel: FakeChannel, author: FakeUser, original: FakeMessage) -> FakeMessage:
        """A message that says nothing itself."""
        return self._show(channel, author, forwarded=original)

    def ask(self, channel: FakeChannel, author: FakeUser, question: str, answers: Sequence[str]) -> FakeMessage:
        """A poll."""
        options = [{"answer_id": number, "poll_media": {"text": text}} for number, text in enumerate(answers, 1)]
        poll: Json = {"question": {"text": question}, "answers": options, "allow_multiselect": False, "layout_type": 1}
        return self._show(channel, author, poll={**poll, "expiry": iso(self._world.time.now() + 86_400)})

    def _show(
        self,
        channel: FakeChannel,
        author: FakeUser,
        *,
        forwarded: FakeMessage | None = None,
        poll: Json | None = None,
    ) -> FakeMessage:
        message = self.write(channel, author, Draft())
        message.forwarded, message.poll = forwarded, poll
        channel.messages[message.id] = message
        self._world.tell.message_created(message)
        return message

    def edit(self, message: FakeMessage, change: Draft | str) -> None:
        """Replace the content, and tell."""
        content = change if isinstance(change, str) else change.content
        message.edits.append(message.content)
        message.content = content
        message.edited_at = self._world.time.now()
        allowed = None if isinstance(change, str) else change.allowed_mentions
        author = message.author or self._world.webhooks.get(message.webhook_id or 0)
        if author:
            message.rang = self.rings(message.channel, author, content, allowed, message.reference)
        if message.seen_by is None and message.id in message.channel.messages:
            self._world.tell.message_edited(message)

    def unfurl(self, message: FakeMessage, embed: Json) -> None:
        """Show a link's preview: bots are told as of an edit, yet nobody edited."""
        message.embeds = [*message.embeds, embed]
        self._world.tell.message_edited(message)

    def delete(self, message: FakeMessage) -> None:
        if message.channel.messages.pop(message.id, None):
            self._world.tell.message_deleted(message)
        self.whispers.pop(message.id, None)

    def bulk_delete(self, channel: FakeChannel, ids: Iterable[int]) -> None:
        gone = [one for one in ids if channel.messages.pop(one, None)]
        self._world.tell.messages_deleted(channel, gone)

    def react(self, message: FakeMessage, user: FakeUser, emoji: str) -> None:
        who = message.reactions.setdefault(emoji, [])
        if user.id not in who:
            who.append(user.id)
            self._world.tell.reacted(message, user, emoji, added=True)

    def unreact(self, message: FakeMessage, user: FakeUser, emoji: str) -> None:
        who = message.reactions.get(emoji, [])
        if user.id in who:
            who.remove(user.id)
            self._world.tell.reacted(message, user, emoji, added=False)

    def rings(
        self,
        channel: FakeChannel,
        author: FakeUser | FakeWebhook,
        content: str,
        allowed: Json | None,
        reference: int | None,
    ) -> frozenset[str]:
        """Whom a message notifies."""
        rules = _EVERYTHING if allowed is None else allowed
        parse = listed(rules, "parse")
        guild = channel.guild
        rung: set[str] = set()
        for user_id in re.findall(r"<@!?(\d+)>", content):
            if "users" in parse or user_id in map(str, listed(rules, "users")):
                rung.add(f"<@{user_id}>")
        may_ring_all = isinstance(author, FakeWebhook) or permissions.in_channel(author.id, channel).mention_everyone
        if guild:
            for role_id in re.findall(r"<@&(\d+)>", content):
                role = guild.roles.get(int(role_id))
                wanted = "roles" in parse or role_id in map(str, listed(rules, "roles"))
                if role and wanted and (role.mentionable or may_ring_all):
                    rung.add(role.mention)
            if "everyone" in parse and may_ring_all:
                rung.update(re.findall(r"@everyone|@here", content))
        replied = channel.messages.get(reference) if reference else None
        if replied and replied.author and rules.get("replied_user"):
            rung.add(replied.author.mention)
        return frozenset(rung)

    def start_thread(
        self,
        parent: FakeChannel,
        owner_id: int,
        name: str,
        *,
        message: FakeMessage | None = None,
        kind: Kind = Kind.PUBLIC_THREAD,
        archive_minutes: int = 4320,
        tags: Iterable[int] = (),
    ) -> FakeChannel:
        """Open a thread; from a message, it has that message's id, and there is only one."""
        if message and message.thread:
            raise Refused(160004)
        guild: FakeGuild | None = parent.guild
        thread = FakeChannel(
            id=message.id if message else self._world.time.new_id(),
            name=name,
            kind=kind,
            guild=guild,
            parent=parent,
            owner_id=owner_id,
            members={owner_id},
            auto_archive_minutes=archive_minutes,
            applied_tags=list(tags),
        )
        self._world.channels[thread.id] = thread
        if message:
            message.thread = thread
        self._world.tell.thread_created(thread)
        owner = self._world.users.get(owner_id)
        if owner and message:
            self._note(thread, owner, Draft(reference=message.id), THREAD_STARTER)
        elif owner and parent.kind is Kind.TEXT and kind is Kind.PUBLIC_THREAD:
            self._note(parent, owner, Draft(content=name), THREAD_CREATED)
        return thread

    def _note(self, channel: FakeChannel, author: FakeUser, draft: Draft, kind: int) -> None:
        """What Discord itself says in somebody's name; bots hear it like any message."""
        message = self.write(channel, author, draft)
        message.type, message.rang = kind, frozenset()
        channel.messages[message.id] = message
        self._world.tell.message_created(message)

    def archive(self, thread: FakeChannel, *, archived: bool, locked: bool | None = None) -> None:
        if archived != thread.archived:
            thread.archived_at = self._world.time.now()
        thread.archived = archived
        thread.locked = thread.locked if locked is None else locked
        self._world.tell.thread_updated(thread)

    def delete_channel(self, channel: FakeChannel) -> None:
        """Remove a channel with its threads, or a thread."""
        tell = self._world.tell
        for thread in [c for c in self._world.channels.values() if c.is_thread and c.parent is channel]:
            self.delete_channel(thread)
        if channel.is_thread:
            tell.thread_deleted(channel)
        else:
            tell.channel_deleted(channel)
        channel.deleted = True
        del self._world.channels[channel.id]
        if channel.guild:
            channel.guild.channels.pop(channel.id, None)
        for webhook in [w for w in self._world.webhooks.values() if w.channel is channel]:
            del self._world.webhooks[webhook.id]
