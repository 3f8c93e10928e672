"""A team as one participant: it works in a child room, and only what it comes to is said.

After AutoGen's ``SocietyOfMindAgent`` and nested chats (``register_nested_chats``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Closed, Opened, Said
from agents.log.transcript import Child, Message, Transcript
from agents.team.team import Team
from agents.turn.conversable import Conversable, Trigger, matches
from agents.turn.ready_made import profile_of
from agents.turn.threads import call_aside, is_listed, name_of
from agents.turn.turn import Acts, AgentTeam, Turn

_Made = Callable[[Transcript], str | Awaitable[str]]


def nested(
    name: str,
    team: Team | Sequence[Team],
    *,
    role: str = "",
    task: str | Callable[[Transcript], str | Awaitable[str]] | None = None,
    summary: Callable[[Transcript], str | Awaitable[str]] | None = None,
    trigger: Trigger = ("agent", "person", "system"),
) -> Conversable:
    """A team as one participant (a society of mind): its talk stays in a room of its own, its last words are said here.

    Of several teams each goes on where the one before ended: it is given what that one came to, and the last one's
    result is said (nested chats). Where there is nothing to do, because nobody said anything that fires the trigger,
    it passes: free and silent.

    name: what this participant is called.
    team: who works on it; of several teams one after the other.
    role: one line on what it is good for.
    task: what the first team is told, as a text, which the message follows, or as a function of this room's transcript;
        the message alone where nothing is given.
    summary: makes what is said of the last child room's transcript; its last words where nothing is given.
    trigger: which messages it works on, see `agents.turn.conversable.when`; all, where nothing is given.

    Raises `WrongUse` for no team at all, and for what is none.

        writing = nested("writing", Team(agents=[writer, critic], termination=said("APPROVED")), role="Writes texts.")
        team = Team(agents=[planner, writing])
    """
    chats = _teams(name, team)
    teams = {str(number): chat for number, chat in enumerate(chats, 1)}

    async def reply(turn: Turn) -> Acts:
        begun = 0
        for child, opened in turn.closed.items():
            begun = max(begun, opened.seq)
            text = await _came_to(turn, child, opened, summary)
            following = str(int(opened.team) + 1)
            if following in teams and _answered(opened).text:
                yield Opened(team=following, task=text, sources=(_answered_at(opened),))
            elif text or _answered(opened).files:
                yield Said(text=text, files=_answered(opened).files)
        newer = [one for one in turn.news if one.seq > begun and await matches(trigger, one)]
        if newer and newer[-1].audience:
            yield _in_the_open(newer[-1])
        elif newer:
            yield await _opened(turn, "1", newer[-1], task)

    return Conversable(profile=profile_of(name, role), replies=(reply,), teams=teams)


def fan_out(
    name: str,
    branches: Mapping[str, Team],
    *,
    role: str = "",
    task: str | Callable[[Transcript], str | Awaitable[str]] | None = None,
    wait_for_all: bool = True,
    summary: Callable[[Mapping[str, str]], str] | None = None,
) -> Conversable:
    """Several teams that work on the same thing side by side, as one participant; it says what all came to together.

    name: what this participant is called.
    branches: who works on it, by the names under which their results are said.
    role: one line on what it is good for.
    task: what each is told, as in `nested`.
    wait_for_all: false says the first result, and stops the others.
    summary: makes what is said of the results by the names of the branches; each under its name, where nothing is
        given.

    Raises `WrongUse` for no branches at all, and for what is no team.

        panel = fan_out("panel", {"first": Team(agents=[critic]), "second": Team(agents=[helper])})
        team = Team(agents=[panel], termination=max_turns(1))
    """
    if not _have_names(branches):
        raise WrongUse(f"The branches of {name!r} need names, as in {{'facts': Team(...), 'style': Team(...)}}.")
    teams: Mapping[str, AgentTeam] = dict(zip(branches, _teams(name, [*branches.values()]), strict=True))
    join = "all" if wait_for_all else "any"

    async def reply(turn: Turn) -> Acts:
        begun = 0
        results: dict[str, str] = {}
        for child, opened in turn.closed.items():
            begun = max(begun, opened.seq)
            results[opened.team] = await _came_to(turn, child, opened, None)
        said = {key: text for key, text in results.items() if text}
        if said:
            yield Said(text=_listed(said) if summary is None else summary(said))
        newer = [one for one in turn.news if one.seq > begun]
        if newer and newer[-1].audience:
            yield _in_the_open(newer[-1])
        elif newer:
            opened = await _opened(turn, "", newer[-1], task)
            for key in teams:
                yield replace(opened, team=key, join=join)

    return Conversable(profile=profile_of(name, role), replies=(reply,), teams=teams)


def _teams(name: str, given: object) -> tuple[Team, ...]:
    """What was given as a team, or as a list of teams; raises `WrongUse` for anything else."""
    listed = given if is_listed(given) else (given,)
    teams = tuple(team for team in listed if isinstance(team, Team))
    if not listed:
        raise WrongUse(f"{name!r} has no team; give it at least one.")
    if len(teams) < len(listed):
        raise WrongUse(f"{name!r} is given what is no team; write Team(agents=[...]).")
    return teams


def _have_names(branches: object) -> bool:
    return isinstance(branches, Mapping)


def _listed(results: Mapping[str, str]) -> str:
    if len(results) == 1:
        return next(iter(results.values()))
    return "\n\n".join(f"**{key}:** {text}" for key, text in results.items())


async def _opened(turn: Turn, team: str, message: Message, task: str | _Made | None) -> Opened:
    """A child room with its task; one that a function makes of the room may be made from all that was newly read."""
    if task is not None and not isinstance(task, str):
        return Opened(team=team, task=_text(await call_aside(task, turn.heard), task))
    sources = (message.seq,) if message.corrects is None else (message.seq, message.corrects)
    text = message.text if task is None else f"{task}\n\n{message.text}"
    return Opened(team=team, task=text, sources=sources)


def _in_the_open(message: Message) -> Said:
    """The answer to a private message, which no child room is opened for: everybody may read those."""
    text = "What I work on can be read by everybody here; please ask me in the open."
    return Said(text=text, audience=(message.by, *message.audience))


async def _came_to(turn: Turn, child: str, opened: Child, summary: _Made | None) -> str:
    """What is to be said of a child room: its summary, or why there is none."""
    answer = _answered(opened)
    if summary is not None and answer.text:
        return _text(await call_aside(summary, await turn.read(child)), summary)
    return answer.text or answer.reason


def _text(made: object, function: object) -> str:
    if not isinstance(made, str):
        raise WrongUse(f"{name_of(function)} returned a {type(made).__name__}; return a text.")
    return made


def _answered(child: Child) -> Closed:
    return child.answer if child.answer is not None else Closed(child="")


def _answered_at(child: Child) -> int:
    return child.closed or child.seq
