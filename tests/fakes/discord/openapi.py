"""Checks requests against the OpenAPI document that Discord publishes: an opinion that this project did not write.

The document's objects are open, so that a misspelt field would pass; here a field that nothing names is wrong. A few
habits of discord.py that Discord takes are let pass: ids as JSON numbers, 1 and 0 for booleans in a query, ``tts`` in
edits and callbacks, ``nsfw`` in commands, and three fields of forum posts.
"""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.discord.calls import Request
from tests.fakes.discord.values import Json, is_list, is_object

VARIABLE = "TERTULIA_DISCORD_OPENAPI"
"""Names the document's file; by default it lies in ``shared/data`` beside the project."""

_TOLERATED = {
    "POST /interactions/{interaction_id}/{interaction_token}/callback": {"tts"},
    "PATCH /channels/{channel_id}/messages/{message_id}": {"tts"},
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": {"tts"},
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": {"tts"},
    "POST /channels/{channel_id}/threads": {"tts", "type", "use_nested_fields"},
    "PUT /applications/{application_id}/commands": {"nsfw"},
    "PUT /applications/{application_id}/guilds/{guild_id}/commands": {"nsfw"},
    "POST /applications/{application_id}/commands": {"nsfw"},
    "POST /applications/{application_id}/guilds/{guild_id}/commands": {"nsfw"},
}
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
_KNOWN = {
    *("$ref", "type", "oneOf", "anyOf", "allOf", "enum", "const", "properties", "required", "additionalProperties"),
    *("items", "minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "format", "contentEncoding", "description", "title", "default", "deprecated"),
    *("discriminator", "examples", "readOnly", "writeOnly"),
}


def document_path() -> Path:
    given = os.environ.get(VARIABLE)
    return Path(given) if given else Path(__file__).parents[4] / "shared" / "data" / "discord-openapi.json"


@cache
def document() -> "Document | None":
    """Discord's document, or None where it is absent."""
    path = document_path()
    return Document(json.loads(path.read_text())) if path.exists() else None


class Document:
    """An OpenAPI 3.1 document. A keyword that this does not understand is a `ValueError`, never passed over."""

    def __init__(self, whole: Json):
        self._whole = whole

    def violations(self, request: Request) -> list[str]:
        """What is wrong with a request; empty if nothing is."""
        method, path = request.route.split(" ", 1)
        item: Json = self._whole["paths"].get(path, {})
        operation: Json | None = item.get(method.lower())
        if operation is None:
            return [f"there is no {request.route}"]
        parameters: list[Json] = [*item.get("parameters", []), *operation.get("parameters", [])]
        found = [*self._query(request, parameters), *self._path(request, parameters)]
        return found + list(self._body(request, operation.get("requestBody")))

    def _query(self, request: Request, parameters: list[Json]) -> Iterator[str]:
        known = {one["name"]: one for one in parameters if one["in"] == "query"}
        for name, text in request.query.items():
            if name in _TOLERATED.get(request.route, ()):
                continue
            if name not in known:
                yield f"query.{name} is not known"
            else:
                schema: Json = known[name]["schema"]
                yield from self._check(schema, _parsed(text, schema), f"query.{name}", set())
        for name, parameter in known.items():
            if parameter.get("required") and name not in request.query:
                yield f"query.{name} is missing"

    def _path(self, request: Request, parameters: list[Json]) -> Iterator[str]:
        for one in parameters:
            if one["in"] == "path":
                yield from self._check(one["schema"], request.params[one["name"]], f"path.{one['name']}", set())

    def _body(self, request: Request, wanted: Json | None) -> Iterator[str]:
        if wanted is None:
            if request.json is not None or request.files:
                yield "body is not taken here"
            return
        content: Json = wanted["content"]
        kind = "multipart/form-data" if request.files else "application/json"
        if kind not in content:
            yield f"body as {kind} is not taken here"
        elif request.json is None and wanted.get("required"):
            yield "body is missing"
        elif request.json is not None:
            tolerated = _TOLERATED.get(request.route, set[str]())
            yield from self._check(content[kind]["schema"], request.json, "body", tolerated)

    def _check(self, schema: Json, value: Any, path: str, tolerated: set[str]) -> Iterator[str]:
        """Check one value, and that each of its fields is named by some part of its schema."""
        errors, known = self._match(schema, value, path, tolerated)
        yield from errors
        if is_object(value) and known is not None and not errors:
            yield from (f"{path}.{name} is not known" for name in sorted(set(value) - known - tolerated))

    def _match(self, schema: Json, value: Any, path: str, tolerated: set[str]) -> tuple[list[str], set[str] | None]:
        """The errors, and the fields that the schema names; None if it takes any."""
        strange = {key for key in schema if key not in _KNOWN and not key.startswith("x-")}
        if strange:
            raise ValueError(f"The validator does not understand {sorted(strange)} in the document; teach it.")
        if "$ref" in schema:
            return self._match(self._named(schema["$ref"]), value, path, tolerated)
        errors = list(_scalar(schema, value, path))
        known: set[str] | None = set()
        if not errors:
            inner, known = self._inside(schema, value, path, tolerated)
            errors += inner
        for part in schema.get("allOf", []):
            more, named = self._match(part, value, path, tolerated)
            errors += more
            known = None if known is None or named is None else known | named
        for key in ("oneOf", "anyOf"):
            if key in schema:
                more, named = self._choose(schema[key], value, path, tolerated)
                errors += more
                known = None if known is None or named is None else known | named
        return errors, known

    def _choose(
        self, choices: list[Json], value: Any, path: str, tolerated: set[str]
    ) -> tuple[list[str], set[str] | None]:
        """What the choice that comes nearest names, or what is wrong with it; a field it does not name is far away."""
        names: set[str] = set(value) if is_object(value) else set()
        results = [self._match(one, value, path, tolerated) for one in choices]

        def distance(result: tuple[list[str], set[str] | None]) -> tuple[bool, int]:
            errors, known = result
            other_kind = any(error.startswith((f"{path} is no ", f"{path}.type ")) for error in errors)
            return other_kind, len(errors) + len(names - tolerated - (names if known is None else known))

        return min(results, key=distance)

    def _inside(self, schema: Json, value: Any, path: str, tolerated: set[str]) -> tuple[list[str], set[str] | None]:
        errors: list[str] = []
        if is_list(value) and "items" in schema:
            for at, one in enumerate(value):
                errors += self._check(schema["items"], one, f"{path}[{at}]", tolerated)
        if not is_object(value):
            return errors, set()
        properties: Json = schema.get("properties", {})
        rest: Json | bool = schema.get("additionalProperties", "type" in schema and not properties)
        errors += [f"{path}.{name} is missing" for name in schema.get("required", []) if name not in value]
        for name, one in value.items():
            if name in properties:
                errors += self._check(properties[name], one, f"{path}.{name}", tolerated)
            elif is_object(rest):
                errors += self._check(rest, one, f"{path}.{name}", tolerated)
        return errors, set(properties) if rest is False else None

    def _named(self, reference: str) -> Json:
        found: Any = self._whole
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found


def _scalar(schema: Json, value: Any, path: str) -> Iterator[str]:
    types: str | list[str] | None = schema.get("type")
    wanted = [types] if isinstance(types, str) else types
    if schema.get("format") == "snowflake" and isinstance(value, int) and not isinstance(value, bool):
        return
    if wanted and not any(_is(value, one) for one in wanted):
        yield f"{path} is no {' or '.join(wanted)}: {value!r}"
        return
    if "enum" in schema and value not in schema["enum"] and value is not None:
        yield f"{path} is none of {schema['enum']}: {value!r}"
    if "const" in schema and value != schema["const"]:
        yield f"{path} is not {schema['const']!r}: {value!r}"
    if isinstance(value, str):
        yield from _between(schema, "Length", len(value), f"{path}'s length")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path} does not look like {schema['pattern']}: {value!r}"
    elif is_list(value):
        yield from _between(schema, "Items", len(value), f"{path}'s number of items")
        if schema.get("uniqueItems") and len({json.dumps(one, sort_keys=True) for one in value}) < len(value):
            yield f"{path} says something twice"
    elif is_object(value):
        yield from _between(schema, "Properties", len(value), f"{path}'s number of fields")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _between(schema, "imum", value, path)


def _between(schema: Json, what: str, number: float, path: str) -> Iterator[str]:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low is not None and number < low:
        yield f"{path} is below {low}: {number}"
    if high is not None and number > high:
        yield f"{path} is above {high}: {number}"


def _is(value: Any, type_name: str) -> bool:
    if isinstance(value, bool):
        return type_name == "boolean"
    return isinstance(value, _TYPES[type_name])


def _parsed(text: str, schema: Json) -> Any:
    """A query's text as what it stands for."""
    types: str | list[str] = schema.get("type", "string")
    if "boolean" in types:
        return {"1": True, "true": True, "True": True, "0": False, "false": False, "False": False}.get(text, text)
    if "integer" in types and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text
