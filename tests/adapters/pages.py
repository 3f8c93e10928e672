"""How what was shown on a platform becomes a page of the documentation."""

from itertools import takewhile


def changed(before: str, after: str) -> str:
    """The paragraphs that changed, with dots for those above."""
    old, new = before.split("\n\n"), after.split("\n\n")
    same = len([*takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))])
    return "\n\n".join(["…", *new[same:]])


def quoted(text: str) -> str:
    """As a quotation in Markdown."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
