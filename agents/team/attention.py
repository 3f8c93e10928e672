"""Whether any agent of the team should speak at all. Which one speaks is for the speaker policy to say."""

import json
from typing import Literal, TypeAlias, assert_never

from agents.errors import ModelFailed
from agents.log.participants import SYSTEM, is_agent, is_person
from agents.log.transcript import Message, Transcript, is_news
from agents.ports import ModelMessage, ModelRequest
from agents.team.situation import Think
from agents.turn.message_text import as_all_read

Attention: TypeAlias = Literal["mentioned", "thread", "always", "judged"]
"""What a room's people must do to be answered.

``mentioned``: address an agent each time. ``thread``: address one once, then simply write. ``always``: simply write.
``judged``: address an agent, or write something that a cheap model finds worth an answer.
"""


def wants_floor(transcript: Transcript, attention: Attention) -> bool | None:
    """Whether the team is to speak now; None, with ``judged`` only, where a model is to decide (`worth_an_answer`).

    Once agents have begun to talk among themselves, they go on as their speaker policy says. A message that addresses
    only other people is never answered.
    """
    if _goes_on(transcript):
        return True
    verdicts = {
        _is_for_the_team(transcript, message, attention)
        for message in transcript.open_messages
        if (is_person(message.by) or message.by == SYSTEM) and message.seq > transcript.ended
    }
    return True if True in verdicts else None if None in verdicts else False


def waiting_message(transcript: Transcript, attention: Attention) -> Message | None:
    """A person's newest message that the team should answer, and that nobody who has spoken had read; None without."""
    read = transcript.ended
    for message in reversed(transcript.messages):
        if message.seq <= read:
            break
        if is_agent(message.by) and is_news(message):
            read = max(read, message.seq if message.upto is None else message.upto)
        elif is_person(message.by) and is_news(message) and _is_for_the_team(transcript, message, attention):
            return message
    return None


def _goes_on(transcript: Transcript) -> bool:
    """Whether the agents are in the middle of something that talk between people must not end.

    They are where the newest message is an agent's. They also are where people spoke after it and an agent has passed
    since, while another one has not had the floor yet to answer the agent.
    """
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
    """The newest message of an agent in a conversation that has not ended."""
    for message in reversed(transcript.messages):
        if message.seq <= transcript.ended:
            break
        if is_agent(message.by) and not message.deleted and (message.upto or message.seq) > transcript.ended:
            return message
    return None


def _is_for_the_team(transcript: Transcript, message: Message, attention: Attention) -> bool | None:
    others = [one for one in message.addressed if one != message.by]
    if any(is_agent(one) or one == SYSTEM for one in others):
        return True
    if others:
        return False
    # Whoever an agent has handed the floor to answers that agent, without having to address it.
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


JUDGE_READS = 12
"""How many of the newest messages since the last reset the judging model reads."""

_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


async def worth_an_answer(transcript: Transcript, think: Think, model: str) -> bool:
    """Ask ``model`` whether one of the agents should answer the newest messages; no where it fails or is undecided.

    ``think`` calls the model within the room's budgets. Raises `BudgetExceeded`, and `WrongUse` for an unknown model.
    """
    team = "\n".join(f"{one.handle}: {one.role}" for one in transcript.agents)
    system = f"People talk in a channel in which these agents listen:\n{team}"
    newest = [one for one in transcript.above(transcript.start)[-JUDGE_READS:] if not one.deleted and not one.audience]
    read = as_all_read(transcript, newest)
    ask = (
        "Should one of the agents speak now, because it is asked something or could help at once? "
        'If in doubt, no. Answer with a JSON object: {"answer": "yes"} or {"answer": "no"}.'
    )
    messages = [ModelMessage(role="system", text=system), *read, ModelMessage(role="user", text=ask)]
    request = ModelRequest(messages=messages, schema=_SCHEMA, settings={"temperature": 0})
    try:
        answer = await think(model, request)
    except ModelFailed:
        return False
    return _yes(answer.text)


def _yes(text: str) -> bool:
    """Whether a model's answer means yes: small models put words around the JSON object, or leave it out."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        match json.loads(text[begin : end + 1]) if 0 <= begin < end else None:
            case {"answer": str(answer)}:
                return answer.strip().casefold() == "yes"
            case _:
                return text.strip().casefold().startswith("yes")
    except ValueError:
        return False
