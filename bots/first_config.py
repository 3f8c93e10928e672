"""A first config file out of the example and a few answers. Pure: `bots.commands.init` asks and writes."""

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, TypeAlias

ChannelKind: TypeAlias = Literal["own", "shared"]
"""The team's own channel, where everything said is for it, or one that people share, where it waits to be addressed."""

_BEHAVIOUR: dict[ChannelKind, str] = {
    "own": 'attention = "always"                  # the team\'s own channel: it answers everything\n'
    'conversation = "channel"              # ... in one conversation\n',
    "shared": 'attention = "thread"                  # shared with people: mention it once, then simply write\n'
    'conversation = "thread"               # ... each thread is a conversation\n',
}


_EVERYBODY = {"slack": "slack:workspace", "discord": "discord:server"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the wizard was told. Without ``model`` it is chosen at each start (environment, local endpoint, script).

    ``match`` are channels besides the web room (``slack:#data-team``), ``admins`` people (``slack:U012AB3CD``).
    """

    channel: ChannelKind
    match: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    model: str = ""
    base_url: str = ""
    api_key: str = ""


def example() -> str:
    """The text of config.example.toml: in a checkout beside the packages, installed within ours."""
    ours = files("bots")
    places: tuple[Traversable, ...] = (ours / "config.example.toml", ours / ".." / "config.example.toml")
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


def filled_in(example: str, answers: Answers) -> str:
    """The example with the answers in it."""
    text = example.replace(
        'match = ["web:lobby"]\nteam = "coding"\n',
        f'match = {_list(("web:lobby", *answers.match))}\nteam = "coding"\n{_BEHAVIOUR[answers.channel]}',
        1,
    )
    for platform in platforms(answers):
        text = re.sub(rf"(?m)^# \[{platform}\].*\n(?:# \w+_token = .*\n)+", _uncommented, text, count=1)
    if platforms(answers):
        people = {"admins": answers.admins, "users": tuple(_EVERYBODY[one] for one in platforms(answers))}
        lines = "".join(f"{key} = {_list(value)}\n" for key, value in people.items() if value)
        text = re.sub(r"(?m)^# \[people\].*\n(?:# .*\n)*", lambda _: f"[people]\n{lines}", text, count=1)
    if not answers.model:
        return text
    keys = {"model": answers.model, "base_url": answers.base_url, "api_key": answers.api_key}
    table = "".join(f"{key} = {_quoted(value)}\n" for key, value in keys.items() if value)
    return re.sub(r"(?m)^# \[models\.default\].*\n(?:# .*\n)*", lambda _: f"[models.default]\n{table}", text, count=1)


def platforms(answers: Answers) -> tuple[str, ...]:
    """The chat platforms that the channels are on."""
    return tuple(one for one in _EVERYBODY if any(match.startswith(f"{one}:") for match in answers.match))


def _uncommented(found: re.Match[str]) -> str:
    return re.sub("(?m)^# ", "", found[0])


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
