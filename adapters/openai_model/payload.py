"""A `ModelRequest` as the JSON body of a chat completion.

The messages' order and bytes depend on nothing but the messages, so that a longer conversation begins with the
shorter one and providers can cache it (OpenAI's documentation: "Prompt caching"). Dicts are built anew for every call:
at 200 messages that takes 0.1 ms.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from unicodedata import combining, normalize

from adapters.openai_model.echoes import put_back
from adapters.openai_model.habits import Habits
from adapters.openai_model.surrogates import mended
from agents.ports import ModelMessage, ModelRequest, ToolCall, ToolSchema


def body(
    model: str,
    request: ModelRequest,
    habits: Habits,
    *,
    settings: Mapping[str, object],
    pictures: Mapping[str, str | None],
    name: str = "",
) -> dict[str, object]:
    """The whole body, streamed, in the form that this endpoint takes.

    ``pictures`` holds the data URL of every image by its SHA-256; None where its bytes are gone. ``name`` is the
    model's with its host: what that one wants back with its calls goes along.
    """
    made: dict[str, object] = {"model": model, "stream": True, "stream_options": {"include_usage": True}}
    extra: object = None
    for key, value in settings.items():
        if key == "extra_body":
            extra = value
        elif value is not None:
            made[key] = value
    if isinstance(extra, Mapping):
        made |= extra
    if request.tools:
        made["tools"] = [_tool(tool) for tool in request.tools]
    if request.schema is not None:
        made["response_format"] = _response_format(request.schema)
    made = habits.applied_to(made)
    made["messages"] = _messages(request.messages, habits, pictures, name)
    return made


@lru_cache(maxsize=512)
def api_names(names: tuple[str, ...]) -> Mapping[str, str]:
    """Each of these names as the API takes it, ``^[a-zA-Z0-9_-]{1,64}$``, and no two of them alike.

    A name that the API takes stays as it is. Of others the accents go, whatever else is refused becomes ``_``, and the
    second one that comes out the same gets a number.
    """
    made = {name: name for name in names if _TAKEN.fullmatch(name)}
    taken = set(made)
    for name in names:
        if name not in made:
            letters = "".join(one for one in normalize("NFKD", name) if not combining(one))
            plain = unique = _REFUSED.sub("_", letters).strip("_")[:_LONGEST] or "participant"
            number = 1
            while unique in taken:
                number += 1
                unique = f"{plain}_{number}"
            taken.add(unique)
            made[name] = unique
    return made


_TAKEN = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_REFUSED = re.compile(r"[^a-zA-Z0-9_-]+")
_LONGEST = 56
"""Characters of a name before its number."""


def _messages(
    messages: Sequence[ModelMessage], habits: Habits, pictures: Mapping[str, str | None], model: str
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    name_field, prefix_names = habits.name_field, habits.prefix_names
    names = api_names(tuple(dict.fromkeys([one.name for one in messages if one.name])))
    for message in messages:
        text, name, role = mended(message.text), message.name, message.role
        one: dict[str, Any] = {"role": role, "content": text}
        if name:
            # A name that has to be changed stands in front of the text as it is: by that one its bearer is addressed.
            if role == "user" and (prefix_names or names[name] != name):
                one["content"] = text = f"{mended(name)}: {text}"
            if name_field:
                one["name"] = names[name]
        if message.images:
            one["content"] = _seen(text, message, habits, pictures)
        if role == "tool":
            one["tool_call_id"] = message.call
        elif message.calls:
            one["content"] = text or (None if habits.null_content else "")
            one["tool_calls"] = calls = [_call(call) for call in message.calls]
            if habits.echo:
                for call, sent in zip(message.calls, calls, strict=True):
                    put_back(one, sent, call.echo, model)
        made.append(one)
    if not habits.system:
        made = _without_system(made)
    return _alternating(made) if habits.alternate else made


def _without_system(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the system's words in front of the first message of a user, where there are no system messages."""
    words = "\n\n".join(str(one["content"]) for one in messages if one["role"] == "system")
    instructions = {"role": "user", "content": words}
    first, *rest = [one for one in messages if one["role"] != "system"] or [{"role": "user", "content": ""}]
    if first["role"] != "user":
        return [instructions, first, *rest]
    return [_merged(instructions, first), *rest]


def _alternating(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """With what one voice says in several messages in a row as one message."""
    made: list[dict[str, Any]] = []
    for one in messages:
        if made and _same_voice(made[-1], one):
            made[-1] = _merged(made[-1], one)
        else:
            made.append(one)
    return made


def _seen(
    text: str, message: ModelMessage, habits: Habits, pictures: Mapping[str, str | None]
) -> str | list[dict[str, Any]]:
    """The text with its images; an image that cannot be sent is named instead."""
    parts: list[dict[str, Any]] = []
    for image in message.images:
        url = pictures.get(image.sha256)
        if url is None:
            text += f"\n[image {image.name}: no longer there]"
        elif not habits.images:
            text += f"\n[image {image.name}: this model cannot see images]"
        else:
            parts.append({"type": "image_url", "image_url": {"url": url}})
    return [{"type": "text", "text": text}, *parts] if parts else text


def _same_voice(before: dict[str, Any], one: dict[str, Any]) -> bool:
    return (
        before["role"] == one["role"] != "tool" and isinstance(before["content"], str) and not before.get("tool_calls")
    )


def _merged(before: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    content = one["content"]
    if isinstance(content, list):
        return {**one, "content": [{"type": "text", "text": before["content"]}, *content]}
    return {**one, "content": f"{before['content']}\n\n{content}" if content else before["content"]}


def _call(call: ToolCall) -> dict[str, Any]:
    """Some endpoints parse earlier arguments again, so what was no JSON object then is wrapped into one."""
    try:
        sound = isinstance(json.loads(call.arguments), dict)
    except ValueError:
        sound = False
    arguments = call.arguments if sound else json.dumps({"unreadable": call.arguments})
    return {"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": arguments}}


def _tool(tool: ToolSchema) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _response_format(schema: Mapping[str, object]) -> dict[str, Any]:
    """Strict mode wants closed objects; an open schema is asked for without it."""
    strict = schema.get("additionalProperties") is False
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict}}
