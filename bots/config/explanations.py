"""What pydantic found wrong with the tables, in sentences for whoever wrote the file."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bots.config.configuration import Config, Problem
from bots.config.suggestions import did_you_mean, one_of
from bots.config.table import table_in

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where in the file: keys, and indexes of list entries."""

NAMED = ("models", "agents", "teams")
"""Tables of tables."""
ENTRIES = (*NAMED, "channels")
"""Tables of which there are many."""


def explained(wrong: Sequence[ErrorDetails]) -> Iterator[Problem]:
    """Each error once: a list whose entries are wrong is called too short as well, which nobody needs to read."""
    for error in wrong:
        entries = (each["loc"][:-1] for each in wrong)
        if not (error["type"] == "too_short" and error["loc"] in entries):
            yield _problem(error)


def _problem(error: ErrorDetails) -> Problem:
    *tables_, key = error["loc"]
    if error["type"] == "extra_forbidden":
        where = _heading(tables_) if tables_ else "the file"
        kind = "table" if isinstance(error["input"], (dict, tuple)) and not tables_ else "key"
        return Problem(where=where, what=f'has no {kind} "{key}"{did_you_mean(str(key), _keys_at(tables_))}')
    if error["type"] == "missing":
        return Problem(where=_heading(tables_), what=f"lacks {key}; add it")
    return Problem(where=_spot(error["loc"]), what=_what(error))


def _what(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    given = error["input"]
    shown = f", not {_toml(given)}" if isinstance(given, (str, int, float)) else ""
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            options: str = context["expected"].replace("'", "").replace(" or ", ", ")
            choices = options.split(", ")
            return f"should be {one_of(choices)}{shown}{did_you_mean(str(given), choices)}"
        case "int_type" | "int_from_float":
            return f"should be a whole number{shown}"
        case "float_type":
            return f"should be a number{shown}"
        case "bool_type":
            return f"should be true or false{shown}"
        case "string_type":
            return f"should be a text in quotes{shown}"
        case "tuple_type" if error["loc"] == ("channels",):
            return "is written with two brackets, [[channels]], once for each"
        case "tuple_type":
            return f"should be a list, such as [{_toml(given)}]"
        case "model_type" | "mapping_type" | "model_attributes_type" | "dict_type":
            return f"should be a table{shown}"
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            bound = error["msg"].removeprefix("Input should be ")
            return f"should be {bound}{shown}"
        case "too_short" | "string_too_short":
            return "should not be empty"
        case _:
            return f"is wrong: {error['msg']}"


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def _heading(parts: Iterable[str | int]) -> str:
    """``[agents.coder]``; ``[[channels]] number 2``."""
    first, *rest = parts
    if first == "channels" and rest:
        number = f"[[channels]] number {int(rest[0]) + 1}"
        return f"{number} {'.'.join(str(part) for part in rest[1:])}".rstrip()
    return f"[{'.'.join(str(part) for part in (first, *rest))}]"


def _spot(loc: KeyPath) -> str:
    """``[sandbox] approval``; an entry of a list by its number."""
    *before, last = loc
    if isinstance(last, int) and len(loc) != 2:
        return f"{_spot(tuple(before))}, entry {last + 1},"
    if not before or (len(loc) == 2 and loc[0] in ENTRIES):
        return _heading(loc)
    return f"{_heading(before)} {last}"


def _keys_at(loc: Iterable[str | int]) -> tuple[str, ...]:
    """The keys that a table may have."""
    model: type[BaseModel] = Config
    for part in loc:
        if part in model.model_fields:
            model = table_in(model.model_fields[str(part)].annotation) or model
    return tuple(model.model_fields)
