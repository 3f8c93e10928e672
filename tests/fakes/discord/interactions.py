"""What people do with an app: click, choose, fill in a form, give a command; and how the app answered."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_urlsafe

from tests.fakes.discord import payloads, permissions
from tests.fakes.discord.chat import Chat
from tests.fakes.discord.pulse import Pulse
from tests.fakes.discord.values import FakeBot, FakeChannel, FakeMessage, FakeUser, Json, listed
from tests.fakes.discord.world import World

SECONDS_TO_ANSWER = 3.0
TOKEN_SECONDS = 15 * 60.0

COMMAND, COMPONENT, MODAL = 2, 3, 5
_BUTTON, _TEXT_INPUT, _LABEL = 2, 4, 18
_STRING, _INTEGER, _BOOLEAN = 3, 4, 5


class NotAnswered(AssertionError):
    """The person sees "This interaction failed": no app answered within three seconds."""


@dataclass(slots=True, kw_only=True, eq=False)
class Interaction:
    """``original`` is the message that answered it, ``followups`` those after it. ``at`` is the fake's time."""

    id: int
    token: str
    kind: int
    bot: FakeBot
    user: FakeUser
    channel: FakeChannel
    message: FakeMessage | None
    data: Json
    at: float
    answer_type: int | None = None
    answer: Json = field(default_factory=dict[str, object])
    answered_at: float | None = None
    original: FakeMessage | None = None
    followups: list[FakeMessage] = field(default_factory=list[FakeMessage])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an app answered: the callback's ``type`` and ``data``, and after how many ``seconds`` of the fake's time."""

    type: int
    data: Json
    seconds: float
    interaction: Interaction

    @property
    def message(self) -> FakeMessage | None:
        """The message it answered with, once there is one: a deferred answer's comes later."""
        return self.interaction.original


class Interactions:
    """Starts interactions in people's names and keeps every one that there was, in ``all``."""

    def __init__(self, world: World, chat: Chat, pulse: Pulse):
        self._world, self._chat, self._pulse = world, chat, pulse
        self.all: list[Interaction] = []

    def with_id(self, interaction_id: int) -> Interaction | None:
        return next((one for one in self.all if one.id == interaction_id), None)

    def with_token(self, token: str) -> Interaction | None:
        return next((one for one in self.all if one.token == token), None)

    async def click(
        self, user: FakeUser, channel: FakeChannel, message_id: int, custom_id: str, values: Sequence[str] | None = None
    ) -> Answer:
        """Press a button, or choose ``values`` in a menu; the component must be there and usable."""
        message = channel.messages.get(message_id) or self._chat.whispers.get(message_id)
        if message is None or message.seen_by not in (None, user.id):
            raise ValueError(f"{user.name} sees no message {message_id} in #{channel.name}.")
        component = next((c for c in components(message.components) if c.get("custom_id") == custom_id), None)
        if component is None or component.get("disabled"):
            raise ValueError(f"Message {message_id} has no component {custom_id!r} that can be used.")
        bot = next((b for b in self._world.bots.values() if b.application_id == message.application_id), None)
        if bot is None:
            raise ValueError(f"Message {message_id} belongs to no app, so nobody hears its components.")
        data: Json = {"custom_id": custom_id, "component_type": component["type"]}
        if component["type"] != _BUTTON:
            data |= {"values": list(values or ())}
        return await self._start(COMPONENT, bot, user, channel, data, message)

    async def submit_modal(self, user: FakeUser, custom_id: str, values: Mapping[str, str]) -> Answer:
        """Fill in the form that this person was last shown under this id; ``values`` are by the inputs' ids."""
        shown = next(
            (
                one
                for one in reversed(self.all)
                if one.user is user and one.answer_type == 9 and one.answer["custom_id"] == custom_id
            ),
            None,
        )
        if shown is None:
            raise ValueError(f"{user.name} was shown no form {custom_id!r}.")
        known = {one["custom_id"] for one in components(shown.answer["components"]) if "custom_id" in one}
        if unknown := set(values) - known:
            raise ValueError(f"The form {custom_id!r} has no inputs {sorted(unknown)}.")
        filled = [_filled(row, values) for row in shown.answer["components"]]
        data: Json = {"custom_id": custom_id, "components": filled, "resolved": {}}
        return await self._start(MODAL, shown.bot, user, shown.channel, data, shown.message)

    async def command(
        self,
        user: FakeUser,
        channel: FakeChannel,
        name: str,
        options: Mapping[str, str | int | bool] | None = None,
        *,
        bot: FakeBot | None = None,
    ) -> Answer:
        """Give a slash command that some bot has registered; ``name`` holds subcommands after spaces."""
        first, *rest = name.split(" ")
        bots = [bot] if bot else list(self._world.bots.values())
        found = [(one, command) for one in bots for command in _offered(one, channel) if command["name"] == first]
        if not found:
            raise ValueError(f"Nobody has registered the command /{first} here.")
        owner, command = found[0]
        data: Json = {
            "id": command["id"],
            "name": first,
            "type": 1,
            "options": _options(command, rest, options or {}),
            "resolved": {},
        }
        if channel.guild:
            data["guild_id"] = str(channel.guild.id)
        return await self._start(COMMAND, owner, user, channel, data, None)

    async def _start(
        self,
        kind: int,
        bot: FakeBot,
        user: FakeUser,
        channel: FakeChannel,
        data: Json,
        message: FakeMessage | None,
    ) -> Answer:
        interaction = Interaction(
            id=self._world.time.new_id(),
            token=token_urlsafe(40),
            kind=kind,
            bot=bot,
            user=user,
            channel=channel,
            message=message,
            data=data,
            at=self._world.time.now(),
        )
        self.all.append(interaction)
        self._world.tell.interaction(bot, self._payload(interaction))
        with suppress(TimeoutError):  # the same as late: nobody answered
            await self._pulse.until(lambda: interaction.answered_at is not None or self.late(interaction), 3.0)
        if interaction.answer_type is None or interaction.answered_at is None:
            raise NotAnswered(f"{bot.name} did not answer {user.name} within {SECONDS_TO_ANSWER:g} seconds.")
        return Answer(
            type=interaction.answer_type,
            data=interaction.answer,
            seconds=interaction.answered_at - interaction.at,
            interaction=interaction,
        )

    def late(self, interaction: Interaction) -> bool:
        return self._world.time.now() - interaction.at > SECONDS_TO_ANSWER

    def expired(self, interaction: Interaction) -> bool:
        return self._world.time.now() - interaction.at > TOKEN_SECONDS

    def _payload(self, of: Interaction) -> Json:
        channel, guild = of.channel, of.channel.guild
        payload: Json = {
            "id": str(of.id),
            "application_id": str(of.bot.application_id),
            "type": of.kind,
            "token": of.token,
            "version": 1,
            "data": of.data,
            "channel_id": str(channel.id),
            "channel": {
                **payloads.channel(channel, of.bot),
                "permissions": str(permissions.in_channel(of.user.id, channel).value),
            },
            "app_permissions": str(permissions.in_channel(of.bot.user_id, channel).value),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
            "context": 0 if guild else 1,
            "attachment_size_limit": guild.filesize_limit if guild else 10 * 1024 * 1024,
        }
        if of.message:
            payload["message"] = payloads.message(of.message, of.bot)
        if guild is None:
            return {**payload, "user": payloads.user(of.user)}
        member = {
            **payloads.member(guild.members[of.user.id]),
            "permissions": str(permissions.in_channel(of.user.id, channel).value),
        }
        return {
            **payload,
            "guild_id": str(guild.id),
            "guild_locale": "en-US",
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "member": member,
        }


