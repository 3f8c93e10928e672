"""When agents go round in circles: a reason to pause and ask a person."""

from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from agents.log.participants import ParticipantId, is_agent, is_person, short_name
from agents.log.transcript import Message, Transcript
from agents.team.courtesies import content, words_of
from agents.team.termination import visible_text
from agents.turn.attempts import SAME_CALLS

EMPTY_REPLIES = 3
"""After how many empty replies in a row."""

COURTESIES = 4
"""After how many messages in a row that say nothing new."""

SAME_TEXTS = 3
"""After how many messages in a row with the same text."""

LONGEST_REPEATED = 2_000
"""How many characters a message has at most that counts as said again; longer ones are drafts that are handed on."""

LONGEST_COURTESY = 200
"""How many characters a message has at most that may say nothing new."""

REMEMBERED = 40
"""How many messages back it counts what was said before."""


def runaway(transcript: Transcript, limit: int = 12) -> str | None:
    """Why the agents should not go on by themselves, as a sentence; None while all is well.

    There are five reasons: ``limit`` agent turns without a person, the same tool call three times in a row, three empty
    replies, the same text three times in a row, and four short messages that say nothing new: courtesies ("Thanks!",
    "You're welcome!"), or what was said before in about the same words. The last two count only where somebody has
    spoken twice and nothing was done meanwhile; a long draft that is handed on unchanged is not counted as the same
    text. All are counted anew once a person speaks or answers.
    """
    if transcript.exchange.since_person >= limit:
        return f"The agents took {limit} turns without a person; write something to let them go on."
    for sign in _signs(transcript):
        if sign is not None and not _attended(transcript, sign.since):
            return f"{sign.what}; write something to let them go on."
    return None


class _Sign(Struct, frozen=True):
    """A sign of going in circles: ``what`` it is in words, and ``since`` which seq."""

    what: str
    since: int


def _signs(transcript: Transcript) -> Iterator[_Sign | None]:
    yield _same_calls(transcript)
    newest = tuple(islice(_of_agents(transcript), COURTESIES))
    yield _empty_replies(newest[:EMPTY_REPLIES])
    yield _courtesies(transcript, newest)
    yield _same_texts(transcript, newest)


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


def _empty_replies(newest: Sequence[Message]) -> _Sign | None:
    if len(newest) < EMPTY_REPLIES or not all(map(_is_empty, newest)):
        return None
    return _Sign(f"The last {EMPTY_REPLIES} replies of the agents were empty", newest[-1].seq)


def _courtesies(transcript: Transcript, newest: Sequence[Message]) -> _Sign | None:
    if len(newest) < COURTESIES or not _is_exchange(transcript, newest):
        return None
    names = _words_of_names(transcript)
    if not all(_says_nothing_new(transcript, message, names) for message in newest):
        return None
    return _Sign(f"The agents ({_names(transcript, newest)}) exchange nothing but courtesies", newest[-1].seq)


def _same_texts(transcript: Transcript, newest: Sequence[Message]) -> _Sign | None:
    if len(newest) < SAME_TEXTS:
        return None
    names = _words_of_names(transcript)
    same: list[Message] = []
    for message in _of_agents(transcript):
        if message.files or message.handoff or len(message.text) > LONGEST_REPEATED:
            break
        if same and _text(message.text, names) != _text(same[0].text, names):
            break
        same.append(message)
    if len(same) < SAME_TEXTS or not _is_exchange(transcript, same):
        return None
    names_of_all = _names(transcript, same)
    return _Sign(f"The last {len(same)} messages ({names_of_all}) say the same", same[-1].seq)


@lru_cache(maxsize=1024)
def _text(text: str, names: frozenset[str]) -> Sequence[str]:
    """A text without names, blanks and signs; a text without any words as it is."""
    words = words_of(text)
    return [word for word in words if word not in names] or words or text.split()


def _is_exchange(transcript: Transcript, messages: Sequence[Message]) -> bool:
    """Whether somebody spoke twice in these messages, newest first, and nothing was done meanwhile.

    Where everybody has said thanks once, or voted alike, nobody goes in circles.
    """
    if len({one.by for one in messages}) >= len(messages):
        return False
    since = messages[-1].seq
    last_run = transcript.runs[-1].seq if transcript.runs else 0
    return last_run <= since and all(note.seq <= since for note in transcript.notes.values())


def _names(transcript: Transcript, messages: Sequence[Message]) -> str:
    return " and ".join(sorted({transcript.name_of(one.by) for one in messages}))


def _of_agents(transcript: Transcript) -> Iterator[Message]:
    """The newest messages, newest first, as long as they are by agents; background is passed over."""
    for message in reversed(transcript.messages):
        if message.recalled:
            continue
        if message.deleted or not is_agent(message.by):
            return
        yield message


def _is_empty(message: Message) -> bool:
    return not (message.files or message.handoff or visible_text(message.text).strip())


def _says_nothing_new(transcript: Transcript, message: Message, names: frozenset[str]) -> bool:
    """Whether a short message is about nothing, or about no more than one short message of agents before it."""
    about = _about(message, names)
    if about is None:
        return False
    before = (one for one in transcript.messages[-REMEMBERED:] if one.seq < message.seq and is_agent(one.by))
    return not about or any(
        about <= known for one in before if not one.recalled and (known := _about(one, names)) is not None
    )


def _about(message: Message, names: frozenset[str]) -> Set[str] | None:
    """What a message is about, and whom it addresses; None where that is more than a few words, or none at all."""
    if message.files or message.handoff:
        return None
    about = _about_text(message.text, names)
    return about.union(message.addressed) if about is not None and message.addressed else about


@lru_cache(maxsize=1024)
def _about_text(text: str, names: frozenset[str]) -> frozenset[str] | None:
    shown = visible_text(text)
    return content(shown) - names if len(shown) <= LONGEST_COURTESY and words_of(shown) else None


def _words_of_names(transcript: Transcript) -> frozenset[str]:
    return _words_of_all(tuple([(one.id, one.name) for one in transcript.known.values()]))


@lru_cache(maxsize=256)
def _words_of_all(known: tuple[tuple[ParticipantId, str], ...]) -> frozenset[str]:
    text = " ".join(f"{name} {short_name(id_)}" for id_, name in known)
    return content(text) | frozenset(words_of(text))
