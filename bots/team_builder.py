"""From the tables of the config, and from users' modules, to agents and teams."""

import importlib
import sys
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TypeGuard, TypeVar, assert_never

from msgspec.structs import replace

from agents import (
    Policy,
    Team,
    Termination,
    Tool,
    WrongUse,
    along,
    assistant,
    code_runner,
    first,
    function_agent,
    handed_over,
    handed_to,
    head_and_tail,
    last,
    last_speaker_is,
    max_messages,
    max_seconds,
    max_tokens,
    max_turns,
    max_usd,
    model_chooses,
    nested,
    said,
    token_budget,
    tool_called,
    user_proxy,
)
from agents.people import BeforeSend, Condition, Cut, Function, OnMessages, Speakers
from agents.ports import ToolFunction
from agents.team.policies import named_policies
from agents.team.termination import never
from agents.turn.conversable import Conversable
from agents.turn.model_reply import DAY
from agents.turn.view import DEFAULT_CUT
from bots.config import Config, Loaded
from bots.config.configuration import ready_made_teams
from bots.config.tables import AgentTable, TeamTable, TerminationTable, ViewTable

F = TypeVar("F")


class Teams:
    """Every team that a config, the ready-made ones and users' modules offer, made when it is asked for."""

    def __init__(self, loaded: Loaded):
        self._loaded = loaded
        self._config: Config = loaded.config
        self._made: dict[str, Team] = {}
        self._agents: dict[str, Conversable] = {}
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
        """The agent of that name; one that is a team is made after the agents in it, of which it is none itself."""
        if name not in self._agents:
            table = self._config.agents[name]
            made = self._of_kind(name, table)
            self._agents[name] = replace(made, profile=replace(made.profile, aliases=table.aliases))
        return self._agents[name]

    def _of_kind(self, name: str, table: AgentTable) -> Conversable:
        match table.kind:
            case "assistant":
                return self._assistant(name, table)
            case "user_proxy":
                return user_proxy(
                    name,
                    table.role or "Stands in for the people.",
                    human_input_mode=table.human_input_mode or "ALWAYS",
                    max_consecutive_auto_reply=table.max_consecutive_auto_reply,
                    runs_code=table.runs_code,
                    asks=table.asks,
                    answer_minutes=table.answer_minutes,
                    on_deadline=table.on_deadline,
                    avatar=table.avatar,
                )
            case "code_runner":
                runs, gear = table.role or "Runs code.", table.avatar or ":gear:"
                return code_runner(name, runs, sources=table.sources, avatar=gear)
            case "function":
                function = self._function(str(table.function), _is_function)
                return function_agent(name, function, table.role, avatar=table.avatar)
            case "team":
                made = nested(name, self.of(str(table.team)), role=table.role)
                return replace(made, profile=replace(made.profile, avatar=table.avatar))
            case _:
                assert_never(table.kind)

    def _assistant(self, name: str, table: AgentTable) -> Conversable:
        return assistant(
            name,
            table.role,
            instructions=table.instructions,
            model=table.model,
            settings=table.settings.model_dump(exclude_none=True),
            tools=[self._tool(str(tool)) for tool in table.tools],
            hands_over_to=table.hands_over_to,
            asks_people=table.asks_people,
            human_input_mode=table.human_input_mode or "NEVER",
            max_consecutive_auto_reply=table.max_consecutive_auto_reply,
            answer_minutes=table.answer_minutes or DAY,
            on_deadline=table.on_deadline,
            view=_view(table.view),
            on_messages=self._function(table.on_messages, _is_on_messages) if table.on_messages else None,
            before_send=self._function(table.before_send, _is_before_send) if table.before_send else None,
            avatar=table.avatar,
        )

    def _function(self, name: str, fits: Callable[[object], TypeGuard[F]]) -> F:
        """The function of that name. Raises `WrongUse` for what cannot be called."""
        found = self.python(name)
        if fits(found):
            return found
        raise WrongUse(f"{name} is a {type(found).__name__}, which cannot be called; write a function.")

    def _tool(self, name: str) -> Tool | ToolFunction:
        found = self.python(name)
        if not isinstance(found, Tool) and not callable(found):
            raise WrongUse(f"{name} is a {type(found).__name__}; a tool is a typed function.")
        return found

    def _from_table(self, name: str, table: TeamTable) -> Team:
        return Team(
            name=name,
            agents=[self._agent(one) for one in table.agents],
            speakers=self._speakers(table),
            termination=self._termination(table.termination) or never,
            flow=table.flow,
            mentions=table.mentions,
            guests=tuple(self._config.agents),
        )

    def _speakers(self, table: TeamTable) -> Policy:
        ladder: list[Speakers] = [handed_over]
        if table.transitions is not None:
            ladder.append(along(table.transitions))
        if table.speakers == "auto":
            repeats = table.allow_repeated_speaker
            ladder.append(model_chooses(model=table.speaker_model, allow_repeated_speaker=repeats))
        elif table.speakers in named_policies():
            ladder.append(named_policies()[table.speakers])
        else:
            chooses = self.python(table.speakers)
            if not _can_choose(chooses):
                raise WrongUse(f"{table.speakers} is no function of the transcript.")
            ladder.append(chooses)
        return first(*ladder)

    def _termination(self, table: TerminationTable) -> Termination | None:
        """The conditions of a table, any of which ends; None where it has none."""
        either = [self._termination(one) for one in table.any]
        together = [one for one in map(self._termination, table.all) if one is not None]
        function = self._function(table.function, _is_condition) if table.function else None
        conditions = [
            None if table.text is None else said(table.text, by=table.by, anywhere=table.anywhere),
            None if table.max_turns is None else max_turns(table.max_turns),
            None if table.max_messages is None else max_messages(table.max_messages),
            None if table.max_tokens is None else max_tokens(table.max_tokens),
            None if table.max_usd is None else max_usd(table.max_usd),
            None if table.max_seconds is None else max_seconds(table.max_seconds),
            None if table.handed_to is None else handed_to(table.handed_to),
            None if table.last_speaker is None else last_speaker_is(table.last_speaker),
            None if table.tool_called is None else tool_called(table.tool_called),
            None if function is None else never | function,
            *either,
            reduce(Termination.__and__, together) if together else None,
        ]
        given = [one for one in conditions if one is not None]
        return reduce(Termination.__or__, given) if given else None


def _view(table: ViewTable | None) -> Cut:
    if table is None:
        return DEFAULT_CUT
    if table.last is not None:
        return last(table.last)
    if table.head_and_tail is not None:
        return head_and_tail(*table.head_and_tail)
    return DEFAULT_CUT if table.token_budget is None else token_budget(table.token_budget)


def _can_choose(found: object) -> TypeGuard[Speakers]:
    return callable(found) or isinstance(found, Policy)


def _is_function(found: object) -> TypeGuard[Function]:
    return callable(found)


def _is_on_messages(found: object) -> TypeGuard[OnMessages]:
    return callable(found)


def _is_before_send(found: object) -> TypeGuard[BeforeSend]:
    return callable(found)


def _is_condition(found: object) -> TypeGuard[Condition]:
    return callable(found)
