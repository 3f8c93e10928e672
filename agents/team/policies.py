"""Who speaks next: policies that compose into a ladder, whose rungs are tried in order.

A policy sees a `Situation` and decides (see `agents.team.situation`). A `Choice` gives an agent the floor, a `Stop`
ends the conversation, a `Wait` lets nobody speak for now, an `Asked` lets a person decide, a narrower `Situation` binds
the policies after it, and None is no opinion. `first` tries policies in order; where none of them has an opinion,
nobody speaks. A plain function of the transcript, sync or async, is a policy too (AutoGen's
``speaker_selection_method``).

`round_robin`, `random`, `along` and `handed_over` wait while whoever they follow waits for an answer. What a person
says besides is given to somebody as usual.
"""

import random as randomness
from collections.abc import Mapping

from msgspec import Struct

from agents.log.events import Asked
from agents.log.participants import ParticipantId, is_person
from agents.log.transcript import Message, is_news
from agents.log.used_names import Named, names_used_by
from agents.team.custom_policy import Speakers, as_policy
from agents.team.situation import (
    Choice,
    Decision,
    Follows,
    Graph,
    Policy,
    Quick,
    Situation,
    Stop,
    Wait,
    WhileWaiting,
    checked,
    graph_of,
    opens,
    quick,
)
from agents.turn.turn import AgentTeam, HasTeams


class _First(Struct, frozen=True):
    policies: tuple[Policy, ...]

    @property
    def teams(self) -> Mapping[str, AgentTeam]:
        """The teams that any of them sets to work in child rooms."""
        return {key: team for one in self.policies if isinstance(one, HasTeams) for key, team in one.teams.items()}

    @property
    def graph(self) -> Graph:
        return {name: after for one in self.policies for name, after in graph_of(one).items()}

    @property
    def quick(self) -> bool:
        return all(map(quick, self.policies))

    @property
    def opens(self) -> bool:
        rungs = [one for one in self.policies if one is not mentioned]  # it may stand before any rule
        return not rungs or any(map(opens, rungs))

    @property
    def names(self) -> tuple[Named, ...]:
        return tuple([name for one in self.policies for name in names_used_by(one)])

    async def choose(self, situation: Situation) -> Decision:
        narrowed = situation
        for policy in self.policies:
            decision = await policy.choose(narrowed)
            if isinstance(decision, Situation):
                narrowed = decision
            elif decision is not None:
                return decision
        return None


def first(*policies: Speakers) -> Policy:
    """Ask the policies in order; the first that has an opinion decides.

    A policy that narrows the situation (`only`, `along`) binds those after it. Functions of the transcript are fine.
    Raises `WrongUse` for what is neither a policy nor such a function.

        def runner_follows_code(transcript: Transcript) -> str | None:
            return "runner" if transcript.last.code else None

        team = Team(agents=[coder, runner], speakers=first(mentioned, runner_follows_code, round_robin))
    """
    return _First(tuple(as_policy(policy) for policy in policies))


def laddered(*policies: Policy) -> Policy:
    """These policies as one ladder: the rungs of ladders among them bind what comes after them, too."""
    rungs = [one.policies if isinstance(one, _First) else (one,) for one in policies]
    return _First(tuple([rung for some in rungs for rung in some]))


