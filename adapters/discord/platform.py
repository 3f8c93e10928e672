"""`agents.ports.Platform` on Discord: each post once, by the best identity that is possible where it goes."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TypeAlias

from msgspec import structs

from adapters.discord import payloads, refusals
from adapters.discord.direct import direct_channel
from adapters.discord.identities import AsBot, AsWebhook, Identities, Identity, place
from adapters.discord.posted import Posted, PostedMessages
from adapters.discord.refusals import Refused
from adapters.discord.rest import Json, Request, Rest
from adapters.discord.rooms import Where, made_at, user_of, where_is
from adapters.discord.threads import Target, Threads
from adapters.shared.keys import is_earlier
from adapters.shared.recent import Recent
from agents.errors import PlatformFailed
from agents.log.participants import SYSTEM, ParticipantId
from agents.ports import Capabilities, Clock, Post

NameOf: TypeAlias = Callable[[str, ParticipantId], str]
"""What a participant of a room is called."""

GROWS_FOR = 3300.0
"""Seconds; error 30046 is too many edits of messages that are older than an hour."""

CLOSED_FOR = 60.0
"""Seconds for which a place where nobody may speak is believed to be one."""

_PAGE, _PAGES = 100, 20
"""Messages that Discord gives at once, and how far back a message of ours is looked for."""

_NEEDS_A_TITLE = 220001


class DiscordPlatform:
    """Discord's sending side."""

    def __init__(
        self,
        rest: Rest,
        identities: Identities,
        threads: Threads,
        posted: PostedMessages,
        clock: Clock,
        *,
        named: NameOf,
    ):
        self._rest, self._identities, self._threads, self._posted = rest, identities, threads, posted
        self._clock, self._named = clock, named
        self._closed: Recent[int, tuple[float, Refused]] = Recent(1000)

    @property
    def capabilities(self) -> Capabilities:
        """Two thousand characters, edits, buttons and files."""
        return payloads.CAPABILITIES

    async def post(self, post: Post) -> str:
        """As the port says. Files that may not be sent do not keep the words back."""
        payloads.check(post)
        where = where_is(post.room)
        if post.audience and where.server is not None:
            return await self._tell(where, post)
        self._check_open(where)
        try:
            return await self._post(where, post)
        except Refused as error:
            if post.files and error.code in refusals.FILES_REFUSED:
                return await self._post(where, payloads.without_files(post, str(error)))
            raise

    async def _tell(self, where: Where, post: Post) -> str:
        """Send it to each of its audience in a direct message: in a channel of a server everybody would see it."""
        bot = self._identities.bot_of(where, post.by.id)
        name = "" if post.by.id in (SYSTEM, bot.speaks_for) else post.by.name
        said = payloads.content_of(structs.replace(post, pings=(), called=()), name=name, names=())
        told, refused = "", None
        for user in filter(None, map(user_of, post.audience)):
            try:
                channel = await direct_channel(self._rest, bot, user)
                body = payloads.create(said, payloads.buttons(post.card, post.room), key=f"{post.key}/{user}")
                path = f"/channels/{channel}/messages"
                request = Request(method="POST", path=path, token=bot.token, body=body, files=said.files, who=bot.name)
                told = str((await self._rest.send(request))["id"])
            except Refused as error:
                if error.retry_after is not None:
                    raise
                refused = error
            else:
                await self._posted.add(told, Posted(key=post.key, sender=bot.user))
        if not told:
            raise refused or PlatformFailed("Nobody of those whom this is for is on Discord.", permanent=True)
        return told

    async def _post(self, where: Where, post: Post) -> str:
        last: Refused | None = None
        async with aclosing(self._identities.of(where, post.by)) as identities:
            async for identity in identities:
                try:
                    return await self._post_as(identity, where, post)
                except Refused as error:
                    if not self._identities.gives_way(identity, where, error):
                        if error.status == refusals.FORBIDDEN and not post.files:
                            self._closed.put(where.destination, (self._clock.now() + CLOSED_FOR, error))
                        raise
                    last = error
        raise last or PlatformFailed("Nobody may speak in this channel.", permanent=True)

    async def edit(self, platform_id: str, post: Post) -> None:
        """As the port says. A growing text ends in a message that is almost an hour old: Discord limits later edits."""
        payloads.check(post)
        where = where_is(post.room)
        if post.audience and where.server is not None:
            raise PlatformFailed("What was said in direct messages stays as it is.", permanent=True)
        if post.partial and self._clock.now() - made_at(int(platform_id)) > GROWS_FOR:
            raise PlatformFailed("Discord limits edits of messages that are older than an hour.", permanent=True)
        posted = await self._posted.find(platform_id)
        sender = posted.sender if posted else await self._sender(where, platform_id, post)

        async def send(here: Target) -> None:
            identity = await self._identity(sender, here.where, post)
            said = self._words(post, identity, here)
            body = payloads.edit(said, payloads.buttons(post.card, post.room))
            request = self._request("PATCH", identity, here.where, said, body, message=platform_id)
            await self._rest.send(replace(request, patient=not post.partial))

        await self._threads.at(where, send)
        await self._posted.add(platform_id, Posted(key=post.key, sender=sender))

    async def find(self, post: Post) -> str | None:
        """As the port says: by what was written down, else the newest words like these that are nobody's."""
        if post.audience and where_is(post.room).server is not None:
            return None  # it stands in direct messages, each of which is taken once
        found, sender = await self._found(post)
        if found is not None:
            await self._posted.add(found, Posted(key=post.key, sender=sender))
        return found

    async def type_in(self, room: str, speaker: ParticipantId) -> None:
        """Show for some ten seconds that somebody writes: the agent's own bot, else the host."""
        where = where_is(room)
        bot = self._identities.bot_of(where, speaker)

        async def send(here: Target) -> None:
            path = f"/channels/{here.where.destination}/typing"
            await self._rest.send(Request(method="POST", path=path, token=bot.token, who=bot.name))

        await self._threads.at(where, send)

    def _check_open(self, where: Where) -> None:
        """Raise what the place said when nobody might speak there, without asking again for a while."""
        until, error = self._closed.get(where.destination) or (0.0, None)
        if error is not None and self._clock.now() < until:
            raise Refused(str(error), code=error.code, status=error.status)

    async def _post_as(self, identity: Identity, where: Where, post: Post) -> str:
        async def send(here: Target) -> Json:
            said = self._words(post, identity, here)
            card = payloads.buttons(post.card, post.room)
            if isinstance(identity, AsBot):
                body = payloads.create(said, card, reply_to=_reply(post, here), key=post.key)
                return await self._rest.send(self._request("POST", identity, here.where, said, body))
            body = payloads.create(said, card) | {"username": identity.name}
            if identity.avatar:
                body["avatar_url"] = identity.avatar
            try:
                return await self._rest.send(self._request("POST", identity, here.where, said, body))
            except Refused as error:
                if error.code != _NEEDS_A_TITLE:
                    raise
            body["thread_name"] = said.content.split("\n")[0][:100] or "Conversation"
            return await self._rest.send(self._request("POST", identity, here.where, said, body))

        message = await self._threads.at(where, send)
        await self._posted.add(str(message["id"]), Posted(key=post.key, sender=identity.sender))
        return str(message["id"])

    def _words(self, post: Post, identity: Identity, here: Target) -> payloads.Content:
        names = self._names_in(post)
        name, link, reply = "", "", _reply(post, here)
        if isinstance(identity, AsBot):
            name = identity.name
        elif reply is not None:
            link = f"https://discord.com/channels/{here.where.server}/{here.where.destination}/{reply}"
        return payloads.content_of(post, name=name, names=names, link=link)

    def _names_in(self, post: Post) -> list[str]:
        """What the text calls each of those whom it pings, as far as it does; else what they are called there."""
        called = post.called or ("",) * len(post.pings)
        return [name or self._named(post.room, one) for name, one in zip(called, post.pings, strict=True)]

    def _request(
        self,
        method: str,
        identity: Identity,
        here: Where,
        said: payloads.Content,
        body: Mapping[str, Json],
        *,
        message: str = "",
    ) -> Request:
        query: dict[str, str] = {}
        if isinstance(identity, AsWebhook):
            path = identity.webhook.path
            query = {"wait": "true"} if not message else {}
            query |= {"thread_id": str(here.thread)} if here.thread is not None else {}
            query |= {"with_components": "true"} if "components" in body else {}
            who, token = "the webhook", None
        else:
            path, who, token = f"/channels/{here.destination}", identity.bot.name, identity.bot.token
        if message or isinstance(identity, AsBot):
            path += "/messages"
        return Request(
            method=method,
            path=f"{path}/{message}" if message else path,
            token=token,
            body=body,
            files=said.files,
            query=query,
            who=who,
            where=place(here.destination),
            wants=_wants(here, said),
        )

    async def _identity(self, sender: int, where: Where, post: Post) -> Identity:
        """Who wrote that message, and so can edit it."""
        bot = self._identities.bots.get(sender)
        if bot is not None:
            named = post.by.id in (SYSTEM, bot.speaks_for)
            return AsBot(bot=bot, name="" if named else post.by.name)
        async with aclosing(self._identities.of(where, post.by)) as identities:
            async for identity in identities:
                if identity.sender == sender:
                    return identity
        raise PlatformFailed("The webhook that wrote this message is gone; it cannot be edited.", permanent=True)

    async def _sender(self, where: Where, platform_id: str, post: Post) -> int:
        """Who wrote a message that was never written down."""
        row: Json = await self._threads.at(where, lambda here: self._read(here.where, f"messages/{platform_id}"))
        return int(row.get("webhook_id") or row["author"]["id"])

    async def _history(self, where: Where) -> AsyncGenerator[Json]:
        """The newest messages, newest first; none where the place is not there yet."""
        before = ""
        for _ in range(_PAGES):
            try:
                rows = await self._threads.at(where, lambda here, before=before: self._page(here.where, before))
            except Refused as error:
                if error.code == refusals.UNKNOWN_CHANNEL:
                    return
                raise
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            before = str(rows[-1]["id"])

    async def _page(self, here: Where, before: str) -> Json:
        return await self._read(here, "messages", {"limit": str(_PAGE)} | ({"before": before} if before else {}))

    async def _read(self, here: Where, what: str, query: Mapping[str, str] | None = None) -> Json:
        bot = self._identities.bot_of(here, SYSTEM)
        return await self._rest.send(
            Request(
                method="GET",
                path=f"/channels/{here.destination}/{what}",
                token=bot.token,
                query=query or {},
                who=bot.name,
                where=place(here.destination),
                wants="Read Message History",
            )
        )

    async def _found(self, post: Post) -> tuple[str | None, int]:
        like, sender_of_like, is_newest = None, 0, True
        async with aclosing(self._history(where_is(post.room))) as rows:
            async for row in rows:
                sender = int(row.get("webhook_id") or row["author"]["id"])
                posted = await self._posted.find(str(row["id"]))
                if posted is not None:
                    if posted.key == post.key:
                        return str(row["id"]), posted.sender
                    if is_earlier(posted.key, post.key):
                        break
                    is_newest = is_newest and posted.room != post.room
                elif is_newest and self._could_be(row, sender, post):
                    like, sender_of_like = str(row["id"]), sender
        return like, sender_of_like

    def _could_be(self, row: Json, sender: int, post: Post) -> bool:
        """Whether a message of ours that was not written down can only be this post."""
        names = self._names_in(post)
        bot = self._identities.bots.get(sender)
        if bot is None and not self._identities.is_ours(row, post.by):
            return False
        name = post.by.name if bot is not None and post.by.id not in (SYSTEM, bot.speaks_for) else ""
        if post.key.endswith("/draft"):  # it has grown since
            return not name or str(row["content"]).startswith(payloads.prefix(name))
        said = payloads.content_of(post, name=name, names=names)
        content = payloads.without_link(str(row["content"]))
        return content.strip() == said.content.strip() and len(row.get("attachments") or ()) == len(said.files)


def _reply(post: Post, here: Target) -> int | None:
    """The message that this one answers; the first part of it, where it has no thread."""
    if post.reply_to is not None and post.reply_to.isdecimal():
        return int(post.reply_to)
    return here.reply_to


def _wants(here: Where, said: payloads.Content) -> str:
    """The permissions that a message takes."""
    sending = "Send Messages in Threads" if here.thread is not None else "Send Messages"
    return f"{sending} and Attach Files" if said.files else sending
