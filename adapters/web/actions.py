"""What a page may do, as it arrives: JSON that becomes one event of the core, or one sentence that says why not."""

import asyncio
import json
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from adapters.web.about import profiles
from adapters.web.house import WebHouse
from adapters.web.room_view import READ_SECONDS, RoomView
from adapters.web.uploads import described
from agents.errors import WrongUse
from agents.log.events import Answered, Deleted, Edited, Event, Said
from agents.log.files import FileRef
from agents.log.participants import mentions_in

MAX_FILES = 10

MAX_MESSAGE = 1_000_000
"""Bytes of one text that are looked at at all; the door has its own, smaller measure."""


def _sayable(text: str) -> str:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ValueError("it holds half a character; write it again") from error
    if size > MAX_MESSAGE:
        raise ValueError(
            f"it is {size:,} bytes long and a message holds at most {MAX_MESSAGE:,}; attach it as a file instead"
        )
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_sayable)]
Seq: TypeAlias = Annotated[int, Field(ge=1, le=2**53)]


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    id: Annotated[UUID, Field(strict=False)]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Field(max_length=200)]


class _Say(_Action):
    type: Literal["said"]
    text: Text
    reply_to: Seq | None = None
    files: Annotated[list[_File], Field(max_length=MAX_FILES)] = []


class _Edit(_Action):
    type: Literal["edited"]
    target: Seq
    text: Text


class _Delete(_Action):
    type: Literal["deleted"]
    target: Seq


class _Answer(_Action):
    type: Literal["answered"]
    question: Seq
    text: Text = ""
    option: Text | None = None


_AnyAction: TypeAlias = _Say | _Edit | _Delete | _Answer
_BODY: TypeAdapter[_AnyAction] = TypeAdapter(Annotated[_AnyAction, Field(discriminator="type")])


async def read_action(body: bytes, house: WebHouse, view: RoomView) -> tuple[Event, str]:
    """The event that a page asks for, and its source: the page's own number for it, so that a retry changes nothing.

    Raises `WrongUse` for anything else, and `StoreFailed` where a file that it names cannot be read.
    """
    action = _parsed(body)
    source = f"web:{action.id}"
    match action:
        case _Say():
            if not action.text.strip() and not action.files:
                raise WrongUse("The message is empty; write something first.")
            mentions = mentions_in(action.text, profiles(house, view))
            files = tuple([await _file(house, file) for file in action.files])
            return Said(text=action.text, mentions=mentions, reply_to=action.reply_to, files=files), source
        case _Edit():
            if not action.text.strip():
                raise WrongUse("An edited message needs a text; delete it if it should be gone.")
            mentions = mentions_in(action.text, profiles(house, view))
            return Edited(target=action.target, text=action.text, mentions=mentions), source
        case _Delete():
            return Deleted(target=action.target), source
        case _Answer():
            if not action.text.strip() and action.option is None:
                raise WrongUse("The answer is empty; choose an option or write one.")
            return Answered(question=action.question, text=action.text, option=action.option), source


def _parsed(body: bytes) -> _AnyAction:
    try:
        return _BODY.validate_python(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "all of it"
        what = first["msg"].removeprefix("Value error, ")
        raise WrongUse(f"This was not sent ({where}: {what}).") from error
    except (ValueError, RecursionError) as error:
        raise WrongUse("What arrived is not JSON in UTF-8; reload the page and send it again.") from error


async def _file(house: WebHouse, file: _File) -> FileRef:
    async with asyncio.timeout(READ_SECONDS):
        content = await house.store.files.get(file.sha256)
    return described(content, file.name, file.sha256)
