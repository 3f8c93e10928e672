"""What happens in Slack, as events of the core: messages, edits, deletions, reactions, comings and goings."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from adapters.slack.apps import App, Apps
from adapters.slack.channels import Channels
from adapters.slack.downloads import Downloads, Fetched
from adapters.slack.events import is_from_a_bot
from adapters.slack.faces import Voices
from adapters.slack.finding import own_seq, record_of
from adapters.slack.hops import Hops
from adapters.slack.house import SlackHouse
from adapters.slack.inbox import Item
from adapters.slack.ordering import STOPPING, command_in, order
from adapters.slack.payloads import Payload, part, parts, word
from adapters.slack.people import People
from adapters.slack.places import Spot, person_id, spot_for
from adapters.slack.routing import Words, read, users_in
from adapters.slack.telling import Telling
from agents.commands import Command
from agents.errors import NotAllowed, PlatformFailed, WrongUse
from agents.events import Deleted, Edited, Event, Joined, Left, Said
from agents.orders import Note
from agents.participants import Profile, short_name

LOGGER = logging.getLogger(__name__)

_STOP = Command(verb="stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message as it came. ``spot`` is the channel or thread where people see it, not yet its room."""

    heard: App
    event: Payload
    spot: Spot
    ts: str
    direct: bool


Hear: TypeAlias = Callable[["Hearing", App, Payload, str], Awaitable[None]]


