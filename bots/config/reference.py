"""docs/config.md, made from the tables themselves: ``python -m bots.config.reference > docs/config.md``."""

import builtins
import collections.abc
import sys
import types
import typing
from collections.abc import Iterator
from inspect import cleandoc
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bots.config.configuration import Config
from bots.config.people import Who
from bots.config.places import Pattern
from bots.config.references import Secret
from bots.config.table import Table, table_in

_INTRODUCTION = """\
# Configuration

Tertulia reads one TOML file, `config.toml` in the current folder or the one named with `--config`. Start from
`config.example.toml`, which runs unchanged. Everything has a default, and an empty file is valid.

- `tertulia config check` prints every value that a file comes to and where it came from, or everything that is wrong.
- A secret is a reference: `"env:NAME"` is an environment variable, `"file:PATH"` a file that holds nothing else.
  Written out, it is accepted only in a file that nobody but its owner can read (`chmod 600 config.toml`).
- Relative paths, and the modules of `"my_tools:weather"`, are beside the config file.
- While `tertulia run` runs, changed agents, teams, channels, people and limits hold from each room's next turns on; a
  running turn is not disturbed. A bad file is refused, with its reasons in the log. All other tables, agents' own
  tokens and Python modules wait for the next start.

This page is made from the code; `make docs` writes it.
"""

_WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Secret: "secret",
    Pattern: "channel",
    Who: "person or group",
}


def reference() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    for name, field in Config.model_fields.items():
        table = table_in(field.annotation)
        if table is not None:
            yield from _section(_heading(name, field.annotation), table)


def _heading(name: str, annotation: object) -> str:
    match get_origin(annotation):
        case collections.abc.Mapping:
            return f"[{name}.NAME]"
        case builtins.tuple:
            return f"[[{name}]]"
        case _:
            return f"[{name}]"


def _section(heading: str, table: type[Table]) -> Iterator[str]:
    yield f"## `{heading}`\n\n{' '.join(cleandoc(table.__doc__ or '').split())}\n"
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    within: list[tuple[str, type[Table]]] = []
    for name, field in table.model_fields.items():
        inner = table_in(field.annotation)
        if inner is not None and inner is not table:
            within.append((f"[{heading.strip('[]')}.{name}]", inner))
        yield f"| `{name}` | {_value(field.annotation)} | {_default(field)} | {_cell(field.description or '')} |"
    yield ""
    for inner_heading, inner in within:
        yield from _section(inner_heading, inner)


def _value(annotation: object) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is not builtins.tuple and table_in(annotation) is not None:
        return "table"
    match origin:
        case typing.Annotated:
            return _value(arguments[0])
        case typing.Literal:
            return ", ".join(f"`{one}`" for one in arguments)
        case collections.abc.Mapping:
            return "table"
        case builtins.tuple:
            return f"list: {_value(arguments[0])}"
        case types.UnionType | typing.Union:
            return _value(next(one for one in arguments if one is not type(None)))
        case _:
            return _WORDS[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default: object = field.get_default(call_default_factory=True, validated_data={})
    match default:
        case None | "" | () | BaseModel():
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case str():
            return f'`"{default}"`'
        case _:
            return f"`{default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
