"""Functions of the transcript as policies, and what is said of things that are none."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias, TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Asked
from agents.log.participants import ParticipantId, Profile, agent_id, is_agent, short_name
from agents.log.transcript import Transcript
from agents.log.used_names import nearest_first
from agents.team.functions import called, transcript_function
from agents.team.inline import call_inline
from agents.team.situation import Choice, Decision, Follows, Nobody, Policy, Situation, Stop, Wait
from agents.turn.turn import Agent

POLICY_NAMES = ("auto", "round_robin", "random", "manual")
"""The policies that a text may name: in a config file, as ``speakers``, and as what a function returns."""

Chosen: TypeAlias = str | Agent | Choice | Nobody | Stop | Wait | Asked | None
"""What a function of the transcript may answer: an agent or its name, the name of a policy, a decision, or None."""

Custom: TypeAlias = Callable[[Transcript], Chosen | Awaitable[Chosen]]
"""A function of the transcript as a policy, sync or async."""

Speakers: TypeAlias = Policy | Custom | str
"""Whatever can stand for a policy: one, a function of the transcript, or the name of one of `POLICY_NAMES`."""


class _CustomPolicy(Struct, frozen=True):
    function: Callable[[Transcript], object]

    @property
    def name(self) -> str:
        return called(self.function)

    async def choose(self, situation: Situation) -> Decision:
        chosen = call_inline(self.function, situation.transcript)
        if inspect.isawaitable(chosen):
            chosen = await chosen
        match chosen:
            case None | Nobody() | Stop() | Wait():
                return chosen
            case Asked():
                return replace(chosen, of=tuple(map(str, chosen.of)))  # ids as they are kept
            case Choice():
                return replace(chosen, speaker=str(chosen.speaker), rung=chosen.rung or self.name)
            case str():
                return await self._named(chosen, situation)
            case _:
                pass
        agent = _id_of(chosen)
        if agent is not None:
            return await self._named(agent, situation)
        raise WrongUse(
            f"The speaker function {self.name} gave {chosen!r}; it may give the name of an agent "
            f"({_valid(situation.transcript)}), the agent itself, the name of a policy "
            f"({', '.join(POLICY_NAMES)}), a Choice, STOP, or None."
        )

    async def _named(self, name: str, situation: Situation) -> Decision:
        for profile in situation.present:
            if name in (profile.id, profile.handle, profile.name):
                return Choice(speaker=profile.id, rung=self.name, reason="the function named it")
        if name in situation.named:
            return await situation.named[name].choose(situation)
        if agent_id(name) in situation.transcript.present:
            return None  # it has had the floor since the newest message and passed, or could only wait
        raise WrongUse(
            f"The speaker function {self.name} chose {name!r}, which is neither an agent present "
            f"({_valid(situation.transcript, name)}) nor a policy ({', '.join(situation.named)})."
        )


def _valid(transcript: Transcript, name: str = "") -> str:
    handles = [profile.handle for profile in transcript.agents]
    return nearest_first(name, handles) if name else ", ".join(handles)


class _NamedPolicy(Struct, frozen=True):
    name: str

    async def choose(self, situation: Situation) -> Decision:
        return await situation.named[self.name].choose(situation)


class _Only(Follows, frozen=True):
    allowed: Callable[[Transcript], object]

    async def choose(self, situation: Situation) -> Decision:
        transcript = situation.transcript
        given = call_inline(self.allowed, transcript)
        names = _names(given)
        if names is None:
            raise WrongUse(
                f"The function {called(self.allowed)} of only(...) gave {given!r}; it may give a list of names."
            )
        # Agents that were sent away are known still: who allows them is not mistaken.
        known = [one for one in transcript.known if is_agent(one)]
        for name in names:
            if agent_id(name) not in known:
                valid = nearest_first(name, map(short_name, known))
                raise WrongUse(
                    f"The function {called(self.allowed)} of only(...) names {name!r}, and no agent here is called so; "
                    f"they are: {valid}."
                )
        ids = set(map(agent_id, names))
        return situation.among(lambda profile: profile.id in ids)


def _names(given: object) -> Sequence[str] | None:
    """The names, where these are names or agents; a text is a single name."""
    if isinstance(given, str):
        return (given,)
    if not _is_iterable(given):
        return None
    names = [one if isinstance(one, str) else _id_of(one) for one in given]
    return [name for name in names if name is not None] if None not in names else None


def _is_iterable(given: object) -> TypeGuard[Iterable[object]]:
    return isinstance(given, Iterable)


def _id_of(chosen: object) -> ParticipantId | None:
    """The id of an agent, for agents are what AutoGen's functions return; None for anything else."""
    profile = getattr(chosen, "profile", None)
    return profile.id if isinstance(profile, Profile) else None


def only(allowed: Callable[[Transcript], Sequence[str]]) -> Policy:
    """Let only the agents that ``allowed`` names be chosen by the policies after it.

    AutoGen's ``candidate_func``. Where none of them can speak, the policies after it find nobody. A name that no agent
    has stops the room with a sentence that says so. Raises `WrongUse` for what is no function of the transcript.

        def not_twice(transcript: Transcript) -> list[str]:
            return [one.handle for one in transcript.agents if one.id != transcript.last.by]

        team = Team(agents=[student, expert, critic], speakers=first(only(not_twice), random()))
    """
    return _Only(transcript_function(allowed, "only"))


def as_policy(speakers: object) -> Policy:
    """Make a policy of a function of the transcript, or of a policy's name; a policy is returned as it is.

    Raises `WrongUse` for anything else, and for a function that makes policies where a policy is wanted.
    """
    if isinstance(speakers, str):
        if speakers not in POLICY_NAMES:
            raise WrongUse(f"There is no policy {speakers!r}; choose one of {nearest_first(speakers, POLICY_NAMES)}.")
        return _NamedPolicy(speakers)
    if isinstance(speakers, Policy) and not isinstance(speakers, type):
        return speakers
    return _CustomPolicy(transcript_function(speakers, "speakers"))
