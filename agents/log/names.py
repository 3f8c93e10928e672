"""What models call the participants of a room: each by a name that nobody else there has, and nobody by an id."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from agents.log.participants import ParticipantId, Profile, is_agent, is_person, short_name
from agents.log.transcript import Transcript

NAMELESS = "somebody"
"""What a person is called whom the room does not know by a name."""

LONGEST_NAME = 80

_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+")


def unique_names(profiles: Iterable[Profile]) -> dict[ParticipantId, str]:
    """A name for each participant, unlike those of all others: an agent's handle, a person's display name.

    Of several people who are called the same, upper and lower case aside, the first keeps the name and the next ones
    are numbered. A person who is called like an agent is numbered too, because agents keep their names.

        first, second = (Profile(id=f"person:slack/T1/U{number}", name="Ana") for number in (1, 2))
        assert list(unique_names([first, second]).values()) == ["Ana", "Ana (2)"]
    """
    everybody = tuple(profiles)
    names: dict[ParticipantId, str] = {}
    taken: set[str] = set()
    for agent in everybody:
        if is_agent(agent.id):
            names[agent.id] = agent.handle
            taken.update(map(_compared, (agent.handle, agent.name, *agent.aliases)))
    numbers: dict[str, int] = {}
    for person in everybody:
        if is_agent(person.id):
            continue
        name = unique = _UNSEEN.sub(" ", person.name).strip()[:LONGEST_NAME] or NAMELESS
        key = _compared(name)
        while _compared(unique) in taken:
            number = numbers[key] = numbers.get(key, 1) + 1
            unique = f"{name} ({number})"
        taken.add(_compared(unique))
        names[person.id] = unique
    return names


def _compared(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def name_in(names: Mapping[ParticipantId, str], participant: ParticipantId) -> str:
    """What models call this participant, given the `unique_names` of the room."""
    return names.get(participant) or (NAMELESS if is_person(participant) else short_name(participant))


def called(transcript: Transcript, participant: ParticipantId) -> str:
    """What models call this participant of the room."""
    return name_in(unique_names(transcript.known.values()), participant)


def addressable(transcript: Transcript) -> Iterator[Profile]:
    """Whom a text of this room may address: who takes part, in the order of joining, then authors of background.

    People come under the names that models know them by (`unique_names`), so that ``@Ana (2)`` is found.

        mentions = mentions_in("Could @Ana (2) look at it?", addressable(transcript))
    """
    names = unique_names(transcript.known.values())
    background = {one.by for one in transcript.messages if one.recalled and not one.deleted}
    read = (profile for profile in transcript.known.values() if profile.id in background - transcript.present.keys())
    for profile in (*transcript.present.values(), *read):
        yield profile if is_agent(profile.id) else replace(profile, name=name_in(names, profile.id))


def person_called(transcript: Transcript, name: str) -> ParticipantId | None:
    """The person present whom a model means by this name; None where nobody is called so.

    A name that the room gives (`unique_names`) comes first. Then a person's own name counts, what is typed after ``@``
    to address them, and their id.
    """
    wanted = _compared(name.strip().removeprefix("@"))
    names = unique_names(transcript.known.values())
    exact = (one.id for one in transcript.people if _compared(name_in(names, one.id)) == wanted)
    loose = (one.id for one in transcript.people if wanted in map(_compared, (one.name, one.handle, one.id)))
    return next(exact, None) or next(loose, None)