class _Mentioned(Quick, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        transcript = situation.transcript
        addressing = [message for message in transcript.open_messages if message.addressed]
        if not addressing:
            return None
        by_id = {profile.id: profile for profile in situation.present}
        for message in addressing:
            for participant in message.addressed:
                if participant in by_id and participant != message.by and message.visible_to(participant):
                    heard = transcript.floor.heard.get(participant, 0)
                    if heard < message.seq and _within(situation.graph, message, participant):
                        reason = f"{transcript.name_of(message.by)} addressed {by_id[participant].name}"
                        return Choice(speaker=participant, rung="mentioned", reason=reason)
        return None


def _within(graph: Graph, message: Message, addressed: ParticipantId) -> bool:
    """Whether the team's transitions let its author give the floor to whom it addresses; they do not bind people."""
    return not graph or is_person(message.by) or addressed in graph.get(message.by, ())


mentioned: Policy = _Mentioned()
"""Whoever is addressed by name, by ``@name`` or by a reply; several in text order, each once. No model is asked.

Every team asks this first, unless it is made with ``mentions=False``. Where the team has a transition graph, an agent
that addresses another gives it the floor only along the graph.

    team = Team(agents=[coder, reviewer], mentions=False, speakers=first(handed_over, mentioned, round_robin))
"""


class _HandedOver(Follows, frozen=True):
    while_waiting: WhileWaiting = "hold"

    def __call__(self, *, while_waiting: WhileWaiting = "hold") -> "_HandedOver":
        return _HandedOver(checked(while_waiting))

    async def choose(self, situation: Situation) -> Decision:
        transcript = situation.transcript
        message = next((one for one in reversed(transcript.messages) if is_news(one)), None)
        if message is None or message.seq <= transcript.start:
            return None
        if is_person(message.by):
            return _back_from(message, situation)
        if message.handoff is None:
            return None
        target, giver = message.handoff, transcript.name_of(message.by)
        if target == "stop":
            return Stop(reason=f"{giver} ended the conversation.")
        reason = f"{giver} handed over to {transcript.name_of(target)}"
        if is_person(target):
            return Wait(reason=reason)
        if any(profile.id == target for profile in situation.candidates):
            return Choice(speaker=target, rung="handoff", reason=reason)
        return situation.awaited if self.while_waiting == "hold" and situation.last_speaker == target else None


def _back_from(message: Message, situation: Situation) -> Choice | None:
    """Whoever handed the floor over to this person, whose plain words answer it."""
    giving = situation.transcript.handoff_to(message.by)
    if giving is None or all(profile.id != giving.by for profile in situation.candidates):
        return None
    transcript = situation.transcript
    reason = f"{transcript.name_of(message.by)} answered {transcript.name_of(giving.by)}"
    return Choice(speaker=giving.by, rung="handoff", reason=reason)


handed_over = _HandedOver()
"""Whoever the newest message hands the floor to; to a person: the room waits; to ``stop``: the conversation ends.

What that person then writes in plain words goes back to whoever handed over. While the agent that was given the floor
waits for an answer, the room waits too, but for ``handed_over(while_waiting="go_on")``.

    planner = assistant("planner", hands_over_to=["coder", "stop"])
    team = Team(agents=[planner, coder], speakers=handed_over)
"""


class _RoundRobin(Quick, frozen=True):
    while_waiting: WhileWaiting = "hold"

    def __call__(self, *, while_waiting: WhileWaiting = "hold") -> "_RoundRobin":
        return _RoundRobin(checked(while_waiting))

    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        if self.while_waiting == "hold" and (wait := situation.awaited) is not None:
            return wait
        speaker = situation.next_of(situation.candidates)
        return Choice(speaker=speaker, rung="round_robin", reason="next in the round")


round_robin = _RoundRobin()
"""One agent after the other in the team's order; whoever has nothing new to answer is skipped.

While the one whose turn it was waits for an answer, all wait, but for ``round_robin(while_waiting="go_on")``.

    panel = Team(agents=[student, expert, critic], speakers=round_robin)
"""


class _Random(Quick, frozen=True):
    seed: int = 0
    while_waiting: WhileWaiting = "hold"

    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        if self.while_waiting == "hold" and (wait := situation.awaited) is not None:
            return wait
        transcript = situation.transcript
        # The log's own numbers make the draw, so that the same room can be run again and gives the same speakers.
        chance = randomness.Random(f"{self.seed}/{transcript.room}/{transcript.seq}")
        return Choice(speaker=chance.choice(situation.candidates).id, rung="random", reason="drawn by chance")


def random(seed: int = 0, *, while_waiting: WhileWaiting = "hold") -> Policy:
    """One of those who have something new to answer, by chance.

    The same seed, room and log give the same speakers. While the one drawn last waits for an answer, all wait, unless
    ``while_waiting`` is ``"go_on"``.

        panel = Team(agents=[student, expert, critic], speakers=random(seed=7))
    """
    return _Random(seed, checked(while_waiting))


class _Manual(Quick, frozen=True):
    async def choose(self, situation: Situation) -> Decision:
        if not situation.candidates:
            return None
        transcript = situation.transcript
        last_turn = transcript.floor.past[-1].seq if transcript.floor.past else 0
        for question in reversed(transcript.questions):
            answer = question.answer
            if (
                question.asked.kind == "speaker"
                and answer is not None
                and answer.seq > max(last_turn, _news(situation))
            ):
                for profile in situation.present:
                    if answer.words in (profile.name, profile.handle):
                        reason = f"{transcript.name_of(answer.by)} chose {profile.name}"
                        return Choice(speaker=profile.id, rung="manual", reason=reason)
                return Wait(reason="nobody was chosen")  # the time was up, or the one chosen has left
        if any(question.asked.kind == "speaker" for question in transcript.open_questions):
            return Wait(reason="a person is choosing who speaks")
        names = tuple(profile.name for profile in situation.candidates)
        return Asked(text="Who speaks next?", kind="speaker", options=names)


def _news(situation: Situation) -> int:
    """The seq of the newest message: a choice that a person made before it was about something else."""
    return next((one.seq for one in reversed(situation.transcript.messages) if not one.recalled), 0)


manual: Policy = _Manual()
"""A person chooses by button, each time.

    panel = Team(agents=[student, expert, critic], speakers=first(mentioned, manual))
"""


def named_policies() -> Mapping[str, Policy]:
    """The policies that a function or a config file may name; ``auto`` is in `agents.team.model_choice`."""
    return {"round_robin": round_robin, "random": random(), "manual": manual}
