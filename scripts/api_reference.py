"""docs/api.md, made from the public names and their docstrings: ``python -m scripts.api_reference > docs/api.md``."""

import ast
import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

ROOT = Path(__file__).parents[1]

_INTRODUCTION = """\
# The public interface

Users import these names and nothing else; everything else may change. This page is made from the code; `make docs`
writes it. How the names are used is in [teams.md](teams.md), and in each docstring.
"""

_TESTS = """\
## For tests

`agents.testing` has working in-memory implementations of every port, a model that says what a test tells it, and time
that a test moves.
"""

_SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z`\"]|\Z)", re.DOTALL)


def reference() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *_table("agents", _exported()), *_table("bots", _defined("bots")), _TESTS])


def _table(package: str, rows: Iterator[tuple[str, str, str]]) -> Iterator[str]:
    yield f"## `{package}`\n"
    yield "| name | what it is | where |\n|---|---|---|"
    yield from (f"| `{name}` | {sentence} | `{module}` |" for name, sentence, module in rows)
    yield ""


def _exported() -> Iterator[tuple[str, str, str]]:
    """The names that ``agents`` imports, with what they are and the module they come from."""
    for node in _tree("agents").body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.name, _sentence(_docstring(node.module, alias.name)), node.module


def _defined(module: str) -> Iterator[tuple[str, str, str]]:
    """The functions that a module defines itself."""
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, _sentence(ast.get_docstring(node) or ""), module


def _docstring(module: str, name: str) -> str:
    """What stands under the definition of a class, a function or a constant, wherever the module has it from."""
    body = _tree(module).body
    for place, node in enumerate(body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return ast.get_docstring(node) or ""
        if isinstance(node, ast.ImportFrom) and node.module and name in {alias.asname for alias in node.names}:
            return _docstring(node.module, name)
        if name in _assigned(node):
            return _text(body[place + 1 : place + 2])
    return ""


def _assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _text(after: list[ast.stmt]) -> str:
    """The text that stands right under a constant."""
    match after:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return cleandoc(text)
        case _:
            return ""


def _sentence(docstring: str) -> str:
    """The first sentence of a docstring, as a cell of a table. Raises ValueError where there is none."""
    found = _SENTENCE.match(" ".join(docstring.partition("\n\n")[0].split()))
    if found is None:
        raise ValueError(f"a public name has no docstring that begins with a sentence: {docstring!r}")
    return found[0].replace("``", "`").replace("|", "\\|")


def _tree(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(source.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.write(reference())
