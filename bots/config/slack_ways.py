"""Whether Slack's tables fit together: how each app hears, and whose token the host app has (R11, R28)."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bots.config.tables import AgentSlack, AgentTable, SlackTable

Misfit: TypeAlias = tuple[str, str]
"""Where, and the end of a sentence about it."""


def slack_misfits(slack: SlackTable, agents: Mapping[str, AgentTable]) -> Iterator[Misfit]:
    """Everything that cannot work, each with what to do."""
    yield from _host(slack)
    if slack.app_token is None and slack.signing_secret is None:
        yield (
            "[slack]",
            ("lacks app_token; add it for Socket Mode, or signing_secret where Slack is to call over HTTP"),
        )
    yield from _both("[slack]", slack)
    over_http = ["[slack]"] if slack.signing_secret is not None else list[str]()
    for name, agent in agents.items():
        where = f"[agents.{name}.slack]"
        if agent.slack is not None:
            yield from _both(where, agent.slack)
            over_http += [where] if agent.slack.signing_secret is not None else []
    if over_http and not slack.http.public_url:
        yield (
            f"{over_http[0]} signing_secret",
            ("is for HTTP, and nothing says where Slack reaches Tertulia; set [slack.http] public_url"),
        )


def _both(where: str, app: SlackTable | AgentSlack) -> Iterator[Misfit]:
    if app.app_token is not None and app.signing_secret is not None:
        yield where, "has app_token, for Socket Mode, and signing_secret, for HTTP; keep what the app is set up for"


def _host(slack: SlackTable) -> Iterator[Misfit]:
    if slack.bot_token is None:
        yield "[slack]", "lacks bot_token; add it"
