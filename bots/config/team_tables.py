"""The tables of agents and teams: what can be written in Python about them, as keys."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from agents.ports import OnDeadline
from agents.turn.human_input import HumanInputMode
from bots.config.references import PythonName, SecretReference
from bots.config.table import Table


class Settings(Table):
    """An agent's own inference settings. What only your endpoint knows goes into `extra_body`."""

    temperature: float | None = Field(default=None, ge=0, le=2, description="0 is the most predictable.")
    top_p: float | None = Field(
        default=None, ge=0, le=1, description="Choose among the likeliest tokens up to this share."
    )
    seed: int | None = Field(default=None, description="The same seed asks for the same answer.")
    max_tokens: int | None = Field(default=None, ge=1, description="Longest answer in tokens.")
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, description="Above 0: rather new subjects.")
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2, description="Above 0: fewer repetitions.")
    stop: tuple[str, ...] | None = Field(default=None, description="Texts that end the answer.")
    reasoning_effort: str | None = Field(default=None, description="How long a reasoning model may think.")
    response_format: Mapping[str, object] | None = Field(default=None, description="As in the OpenAI API.")
    extra_body: Mapping[str, object] | None = Field(default=None, description="Merged into the request as it is.")


class AgentSlack(Table):
    """A Slack app of the agent's own: people can mention it, write to it and see its profile."""

    bot_token: SecretReference = Field(description="`xoxb-…` of the agent's own app.")
    app_token: SecretReference | None = Field(
        default=None, description="`xapp-…`, where the app receives direct messages, over Socket Mode."
    )
    signing_secret: SecretReference | None = Field(default=None, description="Instead of `app_token`: over HTTP.")


class AgentDiscord(Table):
    """A Discord bot of the agent's own."""

    bot_token: SecretReference = Field(description="The token of the agent's own bot.")


class ViewTable(Table):
    """What of the conversation an agent's model reads; one of these keys."""

    last: int | None = Field(default=None, ge=1, description="The newest so many messages, calls and questions.")
    head_and_tail: tuple[int, int] | None = Field(
        default=None, description="The first and the newest so many: `[3, 40]`."
    )
    token_budget: int | None = Field(
        default=None, ge=1, description="The newest that fit into so many estimated tokens, tools counted."
    )


AgentKind: TypeAlias = Literal["assistant", "user_proxy", "code_runner", "function", "team"]

_BEFORE = {"model": "assistant", "code": "code_runner"}
"""What kinds were called in files of earlier versions."""


def _kind(value: object) -> object:
    return _BEFORE.get(value, value) if isinstance(value, str) else value


class AgentTable(Table):
    """Who an agent is and what it can do. It can be in any number of teams; the table's name is its handle."""

    kind: Annotated[AgentKind, BeforeValidator(_kind)] = Field(
        default="assistant",
        description="An `assistant` thinks with a model, a `user_proxy` stands in for people and asks them, a"
        " `code_runner` runs the others' code blocks, a `function` of yours answers by itself, a"
        " `team` works in a room of its own and says what it comes to.",
    )
    role: str = Field(default="", description="One line that people and the speaker choice read.")
    instructions: str = Field(default="", description="What its model is told.")
    avatar: str = Field(
        default="", description="An emoji (`:compass:`), an image's address, or empty: a face is drawn."
    )
    aliases: tuple[str, ...] = Field(default=(), description="Other names that address it.")
    model: str = Field(default="default", description="Which of the `[models]` it thinks with.")
    settings: Settings = Field(default_factory=Settings, description="Inference settings.")
    tools: tuple[PythonName, ...] = Field(default=(), description='Typed Python functions, `"my_tools:weather"`.')
    hands_over_to: tuple[str, ...] = Field(
        default=(), description="Agents to whom it may hand over by a tool call, or `stop`."
    )
    asks_people: bool = Field(default=True, description="Whether its model may ask a person and wait for the answer.")
    human_input_mode: HumanInputMode | None = Field(
        default=None,
        description="When people are asked before it replies, as in AutoGen. Unset: `NEVER`; of a `user_proxy`,"
        " `ALWAYS`.",
    )
    max_consecutive_auto_reply: int | None = Field(
        default=None, ge=0, description="Replies in a row to one sender without a person; 0 is none."
    )
    answer_minutes: float | None = Field(
        default=None,
        gt=0,
        description="How long people have to answer it. Unset: a day, of a `user_proxy` without end.",
    )
    on_deadline: OnDeadline = Field(
        default="skip", description="What then: it says nothing, it replies by itself, or the conversation ends."
    )
    view: ViewTable | None = Field(default=None, description="What its model reads. Unset: 24,000 estimated tokens.")
    on_messages: PythonName | None = Field(
        default=None, description='A hook on all messages before its model reads them, `"my_hooks:redact"`.'
    )
    before_send: PythonName | None = Field(
        default=None, description='A hook on each message that it is about to say, `"my_hooks:sign"`.'
    )
    runs_code: bool = Field(default=False, description="Whether a `user_proxy` runs code blocks, unless people answer.")
    asks: tuple[str, ...] = Field(
        default=(), description="Ids of the participants whom a `user_proxy` asks. Unset: anybody present."
    )
    sources: tuple[str, ...] = Field(
        default=(), description="Agents whose code a `code_runner` runs. Unset: that of all."
    )
    function: PythonName | None = Field(
        default=None, description='What a `function` answers with, `"my_board:board"`, as in docs/teams.md.'
    )
    team: str | None = Field(
        default=None, description='Which team a `team` is: one of `[teams]`, a ready-made one, or `"my_team:team"`.'
    )
    slack: AgentSlack | None = Field(
        default=None, description="An own Slack app; without it the host app lends it a face."
    )
    discord: AgentDiscord | None = Field(
        default=None, description="An own Discord bot; without it a webhook speaks for it."
    )


