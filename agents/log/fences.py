"""One reading of Markdown's fences for all who show, run or search code, so that what is shown as code is what runs.

A text is `normalised` first and then read as CommonMark. Whoever shows a text does the same (see `parser`), and so does
the web page.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from agents.log.logged import Logged

MOST_BRACKETS = 2000
"""The parser looks for the end of each link from each bracket: beyond this, a text means no links but harm."""


class Fence(Logged, frozen=True, kw_only=True):
    """A fenced block of code.

    info: what stands behind the opening fence: mostly a language.
    code: the lines inside, without the last line's end.
    closed: it has a closing fence.
    quoted: it stands in a quotation.
    """

    info: str
    code: str
    closed: bool
    quoted: bool


def parser(*, links: bool = True) -> MarkdownIt:
    """The parser by which every text is read: CommonMark and tables, in which HTML is text like any other.

    Without ``links`` it knows no links and pictures either; see `MOST_BRACKETS`.
    """
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table")
    return made if links else made.disable(["link", "image", "reference"])


@lru_cache(maxsize=64)  # a message is looked at by policies, terminations and runners, at every step
def fences(text: str) -> tuple[Fence, ...]:
    """The fenced blocks of a text in order. The time that it takes grows with the text's length and not faster."""
    if "```" not in text and "~~~" not in text:
        return ()
    text = _LINE_END.sub("\n", normalised(text)).removesuffix("\n") + "\n"
    tokens = (_BLOCKS if text.count("[") <= MOST_BRACKETS else _WITHOUT_LINKS).parse(text)
    return tuple(_found(tokens))


_BLOCKS = parser().disable(["normalize", "inline"])
_WITHOUT_LINKS = parser(links=False).disable(["normalize", "inline"])


def _found(tokens: Sequence[Token]) -> Iterator[Fence]:
    quotations = 0
    for token in tokens:
        if token.type in ("blockquote_open", "blockquote_close"):
            quotations += token.nesting
        elif token.type == "fence" and token.map is not None:
            start, end = token.map
            yield Fence(
                info=token.info.strip(),
                code=token.content.removesuffix("\n"),
                closed=end - start - 2 == token.content.count("\n"),
                quoted=quotations > 0,
            )


def normalised(text: str) -> str:
    r"""The text as it is read: opening fences stand on lines of their own, and comments of HTML are not there.

    Models write ``Run: ```bash`` and go on below. Such a fence counts where the next fence closes it. A comment that
    does not end is no comment. Of two readings of a text that is `normalised` already, the second changes nothing.

        assert normalised("Run: ```sh\nls\n```") == "Run:\n```sh\nls\n```"
    """
    if not ("```" in text or "~~~" in text or "<!--" in text):
        return text
    lines = _LINE_END.split(text)
    reader = _Reader(last_comment=max((number for number, line in enumerate(lines) if "-->" in line), default=-1))
    for number, line in enumerate(lines):
        reader.read(number, line)
    return text if reader.read_so_far == lines else "\n".join(reader.read_so_far)


_LINE_END = re.compile(r"\r\n?|\n")
_MARKS = r"((?:[ \t>]|(?:[-*+]|[0-9]{1,9}[.)])(?=[ \t]))*+)"
_OPENING = re.compile(_MARKS + r"(`{3,}+(?=[^`]*$)|~{3,}+)")  # with another ` in its line it is a span of code
_CLOSING = re.compile(r"([ \t>]*+)(`{3,}+|~{3,}+)[ \t]*+")
_IN_MID_LINE = re.compile(r"(?<![`~\\])(`{3,}+|~{3,}+)[ \t]*+([A-Za-z0-9_+#.-]*+)[ \t]*+$")
_COMMENT = re.compile(_MARKS + "<!--")


class _Reader:
    """Reads a text line by line. ``last_comment`` is the number of the last line in which a comment can end."""

    def __init__(self, *, last_comment: int) -> None:
        self.read_so_far: list[str] = []
        self._last_comment = last_comment
        self._hidden = False  # inside a comment
        self._fence, self._indent = "", 0  # of the block that is open
        self._waiting: tuple[int, re.Match[str]] | None = None  # which line has a fence in its middle; none is after it

    def read(self, number: int, line: str) -> None:
        if self._fence:
            closing = _CLOSING.fullmatch(line)
            # CommonMark's rule: of the same kind, as long at least, and not four columns deeper.
            if closing and closing[2].startswith(self._fence) and len(closing[1]) <= self._indent + 3:
                self._fence = ""
        elif self._waiting and self._closes(line, *self._waiting):
            self._waiting = None
        else:
            # What is inside a block that begins in mid-line may look like a comment.
            line = line if self._waiting else self._uncommented(number, line)
            opening, apart = _OPENING.match(line), _opened_in_mid_line(line)
            if opening:
                self._fence, self._indent, self._waiting = opening[2], len(opening[1]), None
            elif apart and not self._waiting:
                self._waiting = len(self.read_so_far), apart
        self.read_so_far.append(line)

    def _closes(self, line: str, opened: int, apart: re.Match[str]) -> bool:
        """Whether the line closes the block that began in the middle of an earlier one, which is parted then."""
        closing = _CLOSING.fullmatch(line)
        if not closing or not closing[2].startswith(apart[1]):
            return False
        before = apart.string[: apart.start()].rstrip(" \t")
        self.read_so_far[opened] = f"{before}\n{closing[1]}{apart[1]}{apart[2]}"
        return True

    def _uncommented(self, number: int, line: str) -> str:
        """The line without the comments that it begins with, or begins in."""
        marks, at = "", 0
        while True:
            if not self._hidden:
                begun = self._comment(number, line, at)
                if begun is None:
                    return (marks + line[at:]).rstrip(" \t") if at else line
                marks, at = f"{marks}{begun[1]}", begun.end()
            end = line.find("-->", at)
            self._hidden = end < 0
            if self._hidden:
                return marks.rstrip(" \t")
            at = end + 3
            while line.startswith((" ", "\t"), at):
                at += 1

    def _comment(self, number: int, line: str, at: int) -> re.Match[str] | None:
        """The beginning of a comment at that place, behind marks of quotations and lists, if it ends somewhere."""
        begun = _COMMENT.match(line, at) if number <= self._last_comment else None
        if begun is None or begun[1].endswith("    "):
            return None
        return begun if number < self._last_comment or line.find("-->", begun.end()) >= 0 else None


def _opened_in_mid_line(line: str) -> re.Match[str] | None:
    found = _IN_MID_LINE.search(line)
    # An earlier fence in the line begins a span of code, which this one ends.
    return found if found and found[1][:3] not in line[: found.start()] else None
