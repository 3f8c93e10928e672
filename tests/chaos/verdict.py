"""What became of every message: what the store kept, and what people see, word by word."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from agents.log.events import Said
from agents.log.participants import is_agent, is_person
from agents.log.records import decode_event
from tests.chaos.teams import WORD

AGENTS = "cp"
"""With which letter the agents' words begin."""

_ANSWER = re.compile(r"\b([cp]\d+);")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Numbers of messages, and words of agents, that are not as they should be. Rooms where the order is wrong."""

    unheard: Sequence[str]
    heard_twice: Sequence[str]
    unanswered: Sequence[str]
    answered_twice: Sequence[str]
    not_posted: Sequence[str]
    posted_twice: Sequence[str]
    disordered: Sequence[str]
    records: int

    @property
    def lost(self) -> int:
        """Messages that are not in the store or have no answer, and words that nobody can read."""
        return len(self.unheard) + len(self.unanswered) + len(self.not_posted)

    @property
    def doubled(self) -> int:
        """What is there more than once."""
        return len(self.heard_twice) + len(self.answered_twice) + len(self.posted_twice)

    @property
    def is_clean(self) -> bool:
        """Whether all is as it should be."""
        return not (self.lost or self.doubled or self.disordered)


def wanted_of(numbers: Iterable[int]) -> set[str]:
    """The agents' words for these messages."""
    return {f"{letter}{number}" for number in numbers for letter in AGENTS}


def answers_in(texts: Sequence[str]) -> list[str]:
    """The agents' words, in order."""
    return [word for text in texts for word in _ANSWER.findall(text)]


def judge(store: Path, count: int, posted: Mapping[str, Sequence[str]]) -> Verdict:
    """Compare what ``count`` people's messages became with what is ``posted``: the texts of each room, in order."""
    heard: Counter[str] = Counter()
    said: defaultdict[str, list[str]] = defaultdict(list)
    records = 0
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        for room, by, type_, v, body in database.execute(
            "SELECT room, by, type, v, body FROM events ORDER BY room, seq"
        ):
            records += 1
            event = decode_event(type_, body, v=v)
            if isinstance(event, Said) and is_person(by) and not event.recalled:  # which is a copy, for background
                heard.update(WORD.findall(event.text))
            elif isinstance(event, Said) and is_agent(by):
                said[room] += answers_in([event.text])
    seen = {room: answers_in(texts) for room, texts in posted.items()}
    wanted = wanted_of(range(count))
    spoken = Counter(word for words in said.values() for word in words)
    shown = Counter(word for words in seen.values() for word in words)
    return Verdict(
        unheard=[str(number) for number in range(count) if not heard[str(number)]],
        heard_twice=[number for number, times in heard.items() if times > 1],
        unanswered=sorted(wanted - spoken.keys()),
        answered_twice=[word for word, times in spoken.items() if times > 1],
        not_posted=sorted((spoken - shown).elements()),
        posted_twice=sorted((shown - spoken).elements()),
        disordered=[room for room in said.keys() | seen.keys() if not _same(said[room], seen.get(room, []))],
        records=records,
    )


def _same(said: Sequence[str], seen: Sequence[str]) -> bool:
    """Whether what is in both has the same order in both."""
    both = set(said) & set(seen)
    pairs = zip_longest(*([one for one in dict.fromkeys(words) if one in both] for words in (said, seen)))
    return all(one == other for one, other in pairs)
