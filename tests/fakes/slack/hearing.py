"""Who hears what: each app that is in the channel, subscribed to the event and granted its scope, gets its own copy."""

from tests.fakes.slack.office import PostOffice
from tests.fakes.slack.shapes import envelope_json, known_by_id, mentioned_in, message_json, replies_of
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import Channel, FakeApp, FakeMessage, Install, Payload

_HISTORY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}

SCOPES = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}
"""The scope that an event needs; events about conversations need ``channels:read`` or its like, others none."""


class Hearing:
    """Makes events of what happens and sends them to the apps that hear them."""

    def __init__(self, site: Site, office: PostOffice) -> None:
        self._site, self._office = site, office

    async def posted(self, message: FakeMessage) -> None:
        """A message appeared: ``message`` to who listens, ``app_mention`` to who is named."""
        channel = self._channel(message)
        await self._tell_message(channel, self._shape(message, channel))
        if channel.kind == "im" or message.subtype not in (None, "file_share", "bot_message", "thread_broadcast"):
            return
        mentioned = mentioned_in(message.text, message.blocks)
        for app, install in self._site.world.installs(channel.team):
            if install.bot_user in mentioned and install.bot_id != message.bot_id:
                shape = self._shape(message, channel) | {"type": "app_mention"}
                shape.pop("channel_type", None)
                await self._tell_one(app, install, channel, shape, "app_mention")

    async def changed(self, message: FakeMessage, before: Payload) -> None:
        """A message is another now: an edit, an unfurl, the end of a stream."""
        channel = self._channel(message)
        after = message_json(self._site.world, message)
        await self._tell_message(channel, self._hidden("message_changed", channel, message=after, before=before))

    async def deleted(self, message: FakeMessage, before: Payload) -> None:
        """A message is gone."""
        channel = self._channel(message)
        shape = self._hidden("message_deleted", channel, before=before) | {"deleted_ts": message.ts}
        await self._tell_message(channel, shape)

    async def remove(self, message: FakeMessage) -> None:
        """Take a message away; a root with replies leaves a tombstone, as in Slack."""
        channel = self._channel(message)
        before = message_json(self._site.world, message)
        message.deleted = True
        if replies_of(channel, message.ts):
            message.text, message.blocks, message.files, message.metadata = "This message was deleted.", [], [], None
            message.subtype, message.user, message.bot_id, message.username = "tombstone", "USLACKBOT", None, None
            await self.changed(message, before)
            return
        channel.remove(message)
        await self.deleted(message, before)

    async def joined(self, channel: Channel, user: str, *, inviter: str | None = None) -> None:
        """Somebody came into a channel: an event and a line in the channel."""
        channel.members.append(user)
        event: Payload = {"type": "member_joined_channel", "user": user, **self._presence(channel)}
        if inviter is not None:
            event["inviter"] = inviter
        await self.happened(channel, event)
        await self._line(channel, user, f"{_prefix(channel)}_join", f"<@{user}> has joined the channel")

    async def left(self, channel: Channel, user: str) -> None:
        """Somebody went; a bot that went hears that it is out, and no more of the channel."""
        channel.members.remove(user)
        await self.happened(channel, {"type": "member_left_channel", "user": user, **self._presence(channel)})
        await self._line(channel, user, f"{_prefix(channel)}_leave", f"<@{user}> has left the channel")
        for app, install in self._site.world.installs(channel.team):
            if install.bot_user == user:
                event = {"type": f"{_prefix(channel)}_left", "channel": channel.id, "actor_id": user}
                await self.told(app, install, {**event, "event_ts": self._site.world.new_ts()})

    async def happened(self, channel: Channel, event: Payload) -> None:
        """Any other event: apps in the channel hear it, and those that it is about.

        What becomes of a public channel itself (``channel_archive`` and the like) reaches every app of the team.
        """
        public = not channel.is_private and str(event["type"]).startswith("channel_")
        for app, install in self._site.world.installs(channel.team):
            if public or install.bot_user in (*channel.members, event.get("user")):
                await self._tell(app, install, channel, event)

    async def told(self, app: FakeApp, install: Install, event: Payload) -> None:
        """An event about the app itself, which needs a subscription and no scope; also after a revocation."""
        if event["type"] in app.events:
            await self._office.send(app, "events_api", envelope_json(self._site.world, app, install, event, None))

    def _channel(self, message: FakeMessage) -> Channel:
        return self._site.world.channels[message.team, message.channel]

    def _shape(self, message: FakeMessage, channel: Channel) -> Payload:
        shape = message_json(self._site.world, message, metadata=True)
        author = self._site.world.users.get((channel.team, message.user or ""))
        if author is not None and channel.is_shared:
            shape |= {"user_team": author.home, "source_team": author.home}
        if channel.is_shared and message.files:
            shape["files"] = [known_by_id(file) for file in message.files]
        return shape | {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}

    def _hidden(self, subtype: str, channel: Channel, *, before: Payload, message: Payload | None = None) -> Payload:
        ts = self._site.world.new_ts()
        shape: Payload = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id, "ts": ts}
        if message is not None:
            shape["message"] = message
        return shape | {"previous_message": before, "event_ts": ts, "channel_type": channel.kind}

    def _presence(self, channel: Channel) -> Payload:
        kind = "G" if channel.kind == "group" else "C"
        ts = self._site.world.new_ts()
        return {"channel": channel.id, "channel_type": kind, "team": channel.team, "event_ts": ts}

    async def _line(self, channel: Channel, user: str, subtype: str, text: str) -> None:
        message = FakeMessage(self._site.world.new_ts(), channel.id, channel.team, user, text, subtype=subtype)
        channel.add(message)
        await self.posted(message)

    async def _tell_message(self, channel: Channel, event: Payload) -> None:
        for app, install in self._site.world.installs(channel.team):
            if install.bot_user in channel.members and f"{_HISTORY[channel.kind]}:history" in install.scopes:
                await self._tell_one(app, install, channel, dict(event), f"message.{_plural(channel.kind)}")

    async def _tell(self, app: FakeApp, install: Install, channel: Channel, event: Payload) -> None:
        kind = str(event["type"])
        if SCOPES.get(kind, f"{_HISTORY[channel.kind]}:read") in install.scopes:
            await self._tell_one(app, install, channel, dict(event), kind)

    async def _tell_one(
        self, app: FakeApp, install: Install, channel: Channel | None, event: Payload, subscription: str
    ) -> None:
        if subscription not in app.events:
            return
        scope = SCOPES.get(subscription)
        if scope is not None and scope not in install.scopes:
            return
        if channel is not None and subscription == "app_mention" and install.bot_user not in channel.members:
            return
        await self._office.send(app, "events_api", envelope_json(self._site.world, app, install, event, channel))


def _prefix(channel: Channel) -> str:
    return "group" if channel.kind == "group" else "channel"


def _plural(kind: str) -> str:
    return {"channel": "channels", "group": "groups"}.get(kind, kind)
