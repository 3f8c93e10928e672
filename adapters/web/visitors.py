"""Who is who in the web room: a name once a tab, a secret token to prove it afterwards."""

import asyncio
import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Iterable

from agents.errors import WrongUse
from agents.log.participants import SYSTEM, Profile
from agents.ports import Facts

NAMESPACE = "web_people"
MAX_NAME = 40
MAX_PEOPLE = 10_000

_RESERVED = (SYSTEM, "tertulia", "here", "everyone", "channel", "all")


class Visitors:
    """The people of this web room, kept in ``Facts`` under the hash of their token: a restart loses nobody."""

    def __init__(self, records: Facts) -> None:
        self._records = records
        self._known: dict[str, Profile] | None = None
        self._lock = asyncio.Lock()

    async def enter(self, name: str, agents: Iterable[Profile]) -> tuple[str, Profile]:
        """Give a new person called ``name`` a token. A second Ana is *Ana 2*, with an id of her own.

        Raises `WrongUse` for a name that is empty, too long, or one of the agents'.
        """
        name = tidy(name)
        if not name:
            raise WrongUse("A name needs at least one letter or digit; write the one you want to be called.")
        if len(name) > MAX_NAME:
            raise WrongUse(f"A name has at most {MAX_NAME} characters; choose a shorter one.")
        theirs = {_key(each) for agent in agents for each in (agent.name, agent.handle, *agent.aliases)}
        if _key(name) in theirs or _key(name) in _RESERVED:
            raise WrongUse(f"{name} is an agent's name here; choose another one for yourself.")
        async with self._lock:
            known = await self._loaded()
            if len(known) >= MAX_PEOPLE:
                raise WrongUse("This web room has as many people as it can hold; ask whoever runs it to remove some.")
            profile = _distinct(name, known.values(), theirs)
            token = secrets.token_urlsafe(24)
            body = json.dumps({"id": profile.id, "name": profile.name}, ensure_ascii=False)
            async with asyncio.timeout(10):
                await self._records.put(NAMESPACE, _hash(token), body)
            known[_hash(token)] = profile
        return token, profile

    async def find(self, token: str) -> Profile | None:
        """Whose token this is."""
        async with self._lock:
            return (await self._loaded()).get(_hash(token))

    async def _loaded(self) -> dict[str, Profile]:
        if self._known is None:
            async with asyncio.timeout(10):
                items = await self._records.items(NAMESPACE)
            self._known = {key: Profile(**json.loads(body)) for key, body in items.items()}
        return self._known


def tidy(name: str) -> str:
    """The name without what cannot be seen: control characters, marks that turn the direction of writing."""
    shown = "".join(
        character if unicodedata.category(character)[0] not in "CZ" else " "
        for character in unicodedata.normalize("NFKC", name)
        if unicodedata.category(character) not in ("Cf", "Cs", "Cn")
    )
    return " ".join(shown.split()) if any(character.isalnum() for character in shown) else ""


def _distinct(name: str, known: Iterable[Profile], theirs: set[str]) -> Profile:
    people = list(known)
    ids = {profile.id for profile in people}
    keys = {_key(profile.name) for profile in people} | theirs
    number, called = 1, name
    while (id_ := f"person:web/{_slug(called)}") in ids or _key(called) in keys:
        number += 1
        called = f"{name} {number}"
    return Profile(id=id_, name=called)


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")


def _key(name: str) -> str:
    return _slug(unicodedata.normalize("NFKC", name))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
