"""Code in what is said: which blocks would run, why others would not, and what a model reads afterwards (C23)."""

import json
import re
from collections.abc import Iterator

import msgspec

from agents.log.logged import Logged

RUN_CODE = "run_code"
"""The name under which running blocks appears as a tool in the log."""


class CodeBlock(Logged, frozen=True, kw_only=True):
    """One program. ``language`` is ``python`` or ``sh``; ``filename`` a plain relative path, or empty."""

    language: str
    code: str
    filename: str = ""


class CodeInText(Logged, frozen=True, kw_only=True):
    """What would run, in order; each note is a sentence about a block that would not, for the model."""

    blocks: tuple[CodeBlock, ...] = ()
    notes: tuple[str, ...] = ()


def code_blocks(text: str) -> CodeInText:
    """The fenced blocks of ``text`` that can be run, and what is to be said about the others.

    Fences are CommonMark's (``` or ~~~, longer ones around shorter ones), at any depth of indentation. A first line
    ``# filename: x`` names the block's file; one that leaves the workspace refuses the whole text.
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
    """Whether ``text`` holds a block in a language that runs, be it complete or not. Cheap for text without fences."""
    return ("```" in text or "~~~" in text) and any(_language(fence) for fence in _fences(text))


def ends_in_fence(text: str) -> bool:
    """Whether the text breaks off inside a fenced block."""
    return ("```" in text or "~~~" in text) and not all(fence.closed for fence in _fences(text))


def to_arguments(blocks: tuple[CodeBlock, ...]) -> str:
    """The blocks as the arguments of a `RUN_CODE` call: what the log keeps and an approval is bound to."""
    # As json.dumps has it: approvals of earlier versions are bound to that very text.
    return json.dumps(msgspec.to_builtins(_Arguments(blocks=blocks)), ensure_ascii=False)


def from_arguments(arguments: str) -> tuple[CodeBlock, ...]:
    """The inverse of `to_arguments`. Raises ValueError for anything else."""
    try:
        found = msgspec.convert(json.loads(arguments), _Arguments)
    except msgspec.ValidationError as error:
        raise ValueError(f"these are not the arguments of {RUN_CODE}: {error}") from error
    return found.blocks


_LANGUAGES = {"python": "python", "py": "python", "python3": "python", "bash": "sh", "sh": "sh", "shell": "sh"}
_LINE_END = re.compile(r"\r\n?|\n")
_OPENING = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})(.*)")
_CLOSING = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*")
_LANGUAGE = re.compile(r"[\w+#-]+")
_FILENAME = re.compile(r"#[ \t]*filename:[ \t]*(\S+)[ \t]*(?:\n|\Z)")
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
            for inner in lines:
                closed = _closes(inner, fence, len(indent))
                if closed:
                    break
                inside.append(_unindented(inner, len(indent)))
            yield _Fence(info=info.strip(), code="\n".join(inside), closed=closed)


def _closes(line: str, fence: str, indent: int) -> bool:
    closing = _CLOSING.fullmatch(line)
    return closing is not None and closing[2].startswith(fence) and len(closing[1]) <= indent + 3


def _unindented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" \t"))) :]


def _language(fence: _Fence) -> str:
    """``python``, ``sh``, or empty for what is not run. Without a name only tell-tale lines make it Python."""
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
    """Whether it is a plain relative path that stays inside the workspace; so is an empty one, which names no file."""
    if not filename:
        return True
    plain_parts = all(part not in ("", ".", "..") and not part.startswith("~") for part in filename.split("/"))
    return plain_parts and filename.isprintable() and len(filename) <= 200 and not set(filename) & set('\\:*?"<>|')
