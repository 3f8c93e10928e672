"""Commands in chat: one grammar for every surface.

``/tertulia VERB``, ``@Tertulia VERB`` and ``!VERB`` work everywhere, and ``/VERB`` where no other program takes the
slash (web room, terminal). A slip in a command does not reach the agents as a message: after a slash, and after ``!``
with a known verb, the writer gets a hint instead. ``!important``, ``/etc/passwd`` and what is said to ``@Tertulia`` in
prose are ordinary messages. ``stop`` and ``halt`` take any words after them, because whoever types them is in a hurry.
"""

import re
from difflib import get_close_matches
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from agents.errors import WrongUse

Role: TypeAlias = Literal["user", "approver", "admin", "owner"]
"""What a person may be to a room; an owner is an admin of the whole installation."""

Verb: TypeAlias = Literal[
    "help", "stop", "halt", "resume", "status", "agents", "next", "why", "reset", "budget", "export",
    "use", "leave", "where",
]  # fmt: skip
"""What can be ordered."""

Scope: TypeAlias = Literal["room", "workspace", "everything"]
"""How far a halt reaches."""


class Command(Struct, frozen=True, kw_only=True):
    """What a person ordered: a ``verb``, and ``arguments`` that fit it, as one text.

        Command(verb="agents", arguments="join critic")

    Made by `parse` or `command_of`, the arguments are known to fit; whoever makes one otherwise sees to it.
    """

    verb: Verb
    arguments: str = ""

    @property
    def scope(self) -> Scope:
        """How far ``halt`` and ``resume`` reach: this room, unless their arguments say more."""
        if _WORKSPACE.match(self.arguments):
            return "workspace"
        return "everything" if _EVERYTHING.match(self.arguments) else "room"

    @property
    def role(self) -> Role:
        """What one must be to order it: an admin to change the room's team or budget, an owner for other rooms."""
        match self.verb:
            case "use" | "leave":
                return "admin"
            case "where":
                return "owner"
            case "agents" | "budget":
                return "admin" if self.arguments else "user"
            case "halt" | "resume":
                return "user" if self.scope == "room" else "owner"
            case _:
                return "user"

    @property
    def anywhere(self) -> bool:
        """Whether it also makes sense in a channel that has no team."""
        return self.verb in ("help", "use", "where") or (self.verb in ("halt", "resume") and self.scope != "room")


def parse(text: str, *, bare_slash: bool) -> Command | None:
    """The command that ``text`` is, or None for an ordinary message.

    ``bare_slash`` says whether ``/VERB`` is a command here; a space before the slash then makes it a message. Raises
    `WrongUse`, with a hint for the writer alone, where a command was meant and none was written.
    """
    called = _CALLED.match(text)
    if called:
        # People also talk to @Tertulia: what is no command after the name is a message; after a slash it is a slip.
        rest = text[called.end() :]
        is_prose = called[0].lstrip().startswith("@")
        return _understood(rest) if is_prose else _read(called[0].strip() + " ", rest)
    if bare_slash and text.startswith("/") and _words(text[1:]):
        return _read("/", text[1:])
    shout = text.lstrip()
    words = _words(shout[1:]) if shout.startswith("!") else None
    return _read("!", shout[1:]) if words and words[0] in _VERBS else None


def command_of(words: str) -> Command:
    """The command of a platform's own ``/tertulia``, which hands over the ``words`` after it; none ask for help.

    Raises `WrongUse`, with a hint for the giver alone, where the words are no command.
    """
    return _read("/tertulia ", words.lstrip())


def help_text(prefix: str, verb: str = "") -> str:
    """All verbs on one screen, or the line of one ``verb``; ``prefix`` is what is typed before a verb here."""
    if verb in _VERBS:
        return _line(prefix, _VERBS[verb])
    lines = [_line(prefix, known) for known in _VERBS.values()]
    return "\n".join([*lines, _FOOT])


