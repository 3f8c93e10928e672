"""docs/api.md, made from the public names and their docstrings: ``python -m scripts.api_reference > docs/api.md``."""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[1]

_INTRODUCTION = """\
# The public interface

Users import these names and nothing else; everything else may change. Teams need `agents` alone; writers of adapters
have `agents.ports` and `agents.people` besides, tests have `agents.testing`. This page is made from the code, and
`make docs` writes it. How the names are used together is in [teams.md](teams.md).
"""

PACKAGES = ("agents", "agents.ports", "agents.people", "agents.testing")

_SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z`\"]|\Z)", re.DOTALL)
_LINE = re.compile(r"^(\w+): (.+(?:\n    .+)*)", re.MULTILINE)


def reference() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for package in PACKAGES:
        names = list(exported(package))
        parts += [f"## `{package}`\n", _about(package), _table(names)]
        if package == "agents":
            parts += [_entry(name, node, docstring) for name, node, docstring in names]
    return "\n".join([*parts, "## `bots`\n", _table(list(_defined("bots")))])


def _about(package: str) -> str:
    """What the package is for: the first paragraph of its docstring."""
    return _inline((ast.get_docstring(_tree(package)) or "").partition("\n\n")[0]) + "\n"


Named: TypeAlias = tuple[str, ast.stmt, str]
"""A public name, where it is defined, and its docstring."""


def _table(names: Sequence[Named]) -> str:
    rows = [f"| `{name}` | {sentence(docstring)} |" for name, _, docstring in names]
    return "\n".join(["| name | what it is |", "|---|---|", *rows, ""])


def _entry(name: str, node: ast.stmt, docstring: str) -> str:
    """A name with its attributes, if it has any, and its example."""
    rows = [f"- `{attribute}`: {says}" for attribute, says in _attributes(node, docstring)]
    example = "\n\n".join(indented(docstring))
    shown = ["```python", example, "```", ""] if example else []
    return "\n".join([f"### `{name}`\n", *rows, *([""] if rows else []), *shown])


def _attributes(node: ast.stmt, docstring: str) -> Iterator[tuple[str, str]]:
    """The lines of the docstring that explain a parameter or a field each, then a class's properties and methods."""
    for name, says in _LINE.findall(docstring):
        yield name, _inline(says)
    for part in node.body if isinstance(node, ast.ClassDef) else ():
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not part.name.startswith("_"):
            is_property = any(isinstance(one, ast.Name) and one.id == "property" for one in part.decorator_list)
            yield part.name if is_property else f"{part.name}()", sentence(ast.get_docstring(part) or "")


def indented(docstring: str) -> list[str]:
    """The indented blocks of a docstring, as in Markdown: after an empty line, and possibly with empty lines inside."""
    paragraphs = groupby(docstring.split("\n\n"), key=lambda one: one.startswith("    "))
    return [cleandoc("\n" + "\n\n".join(block)) for is_code, block in paragraphs if is_code]


def exported(package: str) -> Iterator[Named]:
    """The names that a package imports for others."""
    for node in _tree(package).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.name, *_definition(node.module, alias.name)


def _defined(module: str) -> Iterator[Named]:
    """The functions that a module defines itself."""
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node, ast.get_docstring(node) or ""


def _definition(module: str, name: str) -> tuple[ast.stmt, str]:
    """The definition of a class, a function or a constant, wherever the module has it from, and what stands under it.

    Raises LookupError where there is none.
    """
    body = _tree(module).body
    for place, node in enumerate(body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node, ast.get_docstring(node) or ""
        if isinstance(node, ast.ImportFrom) and node.module and name in {alias.asname for alias in node.names}:
            return _definition(node.module, name)
        if name in _assigned(node):
            return node, _text(body[place + 1 : place + 2])
    raise LookupError(f"{module} has no {name}")


def _assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _text(after: list[ast.stmt]) -> str:
    """The text that stands right under a constant."""
    match after:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return text.strip()
        case _:
            return ""


def sentence(docstring: str) -> str:
    """The first sentence of a docstring, as a cell of a table. Raises ValueError where there is none."""
    found = _SENTENCE.match(" ".join(docstring.partition("\n\n")[0].split()))
    if found is None:
        raise ValueError(f"a public name has no docstring that begins with a sentence: {docstring!r}")
    return _inline(found[0])


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")


def _tree(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(source.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.write(reference())
