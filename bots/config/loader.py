"""From a TOML file to a `Config`, or to every problem of the file in whole sentences."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agents.errors import WrongUse
from bots.config.configuration import Config, Problem, problems
from bots.config.explanations import ENTRIES, NAMED, KeyPath, explained
from bots.config.references import Secret, readable_by_others

TomlValue: TypeAlias = "dict[str, TomlValue] | list[TomlValue] | str | int | float | date | time"
Toml: TypeAlias = dict[str, TomlValue]


class ConfigWrong(WrongUse):
    """A config file that cannot be used; ``problems`` are all of its problems, the text lists them."""

    def __init__(self, path: Path, found: Iterable[Problem]):
        self.path, self.problems = path, tuple(found)
        lines = [f"{path.name}: {problem}" for problem in self.problems]
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A config and the file it came from; ``path`` None: no file, all defaults, relative to the current folder."""

    config: Config = field(default_factory=Config)
    path: Path | None = None

    @property
    def folder(self) -> Path:
        """What relative paths are relative to, and where users' modules are found."""
        return (self.path.parent if self.path else Path()).resolve()

    def located(self, path: str) -> Path:
        """A path of the config as an absolute one."""
        return self.folder / Path(path).expanduser()

    def reveal(self, secret: Secret, where: str, environment: Mapping[str, str]) -> str:
        """A secret of the config, read now. Raises `WrongUse` where it is missing; ``where`` is its key."""
        return secret.reveal(where, beside=self.folder, environment=environment)


def load(path: Path) -> Loaded:
    """Read a config file. Raises `WrongUse` where there is none and `ConfigWrong` with everything that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WrongUse(f"There is no {path}; `tertulia init` writes one, or name another with --config.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} cannot be read ({error}); check its permissions and that it is UTF-8 text.") from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigWrong(path, [Problem(where="the file", what=f"is not valid TOML: {error}")]) from error
    config, found = parse(raw, open_to_others=readable_by_others(path))
    if found or config is None:
        raise ConfigWrong(path, found)
    return Loaded(config=config, path=path)


def parse(raw: Toml, *, open_to_others: bool = True) -> tuple[Config | None, tuple[Problem, ...]]:
    """The config, or all that is wrong: with single values, and with how the tables fit together."""
    context, wrong = {"readable_by_others": open_to_others}, list[ErrorDetails]()
    try:
        config = Config.model_validate(_as_tuples(raw), context=context)
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        # What is sound is checked for how it fits together all the same, so that one run names everything.
        config = Config.model_validate(_as_tuples(_without(raw, _entries(wrong))), context=context)
    found = [*explained(wrong), *problems(config, _names(raw), _numbers(raw, _entries(wrong)))]
    return (None if found else config), tuple(found)


def _names(raw: Toml) -> Mapping[str, frozenset[str]]:
    tables_ = {name: raw.get(name) for name in NAMED}
    return {name: frozenset(table) for name, table in tables_.items() if isinstance(table, dict)}


def _as_tuples(value: TomlValue) -> object:
    """TOML's lists as the tuples that frozen tables hold."""
    if isinstance(value, dict):
        return {key: _as_tuples(item) for key, item in value.items()}
    return tuple(_as_tuples(item) for item in value) if isinstance(value, list) else value


def _entries(wrong: Iterable[ErrorDetails]) -> set[KeyPath]:
    """The smallest parts of the file without which the rest can stand: one agent, one channel, one table."""
    return {each["loc"][:2] if each["loc"][0] in ENTRIES else each["loc"][:1] for each in wrong}


def _numbers(raw: Toml, entries: set[KeyPath]) -> list[int]:
    """The numbers, from 1, of the channels that are left without ``entries``."""
    channels = raw.get("channels")
    if not isinstance(channels, list) or ("channels",) in entries:
        return []
    return [index + 1 for index in range(len(channels)) if ("channels", index) not in entries]


def _without(raw: Toml, entries: set[KeyPath]) -> Toml:
    def rest(table: str, content: TomlValue) -> TomlValue:
        if isinstance(content, list):
            return [each for index, each in enumerate(content) if (table, index) not in entries]
        if isinstance(content, dict):
            return {name: each for name, each in content.items() if (table, name) not in entries}
        return content

    return {table: rest(table, content) for table, content in raw.items() if (table,) not in entries}