class _Known(Struct, frozen=True):
    """A verb: its usage and what it does, for people, and the pattern that its arguments fit."""

    verb: Verb
    usage: str
    says: str
    arguments: str = ""


_FOOT = "In threads: !VERB or @Tertulia VERB. (+) for admins, (++) for all rooms' admins."
_REACH = "(?:workspace|everything)?"
_VERBS: dict[str, _Known] = {
    known.verb: known
    for known in (
        _Known("help", "[VERB]", "Show this, or one verb.", f"(?:{'|'.join(get_args(Verb))})?"),
        _Known("stop", "", "End this turn.", ".*"),
        _Known("halt", "[workspace++|everything++]", "Silence all agents until resume.", ".*"),
        _Known("resume", "[workspace++|everything++]", "Lift the halt.", _REACH),
        _Known("status", "", "Show who speaks, what waits and what was spent."),
        _Known(
            "agents", "[join+|leave+ NAME]", "Show who is here, or change it.", r"(?:(?:join|leave) +[A-Za-z][\w-]*)?"
        ),
        _Known("next", "", "Show who speaks next."),
        _Known("why", "", "Show why the last speaker was chosen, and the cost."),
        _Known("reset", "", "Let the agents start afresh; the log is kept."),
        _Known("budget", "[add+ DOLLARS]", "Show today's budget, or add to it.", r"(?:add +\$?\d{1,6}(?:\.\d{1,2})?)?"),
        _Known("export", "[jsonl|markdown|html]", "Get this conversation as a file.", "(?:jsonl|markdown|html)?"),
        _Known("use", "TEAM", "Put this team into this channel. (+)", r"[\w.:-]+"),
        _Known("leave", "", "Take the team out of this channel. (+)"),
        _Known("where", "", "List all channels with their teams. (++)"),
    )
}

_WORKSPACE = re.compile(r"workspace\b", re.IGNORECASE)
_EVERYTHING = re.compile(r"everything\b", re.IGNORECASE)
_CALLED = re.compile(r"\s*@Tertulia\b[,:]?\s*|/tertulia(?:\s+|\Z)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_MARKS = ".,!?"
_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001))))


def _read(prefix: str, rest: str) -> Command:
    """``rest`` as a command. Raises `WrongUse` where it is none."""
    command = _understood(rest)
    if command is None:
        raise WrongUse(_hint(prefix, _split(rest)[0]))
    return command


def _understood(rest: str) -> Command | None:
    verb, arguments = _split(rest)
    known = _VERBS.get(verb or "help")
    if known and re.fullmatch(known.arguments, arguments, re.DOTALL):
        return Command(verb=known.verb, arguments=arguments)
    return None


def _split(rest: str) -> tuple[str, str]:
    """The verb and its arguments, or all of it where it is no verb with arguments."""
    return _words(rest) or (rest.strip(), "")


def _words(text: str) -> tuple[str, str] | None:
    """A word at the beginning, and what stands after it without the marks and blanks around; None where none begins.

    In time that grows with the length: a person may send 100,000 blanks.
    """
    word = _WORD.match(text)
    if word is None:
        return None
    after = text[word.end() :].rstrip(_MARKS + _BLANKS).lstrip(_MARKS)
    arguments = after.lstrip()
    return (word[0].casefold(), arguments) if not after or after != arguments else None


def _hint(prefix: str, verb: str) -> str:
    """What to write instead."""
    as_message = " Write a space before the slash to say it as a message." if prefix == "/" else ""
    if known := _VERBS.get(verb):
        return f"That is not how {prefix}{verb} is written. {_line(prefix, known)}{as_message}"
    near = get_close_matches(verb.casefold(), _VERBS, 1)
    instead = f"did you mean {prefix}{near[0]}?" if near else f"{prefix}help lists all commands."
    return f"There is no command {prefix}{verb[:40]}; {instead}{as_message}"


def _line(prefix: str, known: _Known) -> str:
    return f"{f'{prefix}{known.verb} {known.usage}'.rstrip()}: {known.says}"