def components(rows: Sequence[Json]) -> list[Json]:
    """All components in these rows, however deep."""
    found: list[Json] = []
    for row in rows:
        found.append(row)
        inner = [*row.get("components", []), *(row[key] for key in ("component", "accessory") if key in row)]
        found += components(inner)
    return found


def _filled(row: Json, values: Mapping[str, str]) -> Json:
    if row["type"] == _LABEL:
        return {"type": _LABEL, "id": row.get("id", 0), "component": _value(row["component"], values)}
    return {"type": row["type"], "components": [_value(one, values) for one in row.get("components", [])]}


def _value(component: Json, values: Mapping[str, str]) -> Json:
    custom_id = component["custom_id"]
    text = values.get(custom_id, component.get("value") or "")
    if component["type"] != _TEXT_INPUT:
        return {"type": component["type"], "custom_id": custom_id, "values": [text] if text else []}
    if component.get("required", True) and not text:
        raise ValueError(f"The input {custom_id!r} must be filled in.")
    if not component.get("min_length", 0) <= len(text) <= component.get("max_length", 4000):
        raise ValueError(f"The input {custom_id!r} does not take {len(text)} characters.")
    return {"type": _TEXT_INPUT, "custom_id": custom_id, "value": text}


def _offered(bot: FakeBot, channel: FakeChannel) -> list[Json]:
    """The bot's commands where it is a member, or in a DM with it."""
    if channel.guild is None:
        return bot.commands if bot.user in channel.recipients else []
    if bot.user_id not in channel.guild.members:
        return []
    return bot.commands + bot.guild_commands.get(channel.guild.id, [])


def _options(command: Json, path: Sequence[str], values: Mapping[str, str | int | bool]) -> list[Json]:
    offered: list[Json] = listed(command, "options")
    if path:
        inner = next((one for one in offered if one["name"] == path[0] and one["type"] in (1, 2)), None)
        if inner is None:
            raise ValueError(f"/{command['name']} has no subcommand {path[0]!r}.")
        return [{"name": path[0], "type": inner["type"], "options": _options(inner, path[1:], values)}]
    missing = [one["name"] for one in offered if one.get("required") and one["name"] not in values]
    if missing or any(one["type"] in (1, 2) for one in offered):
        raise ValueError(f"/{command['name']} is not complete: it needs {missing or 'a subcommand'}.")
    types = {one["name"]: one["type"] for one in offered}
    if unknown := set(values) - set(types):
        raise ValueError(f"/{command['name']} has no options {sorted(unknown)}.")
    return [{"name": name, "type": types[name], "value": value} for name, value in values.items()]
