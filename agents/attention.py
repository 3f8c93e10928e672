"""Whether anybody in the team should speak at all (P41). Who speaks is the speaker policy's affair."""

from typing import Literal, TypeAlias, assert_never

from agents.participants import SYSTEM, is_agent, is_person
from agents.transcript import Message, Transcript, is_news

Attention: TypeAlias = Literal["mentioned", "thread", "always", "judged"]
"""What a room's people must do to be answered.

``mentioned``: address an agent. ``thread``: address one once, then simply write. ``always``: write. ``judged``: write
something that a rule or a cheap model finds worth an answer.
"""


def wants_floor(transcript: Transcript, attention: Attention) -> bool | None:
    """Whether the team is to speak now; None, with ``judged`` only, where the room's judge is to decide.

    Among themselves agents go on as their policy says. People who address only each other are left alone, always.
    """
    if _goes_on(transcript):
        return True
    verdicts = {
        _is_for_the_team(transcript, message, attention)
        for message in transcript.open_messages
        if is_person(message.by) and message.seq > transcript.episode.start
    }
    return True if True in verdicts else None if None in verdicts else False


def _goes_on(transcript: Transcript) -> bool:
    """Whether the agents are in the middle of something that talk between people must not end."""
    spoken = _last_of_agents(transcript)
    if spoken is None:
        return False
    newest = next(one for one in reversed(transcript.messages) if one.by != SYSTEM and is_news(one))
    if newest.seq == spoken.seq:
        return True
    past = transcript.floor.past
    passed_since = bool(past) and past[-1].seq > spoken.seq
    return passed_since and any(
        transcript.floor.heard.get(agent.id, 0) < spoken.seq for agent in transcript.agents if agent.id != spoken.by
    )


def _last_of_agents(transcript: Transcript) -> Message | None:
    """The newest message of an agent in this episode."""
    for message in reversed(transcript.messages):
        if message.seq <= transcript.episode.start:
            break
        if is_agent(message.by) and not message.deleted:
            return message
    return None


def _is_for_the_team(transcript: Transcript, message: Message, attention: Attention) -> bool | None:
    others = [one for one in message.addressed if one != message.by]
    if any(is_agent(one) or one == SYSTEM for one in others):
        return True
    if others:
        return False
    spoken = _last_of_agents(transcript)
    if spoken is not None and spoken.handoff == message.by:
        return True
    match attention:
        case "mentioned":
            return False
        case "thread":
            return transcript.floor.read > 0
        case "always":
            return True
        case "judged":
            return None
        case _:
            assert_never(attention)
