"""What happens in Slack, as events of the core: messages, edits, deletions, reactions, comings and goings."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from adapters.shared.arrivals import Fetched
from adapters.shared.hops import Hops
from adapters.shared.message_text import MessageText
from adapters.slack.apps import App, Apps
from adapters.slack.attendance import Attendance
from adapters.slack.authors import Author, Authors, with_files
from adapters.slack.background import Background
from adapters.slack.channels import Channels
from adapters.slack.commands import STOPPING, order
from adapters.slack.downloads import Downloads
from adapters.slack.events import is_from_a_bot
from adapters.slack.faces import Voices
from adapters.slack.history import History
from adapters.slack.house import SlackHouse
from adapters.slack.inbox import Item
from adapters.slack.payloads import Payload, part, parts, word
from adapters.slack.people import People
from adapters.slack.places import Spot, spot_for
from adapters.slack.private_replies import PrivateReplies
from adapters.slack.records import own_seq, records_of, text_now
from agents.errors import NotAllowed, PlatformFailed, WrongUse
from agents.log.events import Deleted, Edited, Event, Joined, Left, Said
from agents.log.participants import Profile, short_name
from agents.log.records import Record
from agents.people.command_actions import PrivateReply
from agents.people.commands import Command, parse
from agents.people.door import Earlier

LOGGER = logging.getLogger(__name__)

_STOP = Command(verb="stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class _IncomingMessage:
    """A message as it came. ``spot`` is the channel or thread where people see it, not yet its room."""

    heard: App
    event: Payload
    spot: Spot
    ts: str
    direct: bool


Hear: TypeAlias = Callable[["Incoming", App, Payload, str], Awaitable[None]]


class Incoming:
    """Deals with the inbox's items, one after the other in each channel."""

    def __init__(
        self,
        house: SlackHouse,
        apps: Apps,
        *,
        people: People,
        channels: Channels,
        voices: Voices,
        hops: Hops,
        downloads: Downloads,
        private_replies: PrivateReplies,
    ):
        self._house, self._apps, self._people, self._channels = house, apps, people, channels
        self._voices, self._hops, self._downloads, self._private_replies = voices, hops, downloads, private_replies
        self._authors, self._attendance = Authors(house, people), Attendance(house)
        self._background = Background(house, apps, History(voices), self._authors)

    async def handle(self, item: Item) -> None:
        """Bring it to the door. Raises `StoreFailed`; then it is to be brought again."""
        event = part(item.payload, "event")
        heard = self._apps.own.get(word(item.payload, "agent"), self._apps.host)
        hear = HEARD.get(word(event, "type"))
        if hear is not None:
            await hear(self, heard, event, item.key)

    async def message(self, heard: App, event: Payload, key: str) -> None:
        """A message, or a change of one."""
        subtype = event.get("subtype")
        if subtype == "message_changed":
            changed = part(event, "message")
            if changed.get("subtype") == "tombstone":
                await self._deleted(event, word(changed, "ts"), key)
            else:
                await self._edited(event, changed, key)
        elif subtype == "message_deleted":
            await self._deleted(event, word(event, "deleted_ts"), key)
        else:
            await self._said(heard, event, key)

    async def reaction(self, heard: App, event: Payload, key: str) -> None:
        """Some reactions end a turn; under people's words they may mean something else while there is none."""
        if word(event, "reaction").partition("::")[0] not in STOPPING or self._is_ours(event):
            return
        spot = await self._thread_of(word(event, "item", "channel"), word(event, "item", "ts"))
        is_a_persons = word(event, "item_user") and self._apps.by_user(word(event, "item_user")) is None
        if is_a_persons and await self._house.store.drafts.read(spot.room) is None:
            return
        await self.stop(spot, word(event, "user"), key)

    async def stopped(self, heard: App, event: Payload, key: str) -> None:
        """Slack's own Stop button was pressed."""
        spot = Spot(team=self._apps.team, channel=word(event, "channel"), thread=word(event, "thread_ts"))
        await self._channels.know(spot.channel)
        one_room = self._house.conversation(spot.channel_room) == "channel" and not spot.channel.startswith("D")
        await self.stop(replace(spot, thread="") if one_room else spot, word(event, "user"), key)

    async def came(self, heard: App, event: Payload, key: str) -> None:
        """A person came into a channel that is one conversation, or went; or one of our apps."""
        user, spot = word(event, "user"), Spot(team=self._apps.team, channel=word(event, "channel"))
        await self._channels.know(spot.channel)
        if (app := self._apps.by_user(user)) is not None:
            await self._app_came(app, spot, event, key)
            return
        if self._house.conversation(spot.channel_room) != "channel":
            return
        by = await self._authors.person(user, spot)
        entered: Event = Left(participant=by.id)
        if event.get("type") == "member_joined_channel":
            entered = Joined(participant=by.id, name=by.name)
        await self._quietly(spot.room, by, entered, key, await self._authors.groups(user, spot))

    async def _app_came(self, app: App, spot: Spot, event: Payload, key: str) -> None:
        came = event.get("type") == "member_joined_channel"
        if app.agent and came:
            await self._attendance.came(spot, app.agent, key)
        elif app.agent:
            await self._attendance.went(spot, app.agent, key)
        elif came:
            await self._background.invited(spot, word(event, "event_ts"))

    async def renamed(self, heard: App, event: Payload, key: str) -> None:
        """A channel has another name, and perhaps another team by it."""
        await self._channels.renamed(word(event, "channel", "id"), word(event, "channel", "name"))

    async def lost(self, heard: App, event: Payload, key: str) -> None:
        """An app was taken out of the workspace, or its token is worth nothing any more: admins are told.

        Of the host app's own end only the log can tell.
        """
        what = f"the app of {heard.tokens.where} was removed or its token revoked ({event.get('type')})"
        sentence = f"Slack says that {what}; install it again and set the token."
        LOGGER.error("%s", sentence)
        if heard.agent:
            admins = self._people.users(self._house.owners(Spot(team=self._apps.team, channel="*").channel_room))
            until = f"Until then {short_name(heard.agent)} speaks through the host app."
            await self._private_replies.alert(self._apps.host, admins, f"{sentence} {until}", key=key)

    async def stop(self, spot: Spot, user: str, source: str) -> None:
        """End the turn there in this person's name. Raises `StoreFailed`."""
        await self._ordered(spot, user, _STOP, source, heard=None)

    async def _said(self, heard: App, event: Payload, key: str) -> None:
        message = await self._message(heard, event, word(event, "ts"))
        is_bot = is_from_a_bot(event)
        if is_bot and self._house.bots == "none":
            return
        words = await self._authors.words(word(event, "text"), message.spot)
        if is_bot and not (words.addresses_us or self._house.bots == "all"):
            return
        if is_bot and not await self._hops.one_more(message.spot.room):
            return
        if not is_bot:
            user = word(event, "user")
            try:
                command = parse(words.text, bare_slash=False)
            except WrongUse as error:
                await self._tell(user, message.spot, str(error), key)
                return
            if command is not None:
                if await self._ordered(self._room_of_orders(message), user, command, key, heard=heard):
                    await self._hops.a_person_spoke(message.spot.room)
                return
        if words.text.strip() or event.get("files"):
            await self._spoken(message, words, key, is_bot=is_bot)

    async def _spoken(self, message: _IncomingMessage, words: MessageText, key: str, *, is_bot: bool) -> None:
        spot, author = self._spot(message, words), await self._authors.author(message.event, message.spot)
        files = parts(message.event, "files")
        if author.groups.isdisjoint(self._house.listed(spot.room)):
            await self._overheard(message, words, author, key)
            files = list[Payload]()  # of whoever may not write here nothing is fetched
        else:
            await self._attendance.settle(spot)
            await self._background.before(spot, message.ts)
        fetched = await self._downloads.fetch(files) if files else Fetched()
        said = Said(
            text="\n".join(part for part in (words.text, fetched.missing) if part),
            mentions=words.mentions,
            reply_to=await self._reply_to(message, spot),
            files=fetched.files,
        )
        if not said.text.strip() and not said.files:
            return
        user = word(message.event, "user")
        try:
            reply = await self._house.door.enter(spot.room, author.profile, said, source=key, groups=author.groups)
        except (NotAllowed, WrongUse) as error:
            if (words.addresses_us or message.direct) and not is_bot:
                await self._tell(user, message.spot, str(error), key)
            return
        if not is_bot:
            await self._hops.a_person_spoke(message.spot.room)
        if spot.thread == message.ts:
            await self._background.heard_in_channel(spot, author, words.text)
        if reply is not None:
            await self._private_replies.tell(user, message.spot, reply, key=key)

    async def _overheard(self, message: _IncomingMessage, words: MessageText, author: Author, key: str) -> None:
        """Somebody who may not write here is read where the config says so, and never answered."""
        text = with_files(words.text, message.event)
        earlier = Earlier(by=author.profile, text=text, source=key, groups=author.groups)
        await self._house.door.recall(self._room_of_orders(message).room, [earlier])

    async def _edited(self, event: Payload, changed: Payload, key: str) -> None:
        message = await self._message(self._apps.host, {**event, **changed}, word(changed, "ts"))
        if is_from_a_bot(changed):
            return
        for number, record in enumerate(await self._records(message)):
            words = await self._authors.words(word(changed, "text"), message.spot)
            if words.text == await text_now(self._house, record):
                continue  # it was heard, or read from the history, as it was edited
            author = await self._authors.author(changed, message.spot)
            edited = Edited(target=record.seq, text=words.text, mentions=words.mentions)
            await self._quietly(record.room, author.profile, edited, _copy(key, number, record.room), author.groups)

    async def _deleted(self, event: Payload, ts: str, key: str) -> None:
        """Slack has let somebody delete it: it is gone here as well, whoever its author is by now."""
        before = part(event, "previous_message")
        message = await self._message(self._apps.host, {**before, "channel": event.get("channel")}, ts)
        for number, record in enumerate(await self._records(message)):
            room = record.room
            transcript = await self._house.read(room)
            by = transcript.known.get(record.by) or Profile(id=record.by, name=short_name(record.by))
            gone = Deleted(target=record.seq)
            await self._quietly(room, by, gone, _copy(key, number, room), self._house.listed(room))

    async def _records(self, message: _IncomingMessage) -> Sequence[Record]:
        """All that was made of a message."""
        also = await self._background.rooms_with(message.spot, message.ts)
        return await records_of(self._house, message.spot, message.ts, also)

    async def _ordered(self, spot: Spot, user: str, command: Command, source: str, *, heard: App | None) -> bool:
        """Carry it out, or say why not; whether it was."""
        by, groups, done = (
            await self._authors.person(user, spot),
            await self._authors.groups(user, spot, now=True),
            True,
        )
        try:
            reply = await order(self._house, spot, by, command, source=source, groups=groups)
        except (NotAllowed, WrongUse) as error:
            reply, done = PrivateReply(text=str(error)), False
        await self._private_replies.tell(user, spot, reply, key=source, heard=heard)
        return done

    async def _message(self, heard: App, event: Payload, ts: str) -> _IncomingMessage:
        channel = word(event, "channel")
        direct = await self._channels.know(channel, word(event, "channel_type"))
        if heard.agent and channel.startswith("D"):  # in group messages there may be others, the host app too
            await self._voices.learn(channel, heard)
            await self._house.pair(Spot(team=self._apps.team, channel=channel).channel_room, heard.agent)
        thread = word(event, "thread_ts")
        spot = Spot(team=self._apps.team, channel=channel, thread="" if thread == ts else thread)
        return _IncomingMessage(heard=heard, event=event, spot=spot, ts=ts, direct=direct)

    def _spot(self, message: _IncomingMessage, words: MessageText) -> Spot:
        """The room of the message, and its thread (see `spot_for`)."""
        room = message.spot.channel_room
        return spot_for(
            team=self._apps.team,
            channel=message.spot.channel,
            ts=message.ts,
            thread_ts=word(message.event, "thread_ts"),
            one_conversation=self._house.conversation(room) == "channel",
            direct=message.spot.channel.startswith("D"),
            addressed=words.addresses_us or self._house.opens_threads(room),
        )

    def _room_of_orders(self, message: _IncomingMessage) -> Spot:
        """Where a command holds: it opens no thread."""
        one_room = self._house.conversation(message.spot.channel_room) == "channel"
        is_chat = message.spot.channel.startswith("D")
        return replace(message.spot, thread="") if one_room and not is_chat else message.spot

    async def _reply_to(self, message: _IncomingMessage, spot: Spot) -> int | None:
        """What a reply in a thread answers, where the channel is one conversation."""
        if spot.thread or not message.spot.thread:
            return None
        root = message.spot.thread
        asked = await own_seq(self._house, spot.room, spot.message(root))
        if asked is not None:
            return asked
        found = await records_of(self._house, spot, root)
        return next((record.seq for record in found if record.room == spot.room), None)

    async def _thread_of(self, channel: str, ts: str) -> Spot:
        """The thread in which a message stands, as Slack knows it."""
        spot = Spot(team=self._apps.team, channel=channel)
        await self._channels.know(channel)
        if self._house.conversation(spot.channel_room) == "channel" and not channel.startswith("D"):
            return spot
        try:
            caller = self._voices.reader(spot).caller
            answer = await caller.call("conversations.replies", channel=channel, ts=ts, limit=1)
        except PlatformFailed as error:
            LOGGER.info("Slack did not say in which thread a message stands: %s", error)
            return spot
        first = next(iter(parts(answer, "messages")), Payload())
        return replace(spot, thread=word(first, "thread_ts") or ts)

    async def _tell(self, user: str, spot: Spot, text: str, key: str) -> None:
        await self._private_replies.tell(user, spot, PrivateReply(text=text), key=key)

    async def _quietly(self, room: str, by: Profile, event: Event, source: str, groups: Collection[str]) -> None:
        """What Slack itself let happen: nobody is told where it does not count here."""
        try:
            await self._house.door.enter(room, by, event, source=source, groups=groups)
        except (NotAllowed, WrongUse) as error:
            LOGGER.info("%s of %s does not count in %s: %s", type(event).__name__, by.id, room, error)

    def _is_ours(self, event: Payload) -> bool:
        return self._apps.by_user(word(event, "user")) is not None


def _copy(key: str, number: int, room: str) -> str:
    """The source of the same change of another copy."""
    return f"{key}>{room}" if number else key


HEARD: Mapping[str, Hear] = {
    "message": Incoming.message,
    "app_mention": Incoming.message,
    "reaction_added": Incoming.reaction,
    "agent_session_stopped": Incoming.stopped,
    "member_joined_channel": Incoming.came,
    "member_left_channel": Incoming.came,
    "channel_rename": Incoming.renamed,
    "group_rename": Incoming.renamed,
    "app_uninstalled": Incoming.lost,
    "tokens_revoked": Incoming.lost,
}
"""Every event that does something, and what; all others are only answered."""
