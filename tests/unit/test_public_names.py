"""What a signature of the public interface names is public itself."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

PLACES = ("agents", "agents.ports", "agents.people")
OPERATORS = ("__init__", "__call__", "__or__", "__and__", "__add__")
MADE_BY_US = ("Turn",)


class Home(NamedTuple):
    """Where a name is defined."""

    module: str
    name: str


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def home(module: str, name: str) -> tuple[Home, ast.stmt] | None:
    """Where what a module of ours calls so is defined; None for what comes from elsewhere."""
    for node in tree(module).body:
        match node:
            case ast.ImportFrom(module=str(other)) if other.startswith("agents"):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return home(other, alias.name)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
                return Home(module, name), node
            case ast.Assign(targets=[ast.Name(id=one)]) | ast.AnnAssign(target=ast.Name(id=one)) if one == name:
                return Home(module, name), node
            case _:
                pass
    return None


def in_annotation(annotation: ast.expr | None) -> Iterator[str]:
    """The names in an annotation, also where it is written as a text."""
    match annotation:
        case None | ast.Subscript(value=ast.Name(id="Literal")):
            return
        case ast.Name(id=name):
            yield name
        case ast.Constant(value=str(text)):
            yield from in_annotation(ast.parse(text, mode="eval").body)
        case _:
            for part in ast.iter_child_nodes(annotation):
                if isinstance(part, ast.expr):
                    yield from in_annotation(part)


def in_signature(node: ast.stmt) -> Iterator[str]:
    """The names that the signature of a function, the public fields and methods of a class, or an alias name."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            given = node.args
            for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
                yield from in_annotation(one.annotation if one is not None else None)
            yield from in_annotation(node.returns)
        case ast.ClassDef():
            for part in node.body:
                match part:
                    case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                        yield from in_annotation(part.annotation)
                    case ast.FunctionDef(name="__init__") if node.name in MADE_BY_US:
                        pass
                    case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if (
                        not name.startswith("_") or name in OPERATORS
                    ):
                        yield from in_signature(part)
                    case _:
                        pass
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            yield from in_annotation(node.value)
        case ast.AnnAssign():
            yield from in_annotation(node.annotation)
        case _:
            pass


def exported(package: str) -> list[str]:
    nodes = [node for node in tree(package).body if isinstance(node, ast.ImportFrom)]
    return [alias.asname or alias.name for node in nodes for alias in node.names]


def named_from(packages: tuple[str, ...]) -> dict[Home, str]:
    """Everything that can be reached by the annotations of public names, with who names it."""
    found = dict[Home, str]()
    todo = [(package, name, package) for package in packages for name in exported(package)]
    while todo:
        module, name, by = todo.pop()
        place = home(module, name)
        if place is None or place[0] in found:
            continue
        where, node = place
        if not isinstance(getattr(importlib.import_module(where.module), where.name), TypeVar):
            found[where] = by
            todo += [(where.module, one, where.name) for one in in_signature(node)]
    return found


PUBLIC = {place[0] for package in PLACES for name in exported(package) if (place := home(package, name))}


@pytest.mark.parametrize("package", [*PLACES, "agents.testing"])
def test_c54_whatever_a_public_signature_names_is_public(package: str):
    testing = {place[0] for name in exported("agents.testing") if (place := home("agents.testing", name))}
    missing = {where: by for where, by in named_from((package,)).items() if where not in PUBLIC | testing}
    assert missing == {}


def test_c54_the_walk_finds_what_annotations_hide():
    found = {where.name for where in named_from(("agents",))}
    assert {"Trigger", "OnMessages", "Floor", "Usage", "ToolSchema", "Meter", "RunningTurn"} <= found
    assert {"TypeVar", "F", "Mapping", "str"}.isdisjoint(found)


def test_c54_the_core_has_at_most_75_public_names():
    assert len(set(exported("agents"))) == len(exported("agents")) <= 75


WANTED = (
    "Profile", "Draft", "Situation", "Wait", "Cap", "Policy", "FileRef", "ModelMessage", "last_speaker_is",
    "tool_called", "handed_to", "max_tokens", "max_usd", "max_seconds", "check_with_people", "run_code",
    "reply_with_model", "Noted", "NamedFile", "ToolContext",
)  # fmt: skip


@pytest.mark.parametrize("name", WANTED)
def test_c54_what_a_team_needs_is_in_the_core(name: str):
    assert name in exported("agents")


def test_c54_a_name_means_one_thing_in_all_public_packages():
    homes = dict[str, set[Home]]()
    for package in PLACES:
        for name in exported(package):
            place = home(package, name)
            assert place is not None
            homes.setdefault(name, set()).add(place[0])
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_c54_public_packages_are_documented():
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for package in (*PLACES, "agents.testing", "bots"):
        assert f"## `{package}`" in text
