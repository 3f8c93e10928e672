"""Code in what is said: which fenced blocks would run, and why others would not.

After AutoGen 0.2, whose agents run the code blocks of the messages that they receive.
"""

import json
import re
from collections.abc import Iterable, Iterator

import msgspec

from agents.log.fences import Fence, fences
from agents.log.logged import Logged

RUN_CODE = "run_code"
"""What a run of code blocks is called in the log, where it stands as the call of a tool."""


class CodeBlock(Logged, frozen=True, kw_only=True):
    """One program. ``language`` is ``python`` or ``sh``; ``filename`` a plain relative path, or empty."""

    language: str
    code: str
    filename: str = ""


class CodeInText(Logged, frozen=True, kw_only=True):
    """The blocks that would run, in order, and for each of the others a note to the model: why it would not."""

    blocks: tuple[CodeBlock, ...] = ()
    notes: tuple[str, ...] = ()


def code_blocks(text: str) -> CodeInText:
    r"""The fenced blocks of ``text`` that can be run, and what is to be said about the others.

    Fences are read as whoever shows the text reads them (see `agents.log.fences`). A block in a quotation is never run.
    Of blocks that hold data (``json``, ``text``) nothing is said. A block's first line ``# filename: plot.py`` names
    its file, as in AutoGen; a name that leaves the workspace refuses the whole text.

        found = code_blocks("Run this:\n```python\nprint(1)\n```")
        assert found.blocks == (CodeBlock(language="python", code="print(1)"),)
    """
    blocks: list[CodeBlock] = []
    notes: list[str] = []
    for number, fence in enumerate(fences(text), 1):
        language = _language(fence)
        if fence.quoted:
            if language:
                notes.append(f"Block {number} was not run: it is quoted; write what shall run outside of quotations.")
        elif not language:
            notes += _not_code(number, fence)
        elif not fence.closed:
            notes.append(f"Block {number} was not run: its fence is not closed; write the whole block again.")
        elif not in_workspace(filename := _filename(fence.code)):
            return CodeInText(
                notes=(
                    f"Nothing was run: block {number} names the file {filename!r}, which is not in the workspace; "
                    "use a plain relative name such as plot.py.",
                )
            )
        else:
            blocks.append(CodeBlock(language=language, code=fence.code, filename=filename))
    return CodeInText(blocks=tuple(blocks), notes=tuple(notes))


def has_code(text: str) -> bool:
    """Whether ``text`` holds a block in a language that runs, closed or not. Cheap where there is no fence."""
    return any(_language(fence) and not fence.quoted for fence in fences(text))


def to_arguments(blocks: tuple[CodeBlock, ...]) -> str:
    """The blocks as the arguments of a `RUN_CODE` call: what the log keeps and an approval is bound to."""
    # Not `as_json`, which leaves the spaces out: approvals of earlier versions are bound to a hash of this very text.
    return json.dumps(msgspec.to_builtins(_Arguments(blocks=blocks)), ensure_ascii=False)


def to_markdown(blocks: Iterable[CodeBlock]) -> str:
    """The blocks as a text of which `code_blocks` makes them again, each in a fence that its code cannot leave."""
    return "\n\n".join(_fenced(block) for block in blocks)


def from_arguments(arguments: str) -> tuple[CodeBlock, ...]:
    """The blocks that `to_arguments` wrote. Raises ValueError for any other text."""
    try:
        found = msgspec.convert(json.loads(arguments), _Arguments)
    except msgspec.ValidationError as error:
        raise ValueError(f"these are not the arguments of {RUN_CODE}: {error}") from error
    return found.blocks


_LANGUAGES = {"python": "python", "py": "python", "python3": "python", "bash": "sh", "sh": "sh", "shell": "sh"}
_DATA = frozenset(
    ("csv", "diff", "ini", "json", "log", "markdown", "md", "output", "plaintext", "text", "toml", "txt", "xml", "yaml")
)
_BACKTICKS = re.compile("`++")
_LANGUAGE = re.compile(r"[\w+#-]+")
_FILENAME = re.compile(r"#[ \t]*filename:[ \t]*(\S+)[ \t]*(?:\n|\Z)")
# Lines that are Python and no prose: only they make a block without a language a program.
_PYTHON_LINE = re.compile(
    r"""^(?: import[ ][\w.]+(?:[ ]as[ ]\w+)?(?:,[ ]?[\w.]+(?:[ ]as[ ]\w+)?)*
           | from[ ][\w.]+[ ]import[ ].+
           | (?:async[ ])?def[ ]\w+\(.*:
           | class[ ]\w+(?:\(.*\))?:
           | print\(.*
        )[ ]*(?:\#.*)?$""",
    re.MULTILINE | re.VERBOSE,
)


def _fenced(block: CodeBlock) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(block.code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{block.language}\n{block.code.rstrip()}\n{fence}"


class _Arguments(Logged, frozen=True, kw_only=True):
    blocks: tuple[CodeBlock, ...]


def _language(fence: Fence) -> str:
    """``python``, ``sh``, or empty for what is not run. A block that names no language is Python if a line says so."""
    if not fence.code.strip():
        return ""
    if not fence.info:
        return "python" if _PYTHON_LINE.search(fence.code) else ""
    return _LANGUAGES.get(_named(fence), "")


def _named(fence: Fence) -> str:
    found = _LANGUAGE.search(fence.info)
    return found[0].casefold() if found else repr(fence.info)


def _not_code(number: int, fence: Fence) -> Iterator[str]:
    if fence.code.strip() and not (fence.info and _named(fence) in _DATA):
        why = f"{_named(fence)} is not run here" if fence.info else "it names no language"
        yield f"Block {number} was not run: {why}; begin a block that shall run with python or sh."


def _filename(code: str) -> str:
    found = _FILENAME.match(code)
    return found[1] if found else ""


def in_workspace(filename: str) -> bool:
    """Whether it is a plain relative path inside the workspace. An empty name is fine: it names no file."""
    if not filename:
        return True
    plain_parts = all(part not in ("", ".", "..") and not part.startswith("~") for part in filename.split("/"))
    return plain_parts and filename.isprintable() and len(filename) <= 200 and not set(filename) & set('\\:*?"<>|')
