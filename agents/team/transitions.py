"""Transition graphs: which agents may follow which, and who speaks where a ladder only follows up what was said."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from agents.log.participants import agent_id, is_agent, is_person, short_name
from agents.log.transcript import is_news
from agents.log.used_names import Named, named, one_or_more
from agents.team.situation import (
    Choice,
    Decision,
    Follows,
    Graph,
    Policy,
    Quick,
    Situation,
    Stop,
    WhileWaiting,
    checked,
)


class _Along(Follows, frozen=True):
    graph: Graph
    while_waiting: WhileWaiting = "hold"

    @property
    def names(self) -> tuple[Named, ...]:
        """The agents of the graph."""
        used = dict.fromkeys([one for before, after in self.graph.items() for one in (before, *after)])
        return named("The transition graph", [short_name(one) for one in used])

    async def choose(self, situation: Situation) -> Decision:
        transcript, last = situation.transcript, situation.last_speaker
        if self.while_waiting == "hold" and (wait := situation.awaited) is not None:
            return wait
        newest = next((one for one in reversed(transcript.messages) if is_news(one)), None)
        if last is None or newest is None or not is_agent(newest.by):
            return None  # what a person says is not bound by the graph
        successors = self.graph.get(last, ())
        if not successors:
            reason = f"{transcript.name_of(last)} has no successor in the transition graph."
            return Stop(reason=reason, kind="graph")
        narrowed = situation.among(lambda profile: profile.id in successors)
        if not narrowed.present:
            names = ", ".join(transcript.name_of(one) for one in successors)
            return Stop(reason=f"None of {transcript.name_of(last)}'s successors ({names}) can speak.", kind="graph")
        if len(narrowed.present) == 1:
            only = narrowed.present[0]
            reason = f"the only successor of {transcript.name_of(last)}"
            return Choice(speaker=only.id, rung="graph", reason=reason)
        # A successor may have nothing new to answer (itself, in a self-loop): the graph lets it speak all the same.
        return replace(narrowed, candidates=narrowed.present)


def along(graph: Mapping[str, Sequence[str]], *, while_waiting: WhileWaiting = "hold") -> Policy:
    """After an agent, only its listed successors may speak; where none is listed, the conversation ends.

    ``graph`` has the names of the agents that may follow by the name of the agent that spoke, as in AutoGen's
    transition graphs. One successor is chosen at once; of several, the policies that follow choose, and where there are
    none, the next in the team's order speaks. What a person says is not bound by the graph: the policies that follow
    say who answers, else the team's first agent does. While the agent that spoke last waits for an answer, all wait,
    unless ``while_waiting`` is ``"go_on"``. `Team` checks the names.

        graph = along({"coder": ["runner"], "runner": ["coder", "planner"]})
        team = Team(agents=[coder, runner, planner], speakers=first(graph, model_chooses()))
    """
    successors = {agent_id(name): tuple(map(agent_id, one_or_more(after))) for name, after in graph.items()}
    return _Along(successors, checked(while_waiting))


class Beginning(Quick, frozen=True):
    """Who speaks where a ladder only follows up what was said, and finds nobody: the last rung of such a ladder.

    A person's message is answered by the team's first agent, or, in a team that goes by handoffs, by whoever had the
    floor last, as in AutoGen's Swarm. Of several successors that a graph leaves, the next in the team's order speaks.
    """

    resumes: bool

    async def choose(self, situation: Situation) -> Decision:
        transcript, last = situation.transcript, situation.last_speaker
        eligible = situation.candidates
        if not eligible or not (situation.graph or is_person(transcript.last.by)):
            return None
        if not situation.graph and (wait := situation.awaited) is not None:
            return wait
        if not is_person(transcript.last.by):
            return Choice(speaker=situation.next_of(eligible), rung="graph", reason="the next of several successors")
        if self.resumes and any(profile.id == last for profile in eligible):
            reason = f"{transcript.name_of(last or '')} had the floor last"
            return Choice(speaker=last or "", rung="beginning", reason=reason)
        return Choice(speaker=eligible[0].id, rung="beginning", reason="the first of the team begins")
