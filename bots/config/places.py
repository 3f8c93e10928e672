"""Which of the ``[[channels]]`` tables holds for a channel: the most specific match wins."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator

from bots.config.suggestions import did_you_mean

PLATFORMS = ("slack", "discord", "web", "terminal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel as its platform describes it. ``name`` is without ``#``; ``direct`` marks a direct message."""

    platform: str
    id: str
    name: str = ""
    category: str = ""
    direct: bool = False


PatternKind: TypeAlias = Literal["all", "category", "name", "id", "direct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a ``match`` entry means. ``platform`` is empty for any; ``*`` in a name or category stands for anything."""

    platform: str
    kind: PatternKind
    value: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "all":
                end = "*"
            case "category":
                end = f"category:{self.value}"
            case "name":
                end = f"#{self.value}" if self.platform in ("slack", "discord") else self.value
            case "id":
                end = self.value
            case "direct":
                end = "dm"
        return f"{self.platform}:{end}" if self.platform else end

    def matches(self, place: Place) -> bool:
        """Whether this names the place. ``*`` alone is every channel, but no direct message: ``dm`` is those."""
        if self.platform and self.platform != place.platform:
            return False
        match self.kind:
            case "all":
                return not place.direct
            case "category":
                return fnmatchcase(place.category.casefold(), self.value.casefold())
            case "name":
                return bool(place.name) and fnmatchcase(place.name.casefold(), self.value.casefold())
            case "id":
                return self.value == place.id
            case "direct":
                return place.direct

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Ids before names before direct messages before categories before ``*``; then the fewer ``*`` the better."""
        rank = {"id": 4, "name": 3, "direct": 2, "category": 1, "all": 0}[self.kind]
        literal = len(self.value.replace("*", ""))
        return (rank, 0 if "*" in self.value else 1, literal) if self.value else (rank, int(bool(self.platform)), 0)


_IDS = {"slack": re.compile(r"[CDG][A-Z0-9]+"), "discord": re.compile(r"\d+")}


def pattern(text: object) -> Pattern:
    """Read one ``match`` entry: ``slack:#name``, ``discord:ID``, ``discord:category:NAME``, ``slack:dm``, ``*``.

    Raises ValueError with the end of a sentence about the entry.
    """
    if isinstance(text, Pattern):
        return text
    if not isinstance(text, str):
        raise ValueError('should be a text such as "slack:#data-team"')
    if text == "*":
        return Pattern(platform="", kind="all")
    platform, _, rest = text.partition(":")
    if platform not in PLATFORMS or not rest:
        raise ValueError(
            f'"{text}" names no channel; write it as "slack:#data-team", "discord:category:Projects" or "web:lobby"'
            + did_you_mean(platform, PLATFORMS)
        )
    if rest == "*":
        return Pattern(platform=platform, kind="all")
    if rest == "dm":
        return Pattern(platform=platform, kind="direct")
    kind, _, value = rest.partition(":")
    if kind == "category" and value:
        if platform != "discord":
            raise ValueError(f'"{text}" cannot match, because only Discord has categories')
        return Pattern(platform=platform, kind="category", value=value)
    if rest.startswith("#") and len(rest) > 1:
        return Pattern(platform=platform, kind="name", value=rest[1:])
    if platform not in _IDS:
        return Pattern(platform=platform, kind="name", value=rest)
    if not _IDS[platform].fullmatch(rest):
        raise ValueError(f'"{text}" is neither a name nor an id; a channel by name is written "{platform}:#{rest}"')
    return Pattern(platform=platform, kind="id", value=rest)


ChannelPattern = Annotated[Pattern, BeforeValidator(pattern, json_schema_input_type=str)]


def most_specific(place: Place, bindings: Iterable[tuple[Pattern, ...]]) -> int | None:
    """The index of the binding whose best pattern is the most specific that names the place; the first of equals."""
    best: tuple[tuple[int, int, int], int] | None = None
    for index, patterns in enumerate(bindings):
        for one in patterns:
            if one.matches(place) and (best is None or one.specificity > best[0]):
                best = (one.specificity, index)
    return None if best is None else best[1]
