"""Why nobody speaks: what is written down of it, and when people are told."""

from agents.log.events import Rested, Usage
from agents.log.participants import is_agent
from agents.log.transcript import Message, Transcript, is_news
from agents.team.attention import Attention, waiting_message
from agents.team.situation import Nobody

NOBODY_CHOSEN = Nobody(rung="speakers", reason="No rule of the team chose anybody.")
EVERYBODY_PASSED = Nobody(rung="passed", reason="Everybody who could answer has passed.")
NOT_WORTH_IT = Nobody(rung="judged", reason="The judging model found that nobody has to speak.")
SPOKE_UP = Nobody(rung="", reason="Somebody spoke up while a speaker was being chosen.")
TOO_LATE = Nobody(rung="", reason="The room was stopped or halted while a speaker was being chosen.")


def undecided(reason: str) -> Nobody:
    """Why nobody speaks where the speaker policy waits, asks a person, or ends the conversation."""
    return Nobody(rung="speakers", reason=reason)


def newest_message(transcript: Transcript) -> int:
    """The seq of the newest message that still counts; 0 where nothing was said."""
    for message in reversed(transcript.messages):
        if is_news(message):
            return message.seq if message.seq > transcript.start else 0
    return 0


def is_decided(transcript: Transcript) -> bool:
    """Whether it is written down that nobody speaks, and nothing has happened since that could change it."""
    rest = transcript.floor.rested
    newest = newest_message(transcript), transcript.revision
    return rest is not None and rest.stands and (rest.upto, rest.revision) == newest


def rest_after(
    transcript: Transcript, attention: Attention, why: Nobody, cost: Usage | None, *, waits: bool = False
) -> Rested | None:
    """What is written down where nobody speaks; None where it has cost nothing and leaves nobody without an answer.

    ``waits`` says that the room waits for somebody, who may answer still.
    """
    message = None if waits else waiting_message(transcript, attention)
    unanswered = message is not None and _is_news_to_people(transcript, message, cost)
    if cost is None and not unanswered:
        return None
    reason = f"Nobody answers. {why.reason}{_how_to_ask(transcript)}" if unanswered else why.reason
    return Rested(upto=newest_message(transcript), rung=why.rung, reason=reason, choosing=cost, unanswered=unanswered)


def _is_news_to_people(transcript: Transcript, message: Message, cost: Usage | None) -> bool:
    """Whether people should be told that the message stays without an answer."""
    rest = transcript.floor.rested
    if rest is not None and rest.told >= message.seq:
        return False  # they were
    if any(is_agent(question.by) and question.seq > message.seq for question in transcript.open_questions):
        return False  # a person is asked first
    if any(child.open for child in transcript.children.values()):
        return False  # a conversation of its own is at work
    turns = [turn for turn in transcript.floor.past if turn.upto >= message.seq]
    # Where plain functions alone have passed, silence is what they mean.
    return not turns or cost is not None or any(turn.model or turn.usage or turn.choosing for turn in turns)


def _how_to_ask(transcript: Transcript) -> str:
    first = next(iter(transcript.agents), None)
    return f" To ask somebody, write a name: @{first.handle}." if first else ""
