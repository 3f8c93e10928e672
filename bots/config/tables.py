"""The tables of config.toml, each key with what it is for; docs/config.md is made from these."""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bots.config.people import PersonReference
from bots.config.places import ChannelPattern
from bots.config.references import SecretReference
from bots.config.table import Table as Table
from bots.config.table import table_in as table_in
from bots.config.team_tables import AgentDiscord as AgentDiscord
from bots.config.team_tables import AgentKind as AgentKind
from bots.config.team_tables import AgentSlack as AgentSlack
from bots.config.team_tables import AgentTable as AgentTable
from bots.config.team_tables import Settings as Settings
from bots.config.team_tables import TeamTable as TeamTable
from bots.config.team_tables import TerminationTable as TerminationTable
from bots.config.team_tables import ViewTable as ViewTable


def _http(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError('should be an address such as "http://127.0.0.1:11434/v1"')
    return url.rstrip("/")


def _server_id(text: str) -> str:
    if not text.isdecimal():
        raise ValueError("should be a server's id; Discord shows it by Copy Server ID once Developer Mode is on")
    return text


class Prices(Table):
    """What a model costs, in US dollars per million tokens; for models that the built-in list does not know."""

    input: float = Field(ge=0, description="US dollars per million tokens read.")
    output: float = Field(ge=0, description="US dollars per million tokens written.")
    cached: float | None = Field(
        default=None, ge=0, description="US dollars per million cached tokens; else as `input`."
    )


class ModelTable(Table):
    """A model at any OpenAI-compatible endpoint. Agents use the one called `default` unless they name another."""

    model: str = Field(min_length=1, description="The model's name at its endpoint.")
    base_url: Annotated[str, AfterValidator(_http)] = Field(
        default="https://api.openai.com/v1", description="The endpoint, without `/chat/completions`."
    )
    api_key: SecretReference | None = Field(default=None, description="The endpoint's key; local endpoints need none.")
    fallback: tuple[str, ...] = Field(default=(), description="Other `[models]` to try, in order, when this one fails.")
    prices: Prices | None = Field(default=None, description="Its prices, where the built-in list is wrong or has none.")
    concurrency: int = Field(default=16, ge=1, description="Calls to the endpoint at the same time; more wait in line.")
    timeout_seconds: float = Field(default=120.0, gt=0, description="Longest time for one call, its retries included.")
    without: tuple[Literal["tools", "images", "system_messages", "json_schema", "names"], ...] = Field(
        default=(), description="What it does not take; what its endpoint refuses is noticed without this."
    )
    context_tokens: int | None = Field(
        default=None, ge=512, description="How many tokens it reads, where its endpoint does not tell when it refuses."
    )


class ChannelBudget(Table):
    """The most that one channel may spend."""

    usd_per_day: float | None = Field(default=None, gt=0, description="US dollars a day.")
    tokens_per_day: int | None = Field(default=None, gt=0, description="Tokens a day.")


class ChannelTable(Table):
    """Which team is in which channels, and how it behaves there. The most specific match wins."""

    match: tuple[ChannelPattern, ...] = Field(
        min_length=1,
        description='`"slack:#data-team"`, `"slack:C012AB3CD"`, `"discord:category:Projects"`, `"discord:#help"`,'
        ' `"web:lobby"`; `"slack:dm"` is direct messages, `"slack:*"` every channel, `"*"` everywhere;'
        " `*` inside a name stands for anything.",
    )
    team: str = Field(description='One of `[teams]`, a ready-made team, or a team from Python, `"my_team:team"`.')
    attention: Literal["mentioned", "thread", "always", "judged"] | None = Field(
        default=None,
        description="When the team answers: when `mentioned`; in a `thread` where it once was; `always`; or when a"
        " model `judged` that it should. Unset: `always` in direct messages, web and terminal, else `thread`.",
    )
    conversation: Literal["channel", "thread"] | None = Field(
        default=None,
        description="One conversation for the `channel`, or one for each `thread`. Unset: as for `attention`.",
    )
    budget: ChannelBudget | None = Field(default=None, description="Of each channel that this table is for.")
    users: tuple[PersonReference, ...] | None = Field(default=None, description="Here instead of `[people]`'s.")
    approvers: tuple[PersonReference, ...] | None = Field(default=None, description="Here instead of `[people]`'s.")
    admins: tuple[PersonReference, ...] | None = Field(default=None, description="Here instead of `[people]`'s.")


class PeopleTable(Table):
    """Who may use the teams. Nobody else, but for you in this machine's web room and terminal."""

    users: tuple[PersonReference, ...] = Field(
        default=(),
        description='They may talk to the agents: `"slack:U012AB3CD"`, `"slack:workspace"`, `"discord:role:Member"`.',
    )
    approvers: tuple[PersonReference, ...] = Field(
        default=(), description='Users who may also approve code and tools: `"slack:group:S0614TZR7"`.'
    )
    admins: tuple[PersonReference, ...] = Field(
        default=(), description="Users who may also bind channels to teams, add budget and halt everything."
    )


def _address(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname or urlsplit(url).query:
        raise ValueError('should be an address such as "https://tertulia.example"')
    return url.rstrip("/")


def _path(path: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path):
        raise ValueError('should be a path such as "/slack"')
    return path


class SlackHttp(Table):
    """Where Slack reaches Tertulia when it calls over HTTP: a proxy with a certificate leads from outside to here."""

    public_url: Annotated[str, AfterValidator(_address)] = Field(
        default="", description="The address from outside, `https://tertulia.example`, without `path`."
    )
    host: str = Field(default="127.0.0.1", description="The address it listens on.")
    port: int = Field(default=3000, ge=0, le=65535, description="Its port. 0: any free one.")
    path: Annotated[str, AfterValidator(_path)] = Field(
        default="/slack", description="Where its paths begin: `/slack/events`, `/slack/events/AGENT`, `/slack/health`."
    )


class SlackTable(Table):
    """The host app: it hears for all agents, owns the commands and lends a face to agents without an app."""

    bot_token: SecretReference | None = Field(default=None, description="`xoxb-…` of the host app, in one workspace.")
    app_token: SecretReference | None = Field(
        default=None, description="`xapp-…` with `connections:write`: Slack is heard over Socket Mode."
    )
    signing_secret: SecretReference | None = Field(
        default=None, description="Instead of `app_token`: Slack calls over HTTP, and signs with this."
    )
    http: SlackHttp = Field(default_factory=SlackHttp, description="Where it calls.")
    client_id: str = Field(
        default="",
        description="Instead of `bot_token`: any workspace may install the app, at `/slack/install` of `public_url`.",
    )
    client_secret: SecretReference | None = Field(default=None, description="What belongs to `client_id`.")
    bots: Literal["none", "mentions", "all"] = Field(
        default="none",
        description="Which messages of other apps' bots the agents hear: none, those that mention one, or all; at most"
        " four in a thread until a person writes.",
    )
    external: Literal["deny", "read", "full"] = Field(
        default="deny",
        description="What guests and people of other companies may do whom no list names: nothing; be read by the"
        " agents, who answer nothing of it; or as much as the members of the workspace.",
    )
    api_url: Annotated[str, AfterValidator(_http)] = Field(
        default="https://slack.com/api", description="Where Slack's Web API is; another one for GovSlack."
    )
    proxy: str | None = Field(
        default=None, description="An HTTP proxy on the way to Slack. Proxies of the environment are not used."
    )


class DiscordTable(Table):
    """The host bot: it hears for all agents and owns the commands."""

    bot_token: SecretReference = Field(description="The host bot's token.")
    servers: tuple[Annotated[str, AfterValidator(_server_id)], ...] = Field(
        default=(),
        description='Ids of the servers that are served, `"112233445566778899"`. Unset: the one that the bot is in; '
        "another one that invites it is not served.",
    )
    streaming: bool = Field(default=False, description="Whether messages grow while agents write, or come whole.")
    commands_server: Annotated[str, AfterValidator(_server_id)] | None = Field(
        default=None, description="A server's id: `/tertulia` is there alone, to try things out. Unset: everywhere."
    )


class WebTable(Table):
    """The web room. Beyond this machine it wants a token."""

    enabled: bool = Field(default=True, description="Whether `tertulia run` serves it.")
    host: str = Field(default="127.0.0.1", description="The address it listens on.")
    port: int = Field(default=8765, ge=0, le=65535, description="Its port; taken: the next free one. 0: any.")
    token: SecretReference | None = Field(
        default=None, description="What a browser must show; needed beyond this machine."
    )

    @property
    def only_here(self) -> bool:
        """Whether nobody but this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class SandboxTable(Table):
    """Where agents' code runs: a sealed container of a Docker engine. Without an engine code is shown, never run."""

    approval: Literal["never", "risky", "always"] = Field(
        default="risky",
        description="When a person must approve code. Risky: network, a secret, another image, other files.",
    )
    timeout_seconds: float = Field(default=30.0, gt=0, le=3600, description="Longest time of one run.")
    memory_mb: int = Field(default=512, ge=32, description="Memory of one run, in MiB.")
    cpus: float = Field(default=1.0, gt=0, description="Processors of one run.")
    image: str = Field(
        default="", description="A local image with `python3`; empty: the one of `tertulia sandbox build`."
    )
    runtime: str = Field(default="", description="Another runtime of the engine, such as `runsc`.")
    stateful: bool = Field(default=False, description="Keep variables and files for the next run of the same room.")
    session_idle_seconds: float = Field(default=900.0, gt=0, description="How long they are kept without a run.")
    session_age_seconds: float = Field(default=14_400.0, gt=0, description="How long they are kept at most.")
    sessions: int = Field(default=8, ge=1, description="For how many rooms at once; each holds its memory.")


class LimitsTable(Table):
    """What everything together may spend, and when agents must wait for people."""

    usd_per_day: float | None = Field(default=2.0, gt=0, description="US dollars a day, all rooms together.")
    tokens_per_day: int | None = Field(default=None, gt=0, description="Tokens a day, all rooms together.")
    usd_per_person_per_day: float | None = Field(
        default=None, gt=0, description="US dollars a day that one person may cause."
    )
    agent_turns_without_a_person: int = Field(
        default=12, ge=1, description="Agent turns in a row; then the room waits for a person."
    )


class StoreTable(Table):
    """Where everything is kept."""

    path: str = Field(default=".tertulia/tertulia.db", min_length=1, description="The SQLite database.")


class LogsTable(Table):
    """Logs, on standard error. Secrets never appear in them."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least that is shown.")
    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="`auto`: colours on a terminal, else JSON."
    )
