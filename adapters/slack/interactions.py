"""Buttons, windows and slash commands: answered within Slack's three seconds, and never brought twice."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from adapters.slack.apps import App, Apps
from adapters.slack.authors import Authors
from adapters.slack.block_kit import ANSWER, CHANGES, EDIT, LONGEST_FIELD, STOP, WRITE, modal
from adapters.slack.channels import Channels
from adapters.slack.commands import order
from adapters.slack.house import SlackHouse
from adapters.slack.payloads import Payload, part, parts, word
from adapters.slack.people import People
from adapters.slack.places import PLATFORM, Spot, spot_of
from adapters.slack.private_replies import PrivateReplies, shown
from agents.errors import NotAllowed, PlatformFailed, StoreFailed, WrongUse
from agents.log.code_blocks import RUN_CODE, from_arguments, to_markdown
from agents.log.events import Answered, Asked
from agents.log.transcript import Question
from agents.people.command_actions import PrivateReply
from agents.people.commands import Command, command_of

LOGGER = logging.getLogger(__name__)

SECONDS = 2.5
"""Of the three in which Slack wants an answer."""

NOT_KEPT = "This could not be kept just now, so nothing happened; do it again in a moment."

_OVER = "That question is not open any more."

Body: TypeAlias = Payload | str
"""What Slack is answered: nothing, a line for the person, or what a window shows."""


class Interactions:
    """Deals with what people press and send. Methods raise nothing that is meant for people: they are told."""

    def __init__(
        self, house: SlackHouse, apps: Apps, *, people: People, channels: Channels, private_replies: PrivateReplies
    ):
        self._house, self._apps = house, apps
        self._authors, self._channels, self._private_replies = Authors(house, people), channels, private_replies

    async def command(self, heard: App, body: Payload) -> Body:
        """``/tertulia VERB``: the answer goes back with the acknowledgement."""
        spot = Spot(team=self._apps.team, channel=word(body, "channel_id"))
        user = word(body, "user_id")

        async def act() -> PrivateReply | None:
            await self._channels.know(spot.channel)
            command = command_of(word(body, "text"))
            return await self._order(spot, user, command, f"{PLATFORM}:command/{word(body, 'trigger_id')}")

        reply = await self._within(act)
        if reply is not None and reply.file is not None:
            self._private_replies.later(user, spot, reply, key=word(body, "trigger_id"), heard=heard)
            return ""
        return shown(reply.text) if reply is not None else ""

    async def pressed(self, heard: App, body: Payload) -> Body:
        """A button of a card or a draft."""
        action = next(iter(parts(body, "actions")), Payload())
        act = PRESSED.get(word(action, "action_id").partition(":")[0])
        if act is None:
            return ""
        user = word(body, "user", "id")
        spot = _spot_of_click(self._apps.team, body)
        reply = await self._within(lambda: act(self, heard, body, action))
        if reply is not None:
            key = f"{PLATFORM}:press/{spot.message(str(action.get('action_ts')))}/{user}"
            self._private_replies.later(user, spot, reply, key=key, heard=heard)
        return ""

    async def submitted(self, heard: App, body: Payload) -> Body:
        """The text of a window; where it does not count, the window stays open and says why."""
        view = part(body, "view")
        value = _value(self._apps.team, word(view, "private_metadata"))
        text = word(view, "state", "values", "answer", "text", "value")
        user = word(body, "user", "id")
        if value is None:
            return ""
        source = f"{PLATFORM}:window/{word(view, 'id')}"
        reply = await self._within(lambda: self._answer(value, user, text, source))
        return "" if reply is None else {"response_action": "errors", "errors": {"answer": reply.text[:500]}}

    async def answer(self, heard: App, body: Payload, action: Payload) -> PrivateReply | None:
        """One of the options."""
        value = _value(self._apps.team, word(action, "value"))
        if value is None or not _belongs(value, body):
            return None
        user = word(body, "user", "id")
        source = f"{PLATFORM}:answer/{value['room']}#{value['question']}/{user}/{value['option']}"
        return await self._answer(value, user, "", source)

    async def open_window(self, heard: App, body: Payload, action: Payload) -> PrivateReply | None:
        """A window for free text, or for another text of what waits for approval."""
        value = _value(self._apps.team, word(action, "value"))
        if value is None or not _belongs(value, body):
            return None
        question = await self._question(value)
        answer = question.answer
        if answer is not None:
            return PrivateReply(text=f"This question is out of date. {answer.text}" if answer.withdrawn else _OVER)
        initial = _what_runs(question.asked, _option(question.asked, value))
        if len(initial) > LONGEST_FIELD:
            return PrivateReply(
                text="This is too long to be changed in Slack; reject it and say what should be different."
            )
        view = modal("Answer", question.asked.text, json.dumps(value), initial=initial)
        try:
            await heard.caller.call("views.open", trigger_id=word(body, "trigger_id"), view=view)
        except PlatformFailed as error:
            LOGGER.warning("A window did not open: %s", error)
            return PrivateReply(
                text="The window did not open; press the button again, or write the answer in the thread."
            )
        return None

    async def stop(self, heard: App, body: Payload, action: Payload) -> PrivateReply | None:
        """The button of a growing message."""
        spot, user = spot_of(word(action, "value")), word(body, "user", "id")
        if spot.channel_room != _spot_of_click(self._apps.team, body).channel_room:
            return None
        source = f"{PLATFORM}:stop/{spot.room}/{word(action, 'action_ts')}"
        await self._order(spot, user, Command(verb="stop"), source)
        return None

    async def _question(self, value: Payload) -> Question:
        """The question that a button or window is about. Raises `WrongUse` for one that is long gone."""
        for question in (await self._house.read(str(value["room"]))).questions:
            if question.seq == value["question"]:
                return question
        raise WrongUse(_OVER)

    async def _answer(self, value: Payload, user: str, text: str, source: str) -> PrivateReply | None:
        room, question = str(value["room"]), await self._question(value)
        answered = Answered(question=question.seq, text=text, option=_option(question.asked, value))
        person = await self._authors.person(user, spot_of(room))
        groups = await self._authors.groups(user, spot_of(room), now=True)
        return await self._house.door.enter(room, person, answered, source=source, groups=groups)

    async def _order(self, spot: Spot, user: str, command: Command, source: str) -> PrivateReply:
        person = await self._authors.person(user, spot)
        groups = await self._authors.groups(user, spot, now=True)
        return await order(self._house, spot, person, command, source=source, groups=groups)

    async def _within(self, act: Callable[[], Awaitable[PrivateReply | None]]) -> PrivateReply | None:
        """Do it while Slack waits; what went wrong, as a sentence for the person: Slack does not bring it again."""
        try:
            async with asyncio.timeout(SECONDS):
                return await act()
        except (NotAllowed, WrongUse) as error:
            return PrivateReply(text=str(error))
        except (StoreFailed, PlatformFailed, TimeoutError) as error:
            LOGGER.warning("Something pressed or ordered in Slack was not kept: %s", error)
            return PrivateReply(text=NOT_KEPT)


Press: TypeAlias = Callable[[Interactions, App, Payload, Payload], Awaitable[PrivateReply | None]]

PRESSED: Mapping[str, Press] = {
    ANSWER: Interactions.answer,
    WRITE: Interactions.open_window,
    EDIT: Interactions.open_window,
    STOP: Interactions.stop,
}
"""Every button that there is, and what it does."""


def _spot_of_click(team: str, body: Payload) -> Spot:
    channel = word(body, "container", "channel_id") or word(body, "channel", "id")
    thread = word(body, "container", "thread_ts") or word(body, "message", "thread_ts")
    return Spot(team=team, channel=channel, thread=thread)


def _value(team: str, text: str) -> Payload | None:
    """What a button or window of ours in this workspace carries."""
    try:
        value: Payload = json.loads(text)
        if not isinstance(value["room"], str) or not isinstance(value["question"], int):
            return None
    except (ValueError, TypeError, KeyError):
        return None
    return value if spot_of(value["room"]).team == team else None


def _option(asked: Asked, value: Payload) -> str | None:
    """The option that was pressed; None for an answer in free words."""
    number: object = value.get("option")
    return asked.options[number] if isinstance(number, int) and number < len(asked.options) else None


def _belongs(value: Payload, body: Payload) -> bool:
    """Whether the button was pressed in the channel whose question it answers."""
    room = spot_of(str(value["room"]))
    return room.channel == _spot_of_click(room.team, body).channel


def _what_runs(asked: Asked, option: str | None) -> str:
    """What an approver may change: the code or the arguments."""
    if option != CHANGES or asked.pending is None:
        return ""
    if asked.pending.tool != RUN_CODE:
        return asked.pending.arguments
    return to_markdown(from_arguments(asked.pending.arguments))
