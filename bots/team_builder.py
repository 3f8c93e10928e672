"""From the tables of the config, and from users' modules, to agents and teams."""

import importlib
import sys
from collections.abc import Mapping
from typing import TypeGuard

from msgspec.structs import replace

from agents import Team, assistant, code_runner
from agents.errors import WrongUse
from agents.ports import Tool, ToolFunction
from agents.team.custom_policy import Speakers
from agents.team.model_choice import model_chooses
from agents.team.policies import first, handed_over, named_policies
from agents.team.situation import Policy
from agents.team.termination import Termination, max_messages, max_seconds, max_tokens, max_turns, max_usd, never, said
from agents.team.transitions import along
from agents.turn.conversable import Conversable
from bots.config import Config, Loaded
from bots.config.configuration import ready_made_teams
from bots.config.tables import AgentTable, TeamTable, TerminationTable


class Teams:
    """Every team that a config, the ready-made ones and users' modules offer, made when it is asked for."""

    def __init__(self, loaded: Loaded):
        self._loaded = loaded
        self._config: Config = loaded.config
        self._made: dict[str, Team] = {}
        self.agents: Mapping[str, Conversable] = {name: self._agent(name) for name in self._config.agents}

    @property
    def names(self) -> tuple[str, ...]:
        """What may be written after ``use``."""
        return tuple(sorted({*self._config.teams, *ready_made_teams()}))

    def of(self, name: str) -> Team:
        """The team of that name, or of ``module:attribute``. Raises `WrongUse` for anything else."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Team:
        if ":" in name:
            return self._from_python(name)
        table = self._config.teams.get(name)
        if table is not None:
            return self._from_python(str(table.team)) if table.team else self._from_table(name, table)
        if name in ready_made_teams():
            return self._from_python(f"bots.teams.{name}:team")
        raise WrongUse(f"There is no team {name!r}; choose one of {', '.join(self.names)}, or module:team.")

    def _from_python(self, name: str) -> Team:
        team = self.python(name)
        if not isinstance(team, Team):
            raise WrongUse(f"{name} is a {type(team).__name__}, not a Team.")
        return team

    def python(self, name: str) -> object:
        """What ``module:attribute`` names; modules beside the config come first. Raises `WrongUse`."""
        module_name, _, attribute = name.partition(":")
        folder = str(self._loaded.folder)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            raise WrongUse(f"{name} cannot be imported ({error}); put {module_name}.py beside the config.") from error
        except Exception as error:  # it is somebody's own code, in which anything may be wrong
            what = f"{type(error).__name__}: {error}"
            raise WrongUse(f"{name} cannot be imported, because {module_name} has a mistake ({what}).") from error
        found: object = getattr(module, attribute, None)
        if found is None:
            raise WrongUse(f"{module_name} has no {attribute!r}; write module:name as in my_team:team.")
        return found

    def _agent(self, name: str) -> Conversable:
        table = self._config.agents[name]
        if table.kind == "code":
            runner = code_runner(name, table.role or "Runs code.", avatar=table.avatar or ":gear:")
            return replace(runner, profile=replace(runner.profile, aliases=table.aliases))
        return self._assistant(name, table)

    def _assistant(self, name: str, table: AgentTable) -> Conversable:
        return assistant(
            name,
            table.role,
            instructions=table.instructions,
            model=table.model,
            settings=table.settings.model_dump(exclude_none=True),
            tools=[self._tool(str(tool)) for tool in table.tools],
            hands_over_to=table.hands_over_to,
            human_input_mode=table.human_input_mode,
            max_consecutive_auto_reply=table.max_consecutive_auto_reply,
            avatar=table.avatar,
            aliases=table.aliases,
        )

    def _tool(self, name: str) -> Tool | ToolFunction:
        found = self.python(name)
        if not isinstance(found, Tool) and not callable(found):
            raise WrongUse(f"{name} is a {type(found).__name__}; a tool is a typed function.")
        return found

    def _from_table(self, name: str, table: TeamTable) -> Team:
        return Team(
            name=name,
            agents=[self.agents[one] for one in table.agents],
            speakers=self._speakers(table),
            termination=_termination(table.termination),
            flow=table.flow,
            mentions=table.mentions,
            guests=tuple(self.agents),
        )

    def _speakers(self, table: TeamTable) -> Policy:
        ladder: list[Speakers] = [handed_over]
        if table.transitions is not None:
            ladder.append(along(table.transitions))
        if table.speakers == "auto":
            ladder.append(model_chooses(model=table.speaker_model))
        elif table.speakers in named_policies():
            ladder.append(named_policies()[table.speakers])
        else:
            chooses = self.python(table.speakers)
            if not _can_choose(chooses):
                raise WrongUse(f"{table.speakers} is no function of the transcript.")
            ladder.append(chooses)
        return first(*ladder)


def _can_choose(found: object) -> TypeGuard[Speakers]:
    return callable(found) or isinstance(found, Policy)


def _termination(table: TerminationTable) -> Termination:
    conditions: list[Termination] = []
    if table.text is not None:
        conditions.append(said(table.text))
    for limit, condition in (
        (table.max_turns, max_turns),
        (table.max_messages, max_messages),
        (table.max_tokens, max_tokens),
    ):
        if limit is not None:
            conditions.append(condition(limit))
    if table.max_usd is not None:
        conditions.append(max_usd(table.max_usd))
    if table.max_seconds is not None:
        conditions.append(max_seconds(table.max_seconds))
    ends = never
    for condition in conditions:
        ends = ends | condition
    return ends
