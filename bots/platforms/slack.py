"""Serving Slack for a house: its settings from the config, its adapter, and what is posted there."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

import structlog

from adapters.shared.pace import PaceLimits, Rate
from adapters.slack import PING_SECONDS, PLATFORM, Http, OAuth, Setting, Slack, SlackHouse, Tokens, open_slack
from agents.errors import WrongUse
from agents.log.participants import ParticipantId, agent_id
from bots.config import Loaded
from bots.config.places import Place
from bots.config.references import Secret
from bots.config.tables import AgentSlack, SlackTable
from bots.platforms.outbox import Sending
from bots.wiring import House

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

LIMITS = PaceLimits(
    room=Rate(count=8, seconds=8.0), platform=Rate(count=250, seconds=60.0), draft=1.2, draft_slowest=10.0
)
"""Beside what the adapter keeps itself, for each app and method. A draft changes once a second at most."""

Ready = Callable[[Slack], Awaitable[None]]


async def _unannounced(slack: Slack) -> None:
    """Tell nobody that Slack is ready."""


async def serve_slack(house: House, *, ready: Ready = _unannounced, scale: float = 1.0) -> None:
    """Serve until cancelled. Raises `WrongUse` for tokens that are missing, dead, or of different workspaces.

    ``ready`` is called once everything is set up; ``scale`` shortens the intervals of Slack's limits.
    """
    setting = replace(setting_of(house.loaded, os.environ), scale=scale, ping_seconds=PING_SECONDS)
    async with open_slack(house_for(house), setting) as slack:
        limits, speaking = _scaled(LIMITS, scale), slack.statuses.speaking
        sending = Sending(house, PLATFORM, slack.platform, limits, speaking=speaking, streaming=True)
        _log.info("slack_open", teams=slack.workspaces.teams, address=slack.address or "socket mode")
        async with asyncio.TaskGroup() as group:
            group.create_task(sending.run())
            group.create_task(slack.run())
            await ready(slack)


def setting_of(loaded: Loaded, environment: Mapping[str, str]) -> Setting:
    """What the config says of Slack, its secrets read. Raises `WrongUse` for those that are missing."""
    table = _table(loaded)
    tokens = [_tokens(loaded, table, "slack", environment), *_own(loaded, environment)]
    http = http_of(loaded) if any(one.signing_secret for one in tokens) else None
    oauth = None
    if table.client_secret is not None:
        secret = loaded.reveal(table.client_secret, "slack.client_secret", environment)
        oauth = OAuth(client_id=table.client_id, client_secret=secret)
    return Setting(tokens=tokens, http=http, oauth=oauth, api_url=f"{table.api_url}/", proxy=table.proxy)


def http_of(loaded: Loaded) -> Http:
    """Where Slack reaches what is served over HTTP. Raises `WrongUse` without a [slack] table."""
    return Http(**_table(loaded).http.model_dump())


def _tokens(
    loaded: Loaded, app: SlackTable | AgentSlack, key: str, environment: Mapping[str, str], agent: ParticipantId = ""
) -> Tokens:
    """One app's secrets, read."""

    def read(name: str, secret: Secret | None) -> str:
        return loaded.reveal(secret, f"{key}.{name}", environment) if secret else ""

    return Tokens(
        where=f"[{key}]",
        bot_token=read("bot_token", app.bot_token),
        app_token=read("app_token", app.app_token),
        signing_secret=read("signing_secret", app.signing_secret),
        agent=agent,
    )


def _own(loaded: Loaded, environment: Mapping[str, str]) -> Sequence[Tokens]:
    """The apps of agents, those of ready-made teams too."""
    return [
        _tokens(loaded, agent.slack, f"agents.{name}.slack", environment, agent_id(name))
        for name, agent in loaded.config.agents.items()
        if agent.slack is not None
    ]


def house_for(house: House) -> SlackHouse:
    """The house as Slack's adapter sees it."""

    async def locate(channel: str, id_: str, name: str, direct: bool) -> None:
        await house.bindings.locate(channel, Place(platform=PLATFORM, id=id_, name=name, direct=direct))

    def owners(room: str) -> Collection[str]:
        return house.bindings.permissions(room).owners

    return SlackHouse(
        door=house.door,
        store=house.ports.store,
        clock=house.ports.clock,
        agents=house.bindings.profiles,
        conversation=house.bindings.conversation,
        opens_threads=house.bindings.opens_threads,
        listed=house.bindings.listed,
        owners=owners,
        locate=locate,
        pair=house.bindings.pair,
        read=house.rooms.read,
        recent=house.rooms.recent,
        bots=_table(house.loaded).bots,
    )


def _scaled(limits: PaceLimits, scale: float) -> PaceLimits:
    return PaceLimits(
        room=replace(limits.room, seconds=limits.room.seconds * scale),
        platform=replace(limits.platform, seconds=limits.platform.seconds * scale),
        draft=limits.draft * scale,
        draft_slowest=limits.draft_slowest * scale,
    )


def _table(loaded: Loaded) -> SlackTable:
    if loaded.config.slack is None:
        raise WrongUse("Slack is not configured; add a [slack] table with bot_token and app_token.")
    return loaded.config.slack