class Hearing:
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
        telling: Telling,
    ):
        self._house, self._apps, self._people, self._channels = house, apps, people, channels
        self._voices, self._hops, self._downloads, self._telling = voices, hops, downloads, telling

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
        """Some reactions end a turn (R27)."""
        if word(event, "reaction") not in STOPPING or self._is_ours(event):
            return
        spot = await self._thread_of(word(event, "item", "channel"), word(event, "item", "ts"))
        await self.stop(spot, word(event, "user"), key)

    async def stopped(self, heard: App, event: Payload, key: str) -> None:
        """Slack's own Stop button (R27)."""
        spot = Spot(team=self._apps.team, channel=word(event, "channel"), thread=word(event, "thread_ts"))
        await self._channels.know(spot.channel)
        one_room = self._house.conversation(spot.channel_room) == "channel" and not spot.channel.startswith("D")
        await self.stop(replace(spot, thread="") if one_room else spot, word(event, "user"), key)

    async def came(self, heard: App, event: Payload, key: str) -> None:
        """A person came into a channel that is one conversation, or went (C13)."""
        user, spot = word(event, "user"), Spot(team=self._apps.team, channel=word(event, "channel"))
        await self._channels.know(spot.channel)
        if self._is_ours(event) or self._house.conversation(spot.channel_room) != "channel":
            return
        by = await self._profile(user, spot)
        entered: Event = Left(participant=by.id)
        if event.get("type") == "member_joined_channel":
            entered = Joined(participant=by.id, name=by.name)
        await self._quietly(spot.room, by, entered, key, await self._groups(user, spot))

    async def renamed(self, heard: App, event: Payload, key: str) -> None:
        """A channel has another name, and perhaps another team by it."""
        await self._channels.renamed(word(event, "channel", "id"), word(event, "channel", "name"))

    async def lost(self, heard: App, event: Payload, key: str) -> None:
        """An app was taken out of the workspace, or its token is worth nothing any more (R3)."""
        LOGGER.error(
            "Slack says that the app of %s was removed or its token revoked (%s); install it again and set the token.",
            heard.tokens.where,
            event.get("type"),
        )

    async def stop(self, spot: Spot, user: str, source: str) -> None:
        """End the turn there in this person's name. Raises `StoreFailed`."""
        await self._ordered(spot, user, _STOP, source, heard=None)

    async def _said(self, heard: App, event: Payload, key: str) -> None:
        message = await self._message(heard, event, word(event, "ts"))
        is_bot = is_from_a_bot(event)
        if is_bot and self._house.bots == "none":
            return
        words = await self._words(word(event, "text"), message.spot)
        if is_bot and not (words.addresses_agents or self._house.bots == "all"):
            return
        if is_bot and not await self._hops.is_heard(message.spot):
            return
        user = word(event, "user") or word(event, "bot_id")
        if not is_bot:
            await self._hops.reset(message.spot)
            try:
                command = command_in(words.text)
            except WrongUse as error:
                await self._tell(user, message.spot, str(error), key)
                return
            if command is not None:
                await self._ordered(self._room_of_orders(message), user, command, key, heard=heard)
                return
        if words.text.strip() or event.get("files"):
            await self._spoken(message, words, user, key, is_bot=is_bot)

    async def _spoken(self, message: _Message, words: Words, user: str, key: str, *, is_bot: bool) -> None:
        spot = self._spot(message, words)
        by = self._bot(message.event, user) if is_bot else await self._profile(user, message.spot)
        groups = {"slack:workspace"} if is_bot else await self._groups(user, spot)
        allowed = not groups.isdisjoint(self._house.listed(spot.room))
        listed = parts(message.event, "files")
        fetched = await self._downloads.fetch(listed) if listed and allowed else Fetched()
        said = Said(
            text="\n".join(part for part in (words.text, fetched.missing) if part),
            mentions=words.mentions,
            reply_to=await self._reply_to(message, spot),
            files=fetched.files,
        )
        if not said.text.strip() and not said.files:
            return
        try:
            note = await self._house.door.enter(spot.room, by, said, source=key, groups=groups)
        except (NotAllowed, WrongUse) as error:
            if (words.addresses_agents or message.direct) and not is_bot:
                await self._tell(user, message.spot, str(error), key)
            return
        if note is not None:
            await self._telling.tell(user, message.spot, note, key=key)

    async def _edited(self, event: Payload, changed: Payload, key: str) -> None:
        message = await self._message(self._apps.host, {**event, **changed}, word(changed, "ts"))
        found = await record_of(self._house, message.spot, message.ts)
        if found is None or is_from_a_bot(changed):
            return
        room, record = found
        words = await self._words(word(changed, "text"), message.spot)
        user = word(changed, "user")
        by = await self._profile(user, message.spot)
        edited = Edited(target=record.seq, text=words.text, mentions=words.mentions)
        await self._quietly(room, by, edited, key, await self._groups(user, message.spot))

    async def _deleted(self, event: Payload, ts: str, key: str) -> None:
        """Slack has let somebody delete it: it is gone here as well, whoever its author is by now (P12)."""
        before = part(event, "previous_message")
        message = await self._message(self._apps.host, {**before, "channel": event.get("channel")}, ts)
        found = await record_of(self._house, message.spot, ts)
        if found is None:
            return
        room, record = found
        transcript = await self._house.read(room)
        by = transcript.known.get(record.by) or Profile(id=record.by, name=short_name(record.by))
        await self._quietly(room, by, Deleted(target=record.seq), key, self._house.listed(room))

    async def _ordered(self, spot: Spot, user: str, command: Command, source: str, *, heard: App | None) -> None:
        by = await self._profile(user, spot)
        try:
            note = await order(
                self._house, spot, by, command, source=source, groups=await self._groups(user, spot, now=True)
            )
        except (NotAllowed, WrongUse) as error:
            note = Note(text=str(error))
        if note is not None:
            await self._telling.tell(user, spot, note, key=source, heard=heard)

    async def _message(self, heard: App, event: Payload, ts: str) -> _Message:
        channel = word(event, "channel")
        direct = await self._channels.know(channel, word(event, "channel_type"))
        if heard.agent and direct:
            await self._voices.learn(channel, heard)
        thread = word(event, "thread_ts")
        spot = Spot(team=self._apps.team, channel=channel, thread="" if thread == ts else thread)
        return _Message(heard=heard, event=event, spot=spot, ts=ts, direct=direct)

    def _spot(self, message: _Message, words: Words) -> Spot:
        """The room of the message (R21)."""
        room = message.spot.channel_room
        return spot_for(
            team=self._apps.team,
            channel=message.spot.channel,
            ts=message.ts,
            thread_ts=word(message.event, "thread_ts"),
            one_conversation=self._house.conversation(room) == "channel",
            direct=message.spot.channel.startswith("D"),
            addressed=words.addresses_agents or self._house.opens_threads(room),
        )

    def _room_of_orders(self, message: _Message) -> Spot:
        """Where a command holds: it opens no thread."""
        one_room = self._house.conversation(message.spot.channel_room) == "channel"
        is_chat = message.spot.channel.startswith("D")
        return replace(message.spot, thread="") if one_room and not is_chat else message.spot

    async def _words(self, text: str, spot: Spot) -> Words:
        named = {user: await self._people.named(user) for user in users_in(text)}
        return read(text, agents=self._house.agents(spot.channel_room), who=named.__getitem__)

    async def _reply_to(self, message: _Message, spot: Spot) -> int | None:
        """What a reply in a thread answers, where the channel is one conversation."""
        if spot.thread or not message.spot.thread:
            return None
        root = message.spot.thread
        asked = await own_seq(self._house, spot.room, spot.message(root))
        if asked is not None:
            return asked
        found = await record_of(self._house, spot, root)
        return found[1].seq if found is not None and found[0] == spot.room else None

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

    async def _profile(self, user: str, spot: Spot) -> Profile:
        """The person, under a name that is none of the agents'."""
        profile = (await self._people.person(user)).profile
        taken = {name.casefold() for one in self._house.agents(spot.channel_room) for name in (one.name, one.handle)}
        return replace(profile, name=f"{profile.name} ({user})") if profile.name.casefold() in taken else profile

    def _bot(self, event: Payload, user: str) -> Profile:
        name = word(event, "username") or word(event, "bot_profile", "name") or user
        return Profile(id=person_id(self._apps.team, user), name=f"{name} (a bot)")

    async def _groups(self, user: str, spot: Spot, *, now: bool = False) -> frozenset[str]:
        return await self._people.groups(user, self._house.listed(spot.room), now=now)

    async def _tell(self, user: str, spot: Spot, text: str, key: str) -> None:
        await self._telling.tell(user, spot, Note(text=text), key=key)

    async def _quietly(self, room: str, by: Profile, event: Event, source: str, groups: Collection[str]) -> None:
        """What Slack itself let happen: nobody is told where it does not count here."""
        try:
            await self._house.door.enter(room, by, event, source=source, groups=groups)
        except (NotAllowed, WrongUse) as error:
            LOGGER.info("%s of %s does not count in %s: %s", type(event).__name__, by.id, room, error)

    def _is_ours(self, event: Payload) -> bool:
        return self._apps.by_user(word(event, "user")) is not None


HEARD: Mapping[str, Hear] = {
    "message": Hearing.message,
    "app_mention": Hearing.message,
    "reaction_added": Hearing.reaction,
    "agent_session_stopped": Hearing.stopped,
    "member_joined_channel": Hearing.came,
    "member_left_channel": Hearing.came,
    "channel_rename": Hearing.renamed,
    "group_rename": Hearing.renamed,
    "app_uninstalled": Hearing.lost,
    "tokens_revoked": Hearing.lost,
}
"""Every event that does something, and what; all others are only answered (R2)."""
