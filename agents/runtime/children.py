"""Child rooms: who may open them, which team works there, and what they come to."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Closed, Opened, Usage
from agents.log.files import FileRef
from agents.log.participants import SYSTEM, is_agent
from agents.log.room_id import RoomId, child_name
from agents.log.transcript import ANSWERED, Child, Transcript
from agents.log.turns import returned
from agents.team.binding import Binding
from agents.team.situation import Choice
from agents.team.team import Team
from agents.team.termination import visible_text
from agents.turn.turn import Agent, AgentTeam, HasTeams, Turn

DEEPEST = 8
"""How many rooms may stand above a child room: a team that opens itself would go on for ever."""


def teams_of(opener: object) -> Mapping[str, AgentTeam]:
    """The teams that an agent or a policy can set to work in child rooms."""
    return opener.teams if isinstance(opener, HasTeams) else {}


def named(
    event: Opened, transcript: Transcript, upto: int, number: int, *, by: object, sources: tuple[int, ...]
) -> Opened:
    """The event with the name of its child room, and with ``sources`` where it named none.

    Raises `WrongUse` where the opener ``by`` knows no such team, the task was made from what not everybody may see, or
    the room is too deep below that of the people.
    """
    room, teams = transcript.room, teams_of(by)
    if event.team not in teams:
        known = ", ".join(map(repr, teams)) or "none"
        raise WrongUse(f"A child room of the team {event.team!r} was opened, but its opener's `teams` are: {known}.")
    if RoomId.parse(room).depth >= DEEPEST:
        raise WrongUse(f"A child room may have at most {DEEPEST} rooms above it, and one more was opened in {room}.")
    made_from = sources if event.sources is None else event.sources
    if any(one is not None and one.audience for one in map(transcript.message, made_from)):
        raise WrongUse(
            "Everybody may read a child room, and one was opened on a private message; ask for it in the open, or name "
            "the `sources` of its task."
        )
    return replace(event, child=child_name(room, upto, number), sources=made_from)


def read_by(turn: Turn) -> tuple[int, ...]:
    """The seqs of what a turn has newly read: messages, and what its child rooms came to."""
    messages = [seq for one in turn.news for seq in (one.seq, one.corrects)]
    answers = [child.closed for child in turn.closed.values()]
    return tuple([seq for seq in (*messages, *answers) if seq is not None])


def child_binding(above: Binding, child: Child) -> Binding | None:
    """What is in a child room, by what is in its parent; None where its opener does not know its team any more.

    Limits and the ways of the house are the parent's, and so those of the root room; nobody has to be addressed there.
    """
    agents = {agent.profile.id: agent for agent in (*above.team.agents, *above.guests.values())}
    opener = above.team.policy if child.by == SYSTEM else agents.get(child.by)
    team = teams_of(opener).get(child.team)
    if not isinstance(team, Team):
        return None
    brief = replace(above.brief, flow=team.flow)
    return Binding(team=replace(team, limits=above.team.limits), brief=brief, judge=above.judge)


def back_from(transcript: Transcript, agents: Sequence[Agent]) -> Choice | None:
    """Whoever of the agents opened child rooms that have come to their end: it gets the floor back."""
    children = transcript.children
    if not children:
        return None
    waiting = {child.by for child in children.values() if child.answer is not None and not child.dealt}
    for agent in agents:
        id_ = agent.profile.id
        if id_ in waiting and id_ in transcript.present and returned(children, id_, transcript.seq):
            return Choice(speaker=id_, rung=ANSWERED, reason="what it had opened has come to its end")
    return None


def closing(transcript: Transcript, child: str, *, found: bool = True) -> Closed:
    """What a child room came to."""
    own = [one for one in transcript.messages if is_agent(one.by) and not one.deleted and not one.recalled]
    words = (visible_text(one.text) for one in reversed(own) if not one.audience)
    reason = transcript.stopped.reason if transcript.stopped is not None else ""
    usage: Usage | None = None
    for one in transcript.usage.values():
        usage = one if usage is None else usage + one
    return Closed(
        child=child,
        text=next((text for text in words if text.strip()), ""),
        files=_distinct([file for one in own if not one.audience for file in one.files]),
        reason=reason if found else "The team that was to work there is not known any more.",
        usage=usage,
        turns=transcript.floor.spoken,
    )


def _distinct(files: Sequence[FileRef]) -> tuple[FileRef, ...]:
    """The files, of those with one name the newest."""
    return tuple({file.name: file for file in files}.values())
