"""Answers to questions: buttons that work days later and after a restart, and a form for answers in words.

Nothing is kept for a button: its id names the question, the log has the rest, and the door decides who may answer.
Discord wants every click acknowledged within three seconds (its documentation: "Receiving and Responding").
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import discord
import structlog

from adapters.discord import payloads
from adapters.discord.buttons import AnswerButton
from adapters.discord.client import Interaction
from adapters.discord.house import DiscordHouse
from adapters.discord.message_text import where_of
from adapters.discord.people import People
from adapters.discord.posted import PostedMessages
from adapters.discord.rooms import where_is
from adapters.discord.sources import act_of
from agents.errors import NotAllowed, PlatformFailed, StoreFailed, WrongUse
from agents.log.events import Answered, Asked

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

SECONDS = 2.0
"""Discord waits three for an answer to a click."""

_FORM = re.compile(r"hw:(?P<question>\d{1,12}):(?P<signed>[0-9a-f]{12})")
_WORDS = "words"

_EXPIRED = "This question is not open any more."
_NOT_NOW = "Your answer could not be written down just now; click again in a moment."


class Cards:
    """Answers clicks and forms. Nothing is raised: whatever is wrong is told to who clicked."""

    def __init__(self, house: DiscordHouse, posted: PostedMessages, people: People):
        self._house, self._posted, self._people = house, posted, people

    async def click(self, interaction: Interaction, button: AnswerButton) -> None:
        """Somebody pressed a button."""

        async def act() -> None:
            room = await self._room(interaction)
            asked = await self._asked(room, button.question, button.signed)
            if button.choice == payloads.ANSWER:
                await interaction.response.send_modal(_form(button, asked))
                return
            chosen = Answered(question=button.question, option=asked.options[int(button.choice)])
            await self._answer(interaction, room, chosen)

        await self._told(interaction, act)

    async def form(self, interaction: Interaction) -> None:
        """Somebody sent a form off; another one than ours is left alone."""
        data: Any = interaction.data or {}
        ours = _FORM.fullmatch(str(data.get("custom_id")))
        if ours is None:
            return
        words = next((str(one.get("value") or "") for one in _inputs(data) if one.get("custom_id") == _WORDS), "")

        async def act() -> None:
            room = await self._room(interaction)
            await self._asked(room, int(ours["question"]), ours["signed"])
            await self._answer(interaction, room, Answered(question=int(ours["question"]), text=words.strip()))

        await self._told(interaction, act)

    async def over(self, interaction: Interaction) -> None:
        """Somebody answered where nobody is served any more."""
        await _reply_privately(interaction, _EXPIRED, strip=True)

    async def _told(self, interaction: Interaction, act: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                await act()
            return
        except (NotAllowed, WrongUse) as error:
            sentence = str(error)
        except (StoreFailed, PlatformFailed, TimeoutError) as error:
            _log.warning("discord_answer_failed", reason=str(error) or type(error).__name__)
            sentence = _NOT_NOW
        except discord.HTTPException as error:
            _log.warning("discord_click_not_answered", reason=str(error))
            return
        await _reply_privately(interaction, sentence, strip=sentence == _EXPIRED)

    async def _answer(self, interaction: Interaction, room: str, answered: Answered) -> None:
        by = self._people.acting(interaction.user, where_is(room).server)  # the card may stand in a direct message
        groups = await self._people.groups(interaction.user, interaction.guild)
        source = act_of(interaction.id)
        reply = await self._house.door.enter(room, by, answered, source=source, groups=groups)
        if reply is not None:
            raise WrongUse(reply.text)
        await interaction.response.defer()  # the card itself changes when the answer is posted

    async def _room(self, interaction: Interaction) -> str:
        """The room whose card it is."""
        message = interaction.message
        posted = await self._posted.find(str(message.id)) if message else None
        if posted is not None:
            return posted.room
        where = where_of(interaction.channel) if interaction.channel else None
        if where is None:
            raise WrongUse(_EXPIRED)
        return where.room

    async def _asked(self, room: str, question: int, signed: str) -> Asked:
        """The question, if it is the one that the button was made for."""
        record = next(iter(await self._house.store.log.read(room, after=question - 1, limit=1)), None)
        asked = record.event if record is not None else None
        if not isinstance(asked, Asked) or payloads.signature(room, question, asked.options) != signed:
            raise WrongUse(_EXPIRED)
        return asked


def _form(button: AnswerButton, asked: Asked) -> discord.ui.Modal:
    modal = discord.ui.Modal(title="Your answer", custom_id=f"hw:{button.question}:{button.signed}")
    question = " ".join(asked.text.split())
    words: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id=_WORDS, style=discord.TextStyle.paragraph, max_length=4000
    )
    label = question if len(question) <= 45 else "Answer"
    description = question if 45 < len(question) <= 100 else None
    modal.add_item(discord.ui.Label(text=label or "Answer", description=description, component=words))
    return modal


def _inputs(component: Any) -> Iterator[Any]:
    """The components of a form that was sent off, however deep."""
    for inner in (*component.get("components", ()), *filter(None, [component.get("component")])):
        yield inner
        yield from _inputs(inner)


async def _reply_privately(interaction: Interaction, sentence: str, *, strip: bool) -> None:
    """Say something to who clicked, alone; ``strip`` takes the buttons of a card that is over away."""
    nobody = discord.AllowedMentions.none()
    try:
        if strip and interaction.type is discord.InteractionType.component:
            await interaction.response.edit_message(view=None, allowed_mentions=nobody)
            await interaction.followup.send(sentence, ephemeral=True, allowed_mentions=nobody)
        elif not interaction.response.is_done():
            await interaction.response.send_message(sentence[:2000], ephemeral=True, allowed_mentions=nobody)
    except (discord.HTTPException, discord.InteractionResponded, aiohttp.ClientError, OSError) as error:
        _log.warning("discord_click_not_answered", reason=str(error))
