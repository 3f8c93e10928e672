"""Who may do what, as the config says it: people and groups of people by their platform's own ids."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator

from bots.config.suggestions import did_you_mean

PersonKind: TypeAlias = Literal["user", "group", "role", "workspace", "server"]
_KINDS: dict[str, Sequence[PersonKind]] = {
    "slack": ("user", "group", "workspace"),
    "discord": ("user", "role", "server"),
    "web": ("user",),
}
_EVERYBODY = ("workspace", "server")
_EXAMPLE = '"slack:U012AB3CD", "slack:group:S0614TZR7", "slack:workspace" or "discord:role:Moderator"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person or a group on one platform. ``value`` is an id (or a Discord role's name), empty for everybody there.

    Slack's ids may name their workspace: ``T012AB3CD/U012AB3CD``; ``slack:workspace:T012AB3CD`` is everybody there.
    """

    platform: str
    kind: PersonKind
    value: str = ""

    @property
    def name(self) -> str:
        """As adapters name a person's groups to `agents.people.permissions.authorise`: ``slack:group:S1``.

        A single person is the group of one, ``slack:user:U1``.
        """
        return ":".join(part for part in (self.platform, self.kind, self.value) if part)


def who(text: object) -> Who:
    """Read ``platform:kind:value``, ``platform:ID`` or ``platform:workspace``.

    Raises ValueError with the end of a sentence about the entry.
    """
    if isinstance(text, Who):
        return text
    if not isinstance(text, str):
        raise ValueError(f"should be a text such as {_EXAMPLE}")
    platform, _, rest = text.partition(":")
    kinds: Sequence[PersonKind] | None = _KINDS.get(platform)
    if kinds is None or not rest:
        raise ValueError(f'"{text}" names nobody; write {_EXAMPLE}' + did_you_mean(platform, _KINDS))
    written, colon, value = rest.partition(":")
    if not colon and rest not in kinds:
        written, value = "user", rest
    known: PersonKind | None = next((kind for kind in kinds if kind == written), None)
    if known is None:
        hint = did_you_mean(written, kinds)
        raise ValueError(f'"{text}" is no kind of people on {platform}; write {_EXAMPLE}{hint}')
    if not value and known not in _EVERYBODY:
        raise ValueError(f'"{text}" lacks an id; write {_EXAMPLE}')
    if known == "user" and platform == "slack" and not re.fullmatch(r"(T[A-Z0-9]+/)?[UW][A-Z0-9]+", value):
        raise ValueError(f'"{text}" is not a member id; Slack shows it under Profile, More, Copy member ID')
    if known == "user" and platform == "discord" and not re.fullmatch(r"\d+", value):
        raise ValueError(f'"{text}" is not a user id; Discord shows it by Copy User ID once Developer Mode is on')
    return Who(platform=platform, kind=known, value=value)


PersonReference = Annotated[Who, BeforeValidator(who, json_schema_input_type=str)]


def names(people: Iterable[Who]) -> frozenset[str]:
    """Their names, as `agents.people.permissions.Permissions` takes them."""
    return frozenset(one.name for one in people)
