"""The whole of config.toml, and the checks that concern several tables at once."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pydantic import Field

from agents.log.participants import AGENT_NAME, is_person
from agents.people.permissions import Permissions
from bots.config import tables
from bots.config.people import names
from bots.config.places import Place, most_specific
from bots.config.references import names_python
from bots.config.slack_ways import slack_misfits
from bots.config.suggestions import did_you_mean, one_of


class Config(tables.Table):
    """Everything that a file can say; an empty file is valid."""

    models: Mapping[str, tables.ModelTable] = Field(default_factory=dict[str, tables.ModelTable])
    agents: Mapping[str, tables.AgentTable] = Field(default_factory=dict[str, tables.AgentTable])
    teams: Mapping[str, tables.TeamTable] = Field(default_factory=dict[str, tables.TeamTable])
    channels: tuple[tables.ChannelTable, ...] = ()
    people: tables.PeopleTable = Field(default_factory=tables.PeopleTable)
    slack: tables.SlackTable | None = None
    discord: tables.DiscordTable | None = None
    web: tables.WebTable = Field(default_factory=tables.WebTable)
    sandbox: tables.SandboxTable = Field(default_factory=tables.SandboxTable)
    limits: tables.LimitsTable = Field(default_factory=tables.LimitsTable)
    store: tables.StoreTable = Field(default_factory=tables.StoreTable)
    logs: tables.LogsTable = Field(default_factory=tables.LogsTable)

    def channel(self, place: Place) -> tables.ChannelTable | None:
        """The table that holds for this channel; None where the config binds it to no team."""
        index = most_specific(place, [channel.match for channel in self.channels])
        return None if index is None else self.channels[index]

    def permissions(self, channel: tables.ChannelTable | None, *, bound: bool | None = None) -> Permissions:
        """Who may do what under this table: its own lists where it has them, else those of ``[people]``.

        What reaches beyond the channel is for the admins of ``[people]`` alone. Where ``[slack] external`` is "full",
        guests and strangers may use and approve what the whole workspace may.

        ``bound``: whether the channel has a team; unset, it has one if it has a table.
        """
        own = self.people if channel is None else channel
        external = "deny" if self.slack is None else self.slack.external

        def with_external(listed: frozenset[str]) -> frozenset[str]:
            members = {name for name in listed if name.startswith(SLACK_WORKSPACE)} if external == "full" else ()
            return listed.union(name.replace(SLACK_WORKSPACE, SLACK_EXTERNAL) for name in members)

        return Permissions(
            users=with_external(names(self.people.users if own.users is None else own.users)),
            approvers=with_external(names(self.people.approvers if own.approvers is None else own.approvers)),
            background=frozenset({SLACK_EXTERNAL} if external == "read" else ()),
            admins=names(self.people.admins if own.admins is None else own.admins),
            owners=names(self.people.admins),
            bound=channel is not None if bound is None else bound,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: ``where`` (``[agents.coder] model``) and the rest of a sentence about it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}" + ("" if self.what.endswith("?") else ".")


SLACK_WORKSPACE, SLACK_EXTERNAL = "slack:workspace", "slack:external"
"""The groups of a workspace's own members, and of its guests and people of other companies."""

SPEAKERS = ("auto", "round_robin", "random", "manual")
_ANSWERED = ("human_input_mode", "max_consecutive_auto_reply", "answer_minutes", "on_deadline")
_KEYS: Mapping[tables.AgentKind, Sequence[str]] = {
    "assistant": (
        "instructions", "model", "settings", "tools", "hands_over_to", "asks_people", "view", "on_messages",
        "before_send", *_ANSWERED,
    ),
    "user_proxy": ("runs_code", "asks", *_ANSWERED),
    "code_runner": ("sources",),
    "function": ("function",),
    "team": ("team",),
}  # fmt: skip
"""The keys that only agents of some kinds take."""


def ready_made_teams() -> frozenset[str]:
    """Names of the teams that come with Tertulia, one module each."""
    folder = files("bots") / "teams"
    modules = (each.name for each in folder.iterdir()) if folder.is_dir() else ()
    return frozenset(name.removesuffix(".py") for name in modules if re.fullmatch(r"[a-z]\w*\.py", name))


