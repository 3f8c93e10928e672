"""Whether a message ends with a word that is to end the conversation, rather than only tells of it."""

import re

from agents.log.prose import GLUED, prose

_QUOTES = frozenset("`\"'“”„«»‘’‚「」『』")
_AROUND = _QUOTES | frozenset("*_~()[]{}")
_OWN_LETTER = re.compile(rf"(?![{GLUED}])[^\W_]")
_INSIDE = re.compile(rf"(?:{_OWN_LETTER.pattern}|[^\W_][-/])\Z")
_NOT = re.compile(r"(?:\b(?:not|never|no|nicht|nie|nunca|pas|jamais|non|mai|não)|n['’]t)[ \t]*\Z", re.IGNORECASE)
_LETTER = re.compile(r"[^\W_]")


def end_of_words(text: str, word: str) -> int | None:
    """Where the ``word`` begins with which ``text`` ends, with the marks around it; None where it does not end so.

    It has to be the last of the text, as a whole word or several, letter by letter; only marks may follow. It is none
    in a fenced block or a quoted line, nor after "not"; in inline code and in quotes it is one only where it is a
    sentence of its own.

        assert end_of_words("All done. **TERMINATE**", "TERMINATE") == 10
        assert end_of_words("I will say `TERMINATE`.", "TERMINATE") is None
    """
    at = text.rfind(word)
    if at < 0 or _LETTER.search(text, at + len(word)):
        return None
    begin = at
    while begin and text[begin - 1] in _AROUND:
        begin -= 1
    if _OWN_LETTER.match(word) and _INSIDE.search(text, max(begin - 2, 0), begin):
        return None
    marks, before = text[begin:at], text[:begin].rstrip()
    own_sentence = not before or before[-1] in ".!?…。！？" or "\n" in text[len(before) : begin]
    if _NOT.search(text, max(begin - 20, 0), begin) or not (own_sentence or _QUOTES.isdisjoint(marks)):
        return None
    # Backticks around the word itself make it inline code, which was decided about; what is left is code around it.
    is_code = "`" in marks and "```" not in marks
    shown = prose(f"{text[:begin]}{' ' * len(marks)}{word}" if is_code else text)
    return begin if shown.startswith(word, at) else None
