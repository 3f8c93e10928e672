"""When agents go round in circles: a reason to pause and ask a person."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from agents.log.participants import is_person
from agents.log.transcript import Message, Transcript
from agents.team.termination import visible_text

SAME_CALLS = 3
"""After how many calls of one tool in a row, with the same arguments, an agent is thought to go in circles."""

EMPTY_REPLIES = 3
"""After how many empty replies in a row."""

COURTESIES = 4
"""After how many messages in a row that hold nothing but courtesies."""


def runaway(transcript: Transcript, limit: int = 12) -> str | None:
    """Why the agents should not go on by themselves, as a sentence; None while all is well.

    There are four reasons: ``limit`` agent turns without a person, the same tool call three times in a row, three empty
    replies, and four courtesies ("Thanks!", "You're welcome!"). All are counted anew once a person speaks or answers.
    """
    if transcript.exchange.since_person >= limit:
        return f"The agents took {limit} turns without a person; write something to let them go on."
    for sign in (_same_calls(transcript), _empty_replies(transcript), _courtesies(transcript)):
        if sign is not None and not _attended(transcript, sign.since):
            return f"{sign.what}; write something to let them go on."
    return None


class _Sign(Struct, frozen=True):
    """A sign of going in circles: ``what`` it is in words, and ``since`` which seq."""

    what: str
    since: int


def _attended(transcript: Transcript, since: int) -> bool:
    """Whether a person spoke or answered, or the conversation began anew, after that seq."""
    if transcript.exchange.start > since:
        return True
    answers = (question.answer for question in transcript.questions)
    return any(one is not None and one.seq > since and not one.expired for one in answers) or any(
        is_person(message.by) and not message.recalled for message in transcript.messages if message.seq > since
    )


def _same_calls(transcript: Transcript) -> _Sign | None:
    if len(transcript.runs) < SAME_CALLS:
        return None
    last = transcript.runs[-1]
    # Other agents may call tools in between, so the newest dozen of all runs is looked at; older ones cost nothing.
    own = [run for run in transcript.runs[-4 * SAME_CALLS :] if run.by == last.by][-SAME_CALLS:]
    same = all((run.tool, run.arguments) == (last.tool, last.arguments) for run in own)
    if len(own) < SAME_CALLS or not same:
        return None
    name = transcript.name_of(last.by)
    return _Sign(f"{name} called {last.tool} {SAME_CALLS} times in a row with the same arguments", own[0].seq)


def _empty_replies(transcript: Transcript) -> _Sign | None:
    newest = _newest_of_agents(transcript, EMPTY_REPLIES, _is_empty)
    if not newest:
        return None
    return _Sign(f"The last {EMPTY_REPLIES} replies of the agents were empty", newest[0].seq)


def _courtesies(transcript: Transcript) -> _Sign | None:
    newest = _newest_of_agents(transcript, COURTESIES, lambda message: _is_courtesy(transcript, message))
    speakers = {one.by for one in newest}
    # Where everybody has said thanks once, nobody goes in circles; this also holds for no such messages at all.
    if len(speakers) >= len(newest):
        return None
    names = " and ".join(sorted(transcript.name_of(one) for one in speakers))
    return _Sign(f"The agents ({names}) exchange nothing but courtesies", newest[0].seq)


def _newest_of_agents(transcript: Transcript, n: int, such: Callable[[Message], bool]) -> Sequence[Message]:
    """The newest ``n`` messages if all are by agents and are such, else nothing; the newest one is looked at first."""
    newest: list[Message] = []
    for message in reversed(transcript.messages):
        if message.recalled:
            continue
        if message.deleted or message.person is not None or not such(message):
            break
        newest.append(message)
        if len(newest) == n:
            return newest[::-1]
    return ()


def _is_empty(message: Message) -> bool:
    return not (message.files or message.handoff or visible_text(message.text).strip())


_WORDS = re.compile(r"[^\W_]+")
_COURTESY = frozenset(
    _WORDS.findall(
        """
        appreciate appreciated awesome bye cheers excellent fantastic glad goodbye great likewise luck noted ok okay
        perfect pleasure sure thank thanks understood welcome wonderful
        bitte danke gern gerne gracias grazie merci nada obrigada obrigado prego rien
        """
    )
)
_AROUND_IT = frozenset(
    _WORDS.findall(
        """
        a again all always am and anytime are be best care could day everyone feel for free friend further good happy
        have help here how i if in is it job keep kind know later let ll lovely m me mutual my nice of our out re reach
        really s same see so soon t take team that the then this to too touch up ve very was we well will wish with
        work working you your
        """
    )
)


def _is_courtesy(transcript: Transcript, message: Message) -> bool:
    """Whether a message holds only words of courtesy and names; one with a number or a question is about something."""
    text = visible_text(message.text)
    if len(text) > 200 or "?" in text or message.files or message.handoff:
        return False
    words = set(_WORDS.findall(text.casefold()))
    if words.isdisjoint(_COURTESY):
        return False
    names = " ".join(f"{one.name} {one.handle}" for one in transcript.known.values())
    return words <= _COURTESY | _AROUND_IT | set(_WORDS.findall(names.casefold()))
