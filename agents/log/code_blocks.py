"""Code in what is said: which fenced blocks would run, and why others would not.

After AutoGen 0.2, whose agents run the code blocks of the messages that they receive.
"""

import json
import re
from collections.abc import Iterator

import msgspec

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

    Fences are CommonMark's (``` or ~~~, longer ones around shorter ones), but indented as deep as may be: models put
    them under the points of lists. A block's first line ``# filename: plot.py`` names its file, as in AutoGen; a name
    that leaves the workspace refuses the whole text.

        found = code_blocks("Run this:\n```python\nprint(1)\n```")
        assert found.blocks == (CodeBlock(language="python", code="print(1)"),)
    """
    blocks: list[CodeBlock] = []
    notes: list[str] = []
    for number, fence in enumerate(_fences(text), 1):
        language = _language(fence)
        if not language:
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
    return ("```" in text or "~~~" in text) and any(_language(fence) for fence in _fences(text))


def ends_in_fence(text: str) -> bool:
    """Whether the text breaks off inside a fenced block."""
    return ("```" in text or "~~~" in text) and not all(fence.closed for fence in _fences(text))


def to_arguments(blocks: tuple[CodeBlock, ...]) -> str:
    """The blocks as the arguments of a `RUN_CODE` call: what the log keeps and an approval is bound to."""
    # Not `as_json`, which leaves the spaces out: approvals of earlier versions are bound to a hash of this very text.
    return json.dumps(msgspec.to_builtins(_Arguments(blocks=blocks)), ensure_ascii=False)


def from_arguments(arguments: str) -> tuple[CodeBlock, ...]:
    """The blocks that `to_arguments` wrote. Raises ValueError for any other text."""
    try:
        found = msgspec.convert(json.loads(arguments), _Arguments)
    except msgspec.ValidationError as error:
        raise ValueError(f"these are not the arguments of {RUN_CODE}: {error}") from error
    return found.blocks


_LANGUAGES = {"python": "python", "py": "python", "python3": "python", "bash": "sh", "sh": "sh", "shell": "sh"}
_LINE_END = re.compile(r"\r\n?|\n")
_OPENING = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})(.*)")  # with another ` in its line it is a span of code
_CLOSING = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*")
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


class _Arguments(Logged, frozen=True, kw_only=True):
    blocks: tuple[CodeBlock, ...]


class _Fence(Logged, frozen=True, kw_only=True):
    info: str
    code: str
    closed: bool


def _fences(text: str) -> Iterator[_Fence]:
    lines = iter(_LINE_END.split(text))
    for line in lines:
        opening = _OPENING.fullmatch(line)
        if opening:
            indent, fence, info = opening.groups()
            inside: list[str] = []
            closed = False
            for inner in lines:  # goes on in the same iterator: what is inside a block opens no other one
                closed = _closes(inner, fence, len(indent))
                if closed:
                    break
                inside.append(_unindented(inner, len(indent)))
            yield _Fence(info=info.strip(), code="\n".join(inside), closed=closed)


def _closes(line: str, fence: str, indent: int) -> bool:
    closing = _CLOSING.fullmatch(line)
    # A fence of at least the same length and the same kind, at most three columns deeper: CommonMark's rule.
    return closing is not None and closing[2].startswith(fence) and len(closing[1]) <= indent + 3


def _unindented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" \t"))) :]


def _language(fence: _Fence) -> str:
    """``python``, ``sh``, or empty for what is not run. A block that names no language is Python if a line says so."""
    if not fence.code.strip():
        return ""
    if not fence.info:
        return "python" if _PYTHON_LINE.search(fence.code) else ""
    return _LANGUAGES.get(_named(fence), "")


def _named(fence: _Fence) -> str:
    found = _LANGUAGE.search(fence.info)
    return found[0].casefold() if found else repr(fence.info)


def _not_code(number: int, fence: _Fence) -> Iterator[str]:
    if fence.code.strip():
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
