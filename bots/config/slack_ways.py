"""Whether Slack's tables fit together: Socket Mode or HTTP for each app, and one workspace or many."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from bots.config.people import Who
from bots.config.tables import AgentSlack, AgentTable, ChannelTable, PeopleTable, SlackTable

Misfit: TypeAlias = tuple[str, str]
"""Where, and the end of a sentence about it."""


def slack_misfits(
    slack: SlackTable, agents: Mapping[str, AgentTable], people: PeopleTable, channels: Mapping[int, ChannelTable]
) -> Iterator[Misfit]:
    """Everything that cannot work, each with what to do. ``channels`` are by their number in the file."""
    if slack.client_id or slack.client_secret is not None:
        yield from _installed_by_people(slack)
        yield from _ambiguous("[people]", people)
        for number, channel in channels.items():
            yield from _ambiguous(f"[[channels]] number {number}", channel)
            yield from _of_any_workspace(f"[[channels]] number {number} match", channel)
        if any((one.platform, one.kind, one.value) == ("slack", "workspace", "") for one in people.admins):
            what = 'has "slack:workspace", and any workspace may install the app; name one, "slack:workspace:T012AB3CD"'
            yield "[people] admins", what
    elif slack.bot_token is None:
        yield "[slack]", "lacks bot_token; add it"
    if slack.app_token is None and slack.signing_secret is None:
        yield "[slack]", "lacks app_token; add it for Socket Mode, or signing_secret where Slack is to call over HTTP"
    yield from _both("[slack]", slack)
    over_http = ["[slack]"] if slack.signing_secret is not None else list[str]()
    for name, agent in agents.items():
        where = f"[agents.{name}.slack]"
        if agent.slack is not None:
            yield from _both(where, agent.slack)
            over_http += [where] if agent.slack.signing_secret is not None else []
    if over_http and not slack.http.public_url:
        what = "is for HTTP, and nothing says where Slack reaches Tertulia; set [slack.http] public_url"
        yield f"{over_http[0]} signing_secret", what


def _installed_by_people(slack: SlackTable) -> Iterator[Misfit]:
    if not slack.client_id:
        yield "[slack]", "has client_secret and lacks client_id; add it"
    if slack.client_secret is None:
        yield "[slack]", "has client_id and lacks client_secret; add it"
    if slack.bot_token is not None:
        what = "has bot_token, for one workspace, and client_id, for all that install the app; keep one of them"
        yield "[slack]", what
    if slack.app_token is not None:
        yield "[slack]", "has client_id, and people install the app over HTTP; set signing_secret instead of app_token"


def _ambiguous(where: str, table: PeopleTable | ChannelTable) -> Iterator[Misfit]:
    """Ids of people and groups are unique in one workspace alone."""
    for key in ("users", "approvers", "admins"):
        listed: Sequence[Who] = getattr(table, key) or ()
        for one in listed:
            if one.platform == "slack" and one.kind in ("user", "group") and "/" not in one.value:
                kind = "group:" if one.kind == "group" else ""
                what = f'names "{one.value}" without its workspace, and any may install the app; write '
                yield f"{where} {key}", f'{what}"slack:{kind}T012AB3CD/{one.value}"'


def _of_any_workspace(where: str, channel: ChannelTable) -> Iterator[Misfit]:
    """Ids of channels as well."""
    for one in channel.match:
        if (one.platform, one.kind) == ("slack", "id"):
            what = (
                f'names "{one}", which may be a channel of any workspace that installs the app; let its admin write '
                "`use TEAM` there, or name channels of all of them"
            )
            yield where, what


def _both(where: str, app: SlackTable | AgentSlack) -> Iterator[Misfit]:
    if app.app_token is not None and app.signing_secret is not None:
        yield where, "has app_token, for Socket Mode, and signing_secret, for HTTP; keep what the app is set up for"
