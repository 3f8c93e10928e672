"""What a policy gave, before it is followed: a user's policy may give anything."""

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Asked, Noted
from agents.log.used_names import nearest_first
from agents.team.situation import Choice, Decision, Nobody, Open, Policy, Situation, Stop, Wait

_DECISIONS = (Choice, Nobody, Stop, Wait, Asked, Noted, Open, Situation, type(None))


def followable(decision: object, situation: Situation, *, by: Policy) -> Decision:
    """The decision of the policy ``by``, with the speaker's id for its name.

    An agent that has had the floor since the newest message has passed, and is not given it again; nor is one that
    could only wait. Raises `WrongUse` for what is no decision, and for a speaker that is not here.
    """
    if not isinstance(decision, _DECISIONS):
        raise WrongUse(f"The speaker policy {type(by).__name__} gave {decision!r}; it may give a Choice, STOP or None.")
    if not isinstance(decision, Choice):
        return decision
    if decision.speaker in [one.id for one in situation.present]:
        return decision
    name, agents = decision.speaker, situation.transcript.agents
    speaker = next((one for one in agents if name in (one.id, one.handle, one.name)), None)
    if speaker is None:
        here = nearest_first(name, [one.handle for one in agents])
        raise WrongUse(f"{name} was chosen to speak and is not here; these agents are: {here}.")
    if all(one.id != speaker.id for one in situation.present):
        return Nobody(rung=decision.rung, reason=f"{speaker.name} was chosen, and has passed or waits for an answer.")
    return decision if decision.speaker == speaker.id else replace(decision, speaker=speaker.id)
