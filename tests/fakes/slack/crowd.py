"""What people do in Slack: they write, edit, delete, react, come and go, and press Stop."""

from collections.abc import Sequence

from tests.fakes.slack.agents import working_sessions
from tests.fakes.slack.furniture import Furniture
from tests.fakes.slack.reactions import react, unreact
from tests.fakes.slack.shapes import message_json
from tests.fakes.slack.streams import age_streams
from tests.fakes.slack.world import Channel, FakeApp, FakeFile, FakeMessage, Payload


class Crowd(Furniture):
    """People's hands. Nothing here waits for what apps make of it; ``team`` is needed where teams share an id."""

    async def say(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: Sequence[FakeFile] = (),
        subtype: str | None = None,
        broadcast: bool = False,
        team: str | None = None,
    ) -> str:
        """Write a message; its ts. Text is as Slack keeps it: ``<@U1>``, ``&amp;``."""
        where = self.world.channel(channel, team)
        if user not in where.members:
            raise ValueError(f"{user} is not in {channel}: people write only where they are members.")
        message = FakeMessage(self.world.new_ts(), where.id, where.team, user, text, thread_ts=thread_ts)
        message.files = list(files)
        message.subtype = subtype or ("file_share" if files else "thread_broadcast" if broadcast else None)
        message.broadcast = broadcast
        where.add(message)
        await self.site.hearing.posted(message)
        return message.ts

    async def say_as_app(
        self, channel: str, app: FakeApp, text: str, *, thread_ts: str | None = None, team: str | None = None
    ) -> str:
        """Another app's bot writes, without its program."""
        where = self.world.channel(channel, team)
        install = app.installs[where.team]
        message = FakeMessage(self.world.new_ts(), where.id, where.team, install.bot_user, text, thread_ts=thread_ts)
        message.bot_id, message.app_id = install.bot_id, app.app_id
        where.add(message)
        await self.site.hearing.posted(message)
        return message.ts

    async def edit(self, channel: str, ts: str, text: str, *, team: str | None = None) -> None:
        """The author changes a message."""
        message = self._message(channel, ts, team)
        before = message_json(self.world, message)
        message.text, message.edited = text, {"user": message.user, "ts": self.world.new_ts()}
        await self.site.hearing.changed(message, before)

    async def delete(self, channel: str, ts: str, *, team: str | None = None) -> None:
        """The author deletes a message; a root with replies stays as a tombstone."""
        await self.site.hearing.remove(self._message(channel, ts, team))

    async def unfurl(self, channel: str, ts: str, attachments: Sequence[Payload], *, team: str | None = None) -> None:
        """Slack adds previews of links, which is a change of the message without an edit."""
        message = self._message(channel, ts, team)
        before = message_json(self.world, message)
        message.attachments = [*message.attachments, *attachments]
        await self.site.hearing.changed(message, before)

    async def react(self, channel: str, ts: str, user: str, name: str, *, team: str | None = None) -> None:
        """Put an emoji under a message."""
        where = self.world.channel(channel, team)
        await react(self.site, where, where.messages[ts], user, name)

    async def unreact(self, channel: str, ts: str, user: str, name: str, *, team: str | None = None) -> None:
        """Take it away."""
        where = self.world.channel(channel, team)
        await unreact(self.site, where, where.messages[ts], user, name)

    async def join(self, channel: str, user: str, *, inviter: str | None = None, team: str | None = None) -> None:
        """Somebody (a person or a bot's user) comes in."""
        await self.site.hearing.joined(self.world.channel(channel, team), user, inviter=inviter)

    async def leave(self, channel: str, user: str, *, team: str | None = None) -> None:
        """Somebody goes, or is removed."""
        await self.site.hearing.left(self.world.channel(channel, team), user)

    async def archive(self, channel: str, user: str, *, team: str | None = None) -> None:
        """Close a channel: nothing can be posted any more."""
        where = self.world.channel(channel, team)
        where.archived = True
        await self._tell(where, {"type": _kind(where, "archive"), "channel": where.id, "user": user})

    async def unarchive(self, channel: str, user: str, *, team: str | None = None) -> None:
        """Open it again."""
        where = self.world.channel(channel, team)
        where.archived = False
        await self._tell(where, {"type": _kind(where, "unarchive"), "channel": where.id, "user": user})

    async def rename(self, channel: str, name: str, *, team: str | None = None) -> None:
        """Give a channel another name."""
        where = self.world.channel(channel, team)
        where.name = name
        shape = {"id": where.id, "name": name, "name_normalized": name, "created": where.created}
        await self._tell(where, {"type": _kind(where, "rename"), "channel": shape})

    async def open_home(self, user: str, app: FakeApp, *, team: str | None = None) -> None:
        """Look at an app's home tab."""
        install = app.installs[team or app.home]
        channel = self.world.direct(install.team, user, install.bot_user)
        event = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": "home"}
        await self.site.hearing.told(app, install, {**event, "event_ts": self.world.new_ts()})

    async def stop_session(self, channel: str, thread_ts: str, user: str, *, team: str | None = None) -> list[str]:
        """Press the native stop button of every agent that is at work in a thread; the streams that it stopped.

        There is a button only while a session's status is ``processing``; without one this raises ValueError.
        """
        where = self.world.channel(channel, team)
        working = working_sessions(self.site, where, thread_ts)
        if not working:
            raise ValueError(f"No agent's session is processing in thread {thread_ts}: there is no stop button.")
        stopped: list[str] = []
        for id_ in working:
            app = self.world.apps[id_]
            streams = self._halt_streams(where, thread_ts, id_)
            event: Payload = {
                "type": "agent_session_stopped",
                "channel": where.id,
                "thread_ts": thread_ts,
                "user": user,
                "streaming_message_ts": streams,
                "event_ts": self.world.new_ts(),
            }
            await self.site.hearing.told(app, app.installs[where.team], event)
            stopped += streams
        return stopped

    async def uninstall(self, app: FakeApp, *, team: str | None = None) -> None:
        """Remove an app from a team: its token dies, and it is told."""
        install = app.installs[team or app.home]
        install.revoked = "account_inactive"
        await self.site.hearing.told(app, install, {"type": "app_uninstalled", "event_ts": self.world.new_ts()})
        await self._tell_revoked(app, install.team)

    async def revoke(self, app: FakeApp, *, team: str | None = None) -> None:
        """Make an app's bot token worthless, and tell it."""
        app.installs[team or app.home].revoked = "token_revoked"
        await self._tell_revoked(app, team or app.home)

    async def _tell_revoked(self, app: FakeApp, team: str) -> None:
        install = app.installs[team]
        tokens = {"oauth": list[str](), "bot": [install.bot_user]}
        event = {"type": "tokens_revoked", "tokens": tokens, "event_ts": self.world.new_ts()}
        await self.site.hearing.told(app, install, event)

    async def _tell(self, where: Channel, event: Payload) -> None:
        await self.site.hearing.happened(where, {**event, "event_ts": self.world.new_ts()})

    def _message(self, channel: str, ts: str, team: str | None) -> FakeMessage:
        return self.world.channel(channel, team).messages[ts]

    def _halt_streams(self, where: Channel, thread_ts: str, app: str) -> list[str]:
        age_streams(self.site)
        found = [
            one
            for one in where.messages.values()
            if one.streaming == "open" and one.app_id == app and (one.thread_ts or one.ts) == thread_ts
        ]
        for message in found:
            message.streaming = "halted"
        return [message.ts for message in found]


def _kind(where: Channel, what: str) -> str:
    return f"{'group' if where.kind == 'group' else 'channel'}_{what}"
