"""What channels are called, for the config that names them."""

import logging

from adapters.shared.recent import Recent
from adapters.slack.apps import Apps
from adapters.slack.house import SlackHouse
from adapters.slack.payloads import part, word
from adapters.slack.places import Spot
from agents.errors import PlatformFailed
from agents.ports import Clock

LOGGER = logging.getLogger(__name__)

KNOWN_FOR = 3600.0
"""Seconds after which a channel's name is asked for again."""

REMEMBERED = 10_000
"""Channels; those known for longest are asked for again."""


class Channels:
    """Tells the house what each channel is, before anything of it is brought in."""

    def __init__(self, house: SlackHouse, apps: Apps, clock: Clock):
        self._house, self._apps, self._clock = house, apps, clock
        self._known: Recent[str, tuple[float, bool]] = Recent(REMEMBERED)

    async def know(self, channel: str, kind: str = "") -> bool:
        """Make sure that the house knows the channel; whether it is a direct message (of two or of a group).

        Raises `PlatformFailed` where nothing is known of it and Slack may say more when it is asked again: without its
        name a channel may seem to have no team.
        """
        known = self._known.get(channel)
        if known is not None and self._clock.now() - known[0] < KNOWN_FOR:
            return known[1]
        if channel.startswith("D"):
            return await self._located(channel, "", direct=True)
        try:
            answer = await self._apps.host.caller.call("conversations.info", channel=channel)
        except PlatformFailed as error:
            if known is None and not error.permanent:
                raise
            LOGGER.info("Slack did not say what the channel %s is: %s", channel, error)
            return kind == "mpim" if known is None else known[1]
        info = part(answer, "channel")
        return await self._located(channel, word(info, "name"), direct=info.get("is_mpim") is True)

    async def told(self, channel: str, name: str, *, direct: bool) -> None:
        """What a list of Slack's says of it."""
        await self._located(channel, name, direct=direct)

    async def renamed(self, channel: str, name: str) -> None:
        """It has another name."""
        await self._located(channel, name, direct=False)

    async def _located(self, channel: str, name: str, *, direct: bool) -> bool:
        await self._house.locate(Spot(team=self._apps.team, channel=channel).channel_room, channel, name, direct)
        self._known.put(channel, (self._clock.now(), direct))
        return direct