def problems(config: Config, known: Mapping[str, Iterable[str]], numbers: Sequence[int]) -> Iterator[Problem]:
    """What does not fit together.

    ``known`` are the names that the file has by table, readable or not; ``numbers`` those of the config's channels.
    """
    models = {*known.get("models", ()), "default"}
    agents = set(known.get("agents", ()))
    teams = {*known.get("teams", ()), *ready_made_teams()}
    for name, model in config.models.items():
        for other in model.fallback:
            yield from _unknown(f"[models.{name}] fallback", other, models - {name}, "model")
    for name, agent in config.agents.items():
        yield from _agent_problems(name, agent, config, agents, models, teams)
    for name, team in config.teams.items():
        yield from _team_problems(name, team, agents, models)
    for number, channel in zip(numbers, config.channels, strict=True):
        if not names_python(channel.team):
            yield from _unknown(f"[[channels]] number {number} team", channel.team, teams, "team")
    patterns = Counter(str(one) for channel in config.channels for one in channel.match)
    for text, count in patterns.items():
        if count > 1:
            yield Problem(where="[[channels]]", what=f'has {count} tables for "{text}"; keep one of them')
    if config.slack is not None:
        channels = dict(zip(numbers, config.channels, strict=True))
        for where, what in slack_misfits(config.slack, config.agents, config.people, channels):
            yield Problem(where=where, what=what)
    if not config.web.only_here and config.web.token is None:
        yield Problem(
            where="[web] host",
            what=f'"{config.web.host}" lets other machines in, and there is no token; set token = "env:NAME" beside it',
        )


def misfits(config: Config) -> Iterator[Problem]:
    """What does not fit together in a config that was read from no file."""
    known = {"models": config.models, "agents": config.agents, "teams": config.teams}
    return problems(config, known, range(1, len(config.channels) + 1))


def _agent_problems(
    name: str, agent: tables.AgentTable, config: Config, agents: set[str], models: set[str], teams: set[str]
) -> Iterator[Problem]:
    where = f"[agents.{name}]"
    if not AGENT_NAME.fullmatch(name) or name.casefold() in ("tertulia", "stop"):
        yield Problem(
            where=where, what="cannot be an agent's name; use a letter, then letters, digits, - and _, at most 64"
        )
    others = {key for keys in _KEYS.values() for key in keys} - set(_KEYS[agent.kind])
    idle = [key for key in tables.AgentTable.model_fields if key in others & agent.model_fields_set]
    owners = [kind for kind, keys in _KEYS.items() if set(idle) <= set(keys)]
    if idle and len(owners) == 1 and "kind" not in agent.model_fields_set:
        yield Problem(where=where, what=f'has {one_of(idle)} and no kind; add kind = "{owners[0]}"')
    elif idle:
        what = f'has kind = "{agent.kind}", which does not use {one_of(idle)}; remove one or the other'
        yield Problem(where=where, what=what)
    if agent.kind == "function" and agent.function is None:
        yield Problem(where=where, what='has kind = "function" and no function; add function = "module:name"')
    if agent.kind == "team":
        yield from _nesting_problems(name, agent, config, teams)
    if agent.view is not None and len(agent.view.model_fields_set) != 1:
        yield Problem(where=f"{where} view", what=f"should have one key, {one_of(tables.ViewTable.model_fields)}")
    yield from _unknown(f"{where} model", agent.model, models, "model")
    for other in agent.hands_over_to:
        if other != "stop" and not is_person(other):
            yield from _unknown(f"{where} hands_over_to", other, agents - {name}, "agent")
    for other in agent.sources:
        if not is_person(other):
            yield from _unknown(f"{where} sources", other, agents - {name}, "agent")
    for platform, own, host in (("slack", agent.slack, config.slack), ("discord", agent.discord, config.discord)):
        if own is not None and host is None:
            yield Problem(
                where=f"[agents.{name}.{platform}]",
                what=f"needs the host that hears for all agents; add a [{platform}] table with its token",
            )


