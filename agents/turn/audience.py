"""For whom a turn is: what an agent answers to a private message is private to the same people."""

from msgspec.structs import replace

from agents.log.events import Asked, Event, Said
from agents.log.participants import EVERYBODY, ParticipantId, is_person
from agents.log.transcript import Transcript


def audience_of_turn(transcript: Transcript, agent: ParticipantId) -> tuple[ParticipantId, ...]:
    """Who may see what the agent does if it gets the floor now, besides itself; empty means everybody.

    Its turn answers the newest message that it has newly read and that is for it, else the newest that it has newly
    read. It is for whoever wrote that message and whoever may see it. A turn that goes on with the answer to a private
    question is for those who may see that.
    """
    heard, going_on = transcript.floor.heard.get(agent, 0), transcript.questions
    if going_on:
        going_on = tuple([one for one in going_on if one.by == agent and one.answer and not one.dealt])
        for question in reversed(going_on):
            if question.asked.audience:
                return question.asked.audience
        heard = min([heard, *(one.heard for one in going_on)])
    since = max(heard, transcript.start)
    for message in transcript.above(since):
        if message.audience:
            break
    else:
        return ()  # as almost always
    news = transcript.since(since, ears=agent)
    answered = next((one for one in reversed(news) if agent in one.addressed or agent in one.audience), None)
    answered = answered or next(reversed(news), None)
    if answered is None or not answered.audience:
        return ()
    return tuple([one for one in dict.fromkeys((answered.by, *answered.audience)) if one != agent])


def for_audience(event: Event, audience: tuple[ParticipantId, ...]) -> Event:
    """The event as it is written down in a turn that is for this audience.

    A message without an audience of its own gets the turn's, and one to `EVERYBODY` gets none; whoever it hands the
    floor to sees it too. A question is put to the people of the audience, unless it names others, who then see it too.
    """
    if not audience and not (isinstance(event, Said) and event.audience):
        return event  # as almost always
    match event:
        case Said(audience=own) if EVERYBODY in own:
            return replace(event, audience=())
        case Said(audience=(), handoff=receiver) if audience:
            given = () if receiver is None or receiver == "stop" else (receiver,)
            return replace(event, audience=tuple(dict.fromkeys((*audience, *given))))
        case Asked(of=of, audience=()) if audience:
            seen_by = tuple(dict.fromkeys((*audience, *of)))
            return replace(event, of=of or tuple(filter(is_person, audience)), audience=seen_by)
        case _:
            return event