class TerminationTable(Table):
    """When a team's conversation ends: as soon as one of these keys holds.

    All of them look at one exchange, which begins with a person's message.
    """

    text: str | None = Field(
        default=None, min_length=1, description="An agent's message ends with this text, as a word of its own."
    )
    anywhere: bool = Field(default=False, description="A message that just contains the `text` counts, too.")
    by: str | None = Field(default=None, description="Only messages of this agent of the team count for `text`.")
    max_turns: int | None = Field(default=None, ge=1, description="So many agent turns.")
    max_messages: int | None = Field(default=None, ge=1, description="So many messages, the task counted.")
    max_tokens: int | None = Field(default=None, ge=1, description="So many tokens used.")
    max_usd: float | None = Field(default=None, gt=0, description="So many US dollars spent.")
    max_seconds: float | None = Field(default=None, gt=0, description="So much time passed.")
    handed_to: str | None = Field(default=None, description="Somebody hands over to this agent, or to `stop`.")
    last_speaker: str | None = Field(default=None, description="This agent of the team has spoken.")
    tool_called: str | None = Field(default=None, description="The tool of this name was called.")
    function: PythonName | None = Field(
        default=None, description='A function of the transcript says why it ends, or None: `"my_team:done"`.'
    )
    all: tuple["TerminationTable", ...] = Field(
        default=(), description='All of these tables hold: `[{ text = "APPROVED" }, { tool_called = "publish" }]`.'
    )
    any: tuple["TerminationTable", ...] = Field(default=(), description="Any of these tables holds.")


def _repeats(value: object) -> object:
    if type(value) not in (bool, tuple):
        raise ValueError('should be true, false or a list of agents, such as ["coder"]')
    return value


class TeamTable(Table):
    """Agents, who of them speaks next, and when it ends."""

    agents: tuple[str, ...] = Field(default=(), description="Names of `[agents]`, in the order of a round.")
    speakers: str = Field(
        default="auto",
        description="`auto` (a model chooses), `round_robin`, `random`, `manual` (a person chooses) or a function,"
        ' `"my_team:choose"`.',
    )
    mentions: bool = Field(
        default=True, description="Whether whoever is addressed by name speaks first, whatever `speakers` says."
    )
    speaker_model: str = Field(
        default="default", description="Which of the `[models]` chooses, when `speakers` is `auto`."
    )
    allow_repeated_speaker: Annotated[bool | tuple[str, ...], BeforeValidator(_repeats)] = Field(
        default=False,
        description="Whether the model may choose the last speaker again though nobody else has spoken; or for which"
        " agents it may.",
    )
    flow: str = Field(
        default="", description="The plan in plain language: told to the agents and to the speaker choice."
    )
    transitions: Mapping[str, tuple[str, ...]] | None = Field(
        default=None, description="A hard rule: after this agent, only these may speak. List every speaker."
    )
    termination: TerminationTable = Field(default_factory=TerminationTable, description="When it ends.")
    team: PythonName | None = Field(default=None, description="The whole team from Python instead, `my_team:team`.")