def _nesting_problems(name: str, agent: tables.AgentTable, config: Config, teams: set[str]) -> Iterator[Problem]:
    where = f"[agents.{name}]"
    if agent.team is None:
        yield Problem(where=where, what='has kind = "team" and no team; add team = "name"')
    elif not names_python(agent.team):
        yield from _unknown(f"{where} team", agent.team, teams, "team")
        circle = _way(config, agent.team, name, ())
        if circle:
            way = " > ".join((name, *circle))
            yield Problem(
                where=f"{where} team", what=f'names "{agent.team}", in which it takes part itself ({way}); take it out'
            )


def _way(config: Config, team: str, target: str, passed: tuple[str, ...]) -> tuple[str, ...]:
    """The names of teams and agents from this team down to the agent ``target``; none where it is not in there."""
    table = config.teams.get(team)
    if table is None or table.team is not None or team in passed:
        return ()
    for name in table.agents:
        if name == target:
            return (team, name)
        inner = config.agents.get(name)
        if inner is not None and inner.kind == "team" and inner.team is not None:
            below = _way(config, inner.team, target, (*passed, team))
            if below:
                return (team, name, *below)
    return ()


def _team_problems(name: str, team: tables.TeamTable, agents: set[str], models: set[str]) -> Iterator[Problem]:
    where = f"[teams.{name}]"
    if team.team is not None:
        others = sorted(team.model_fields_set - {"team"})
        if others:
            yield Problem(
                where=where, what=f"takes the whole team from Python, so {one_of(others)} would do nothing; remove it"
            )
        return
    if not team.agents:
        yield Problem(where=where, what='has no agents; list at least one, agents = ["planner"]')
    for agent in team.agents:
        yield from _unknown(f"{where} agents", agent, agents, "agent")
    for agent, count in Counter(team.agents).items():
        if count > 1:
            yield Problem(where=f"{where} agents", what=f'names "{agent}" {count} times; once is enough')
    if team.speakers not in SPEAKERS and not names_python(team.speakers):
        yield Problem(
            where=f"{where} speakers",
            what=f'"{team.speakers}" is no way to choose; write {one_of(SPEAKERS)}, or "module:function"'
            + did_you_mean(team.speakers, SPEAKERS),
        )
    yield from _unknown(f"{where} speaker_model", team.speaker_model, models, "model")
    here = set(team.agents)
    for before, after in (team.transitions or {}).items():
        for agent in (before, *after):
            yield from _unknown(f"{where} transitions", agent, here, "agent of this team")
    repeats = team.allow_repeated_speaker
    for agent in () if isinstance(repeats, bool) else repeats:
        yield from _unknown(f"{where} allow_repeated_speaker", agent, here, "agent of this team")
    if repeats and team.speakers != "auto":
        yield Problem(
            where=f"{where} allow_repeated_speaker", what='is for speakers = "auto" alone; remove one or the other'
        )
    yield from _ending_problems(f"{where} termination", team.termination, here)


def _ending_problems(where: str, ends: tables.TerminationTable, here: set[str]) -> Iterator[Problem]:
    if ends.by is not None and ends.text is None:
        yield Problem(where=f"{where} by", what='needs a text that this agent says; add text = "DONE"')
    if ends.anywhere and ends.text is None:
        yield Problem(where=f"{where} anywhere", what='needs a text to look for; add text = "DONE"')
    for key, name in (("by", ends.by), ("last_speaker", ends.last_speaker), ("handed_to", ends.handed_to)):
        if name is not None and not is_person(name) and (key, name) != ("handed_to", "stop"):
            yield from _unknown(f"{where} {key}", name, here, "agent of this team")
    for key, inner in (("all", ends.all), ("any", ends.any)):
        for number, one in enumerate(inner, 1):
            if not one.model_fields_set:
                yield Problem(where=f"{where} {key}, entry {number},", what="is empty and would never hold; remove it")
            yield from _ending_problems(f"{where} {key}, entry {number},", one, here)


def _unknown(where: str, name: str, known: set[str], what: str) -> Iterator[Problem]:
    if name not in known:
        there = f"there is {one_of(sorted(known))}" if known else "there is none at all"
        yield Problem(where=where, what=f'names "{name}", which is no {what} ({there}){did_you_mean(name, known)}')
