"""What a message in Slack says and whom it addresses: Slack's text made plain, with mentions and their places.

Only what a person means as an address counts: not what stands in code, in a quotation, or inside another word.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

from adapters.shared.message_text import MessageText
from agents.log.names import NAMELESS
from agents.log.participants import SYSTEM, Mention, ParticipantId, Profile, is_agent, mentions_in

HOST = "Tertulia"
"""What the host app is called in what agents read, whatever the workspace calls it."""

_CONTROL = re.compile(r"<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_CODE = re.compile(r"(`{3,}).*?(?:\1|\Z)|(?<!`)`(?!`)[^`\n]+`(?!`)", re.DOTALL)
_QUOTED = re.compile(r"^\s*(?:>|&gt;).*$", re.MULTILINE)
_HOST_BY_NAME = re.compile(rf"(?<![\w@./-])@{HOST}\b", re.IGNORECASE)
_HOST_FIRST = re.compile(rf"\s*@{HOST}\b[,:]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody whom Slack's text names by id: whose id it is in our terms (empty: nobody of ours), and the name."""

    participant: ParticipantId
    name: str


def users_in(text: str) -> list[str]:
    """The ids of the users whom a text names, each once."""
    return list(dict.fromkeys(match[2] for match in _CONTROL.finditer(text) if match[1] == "@"))


def read(text: str, *, agents: Sequence[Profile], who: Callable[[str], Named]) -> MessageText:
    """``text`` of a message as plain text. ``who`` tells whom a user's id names; ``agents`` are those of the room."""
    plain, native = _plain(text, agents, who)
    silent = [match.span() for pattern in (_CODE, _QUOTED) for match in pattern.finditer(plain)]
    found = [one for one in native if not _within(one.start, silent)]
    taken = [(one.start, one.end) for one in native]
    found += [one for one in _by_name(plain, agents) if not _within(one.start, silent + taken)]
    host = _HOST_BY_NAME.search(plain)
    if host is not None and not _within(host.start(), silent):
        found.append(Mention(participant=SYSTEM, start=host.start(), end=host.end()))
    return MessageText(text=plain, mentions=_each_once(found))


def _each_once(found: Sequence[Mention]) -> tuple[Mention, ...]:
    """In text order. Whoever addresses an agent by way of the host means the agent alone."""
    ordered = sorted(found, key=lambda one: one.start)
    first = {one.participant: one for one in reversed(ordered)}
    if any(is_agent(one) for one in first):
        first.pop(SYSTEM, None)
    return tuple(sorted(first.values(), key=lambda one: one.start))


def _by_name(plain: str, agents: Sequence[Profile]) -> list[Mention]:
    """Names as people type them: ``@planner`` anywhere, ``planner:`` at the start or behind ``@Tertulia``."""
    prefix = _HOST_FIRST.match(plain)
    start = prefix.end() if prefix else 0
    return [
        Mention(participant=one.participant, start=one.start + start, end=one.end + start)
        for one in mentions_in(plain[start:], agents)
    ]


def _plain(text: str, agents: Sequence[Profile], who: Callable[[str], Named]) -> tuple[str, list[Mention]]:
    out, mentions, at, length = [""], list[Mention](), 0, 0
    for match in _CONTROL.finditer(text):
        before = unescape(text[at : match.start()])
        shown, participant = _shown(match, agents, who)
        out += [before, shown]
        length += len(before)
        if participant:
            mentions.append(Mention(participant=participant, start=length, end=length + len(shown)))
        length += len(shown)
        at = match.end()
    out.append(unescape(text[at:]))
    return "".join(out), mentions


def _shown(match: re.Match[str], agents: Sequence[Profile], who: Callable[[str], Named]) -> tuple[str, ParticipantId]:
    """A control sequence as people see it, and who is meant."""
    kind, what, label = match[1], match[2], unescape(match[3] or "")
    match kind:
        case "@":
            named = who(what)
            return f"@{_told_apart(named.name or label or NAMELESS, named.participant)}", named.participant
        case "#":
            return f"#{label or what}", ""
        case "!":
            return _special(what, label, agents)
        case _:
            return _link(unescape(what), label), ""


def _told_apart(name: str, participant: ParticipantId) -> str:
    """The name; of somebody else who is called like the host app, such as another installation's, one that is not."""
    return f"another {name}" if participant != SYSTEM and name.casefold() == HOST.casefold() else name


def _special(what: str, label: str, agents: Sequence[Profile]) -> tuple[str, ParticipantId]:
    if what.startswith("subteam^"):
        shown = f"@{label.removeprefix('@') or what.removeprefix('subteam^')}"
        return shown, next((one.participant for one in mentions_in(shown, agents)), "")
    if what.startswith("date^"):
        return label, ""
    return f"@{what.partition('|')[0]}", ""


def _link(address: str, label: str) -> str:
    plain = address.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in (address, plain) or address.endswith(f"//{label}"):
        return plain
    return f"[{label}]({address})"


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
