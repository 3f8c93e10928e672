"""Commands from Slack, whichever way they were given: slash, text, button, reaction, or Slack's own Stop."""

from collections.abc import Collection

from adapters.slack.house import SlackHouse
from adapters.slack.places import Spot
from agents.log.participants import Profile
from agents.people.command_actions import PrivateReply
from agents.people.commands import Command

STOPPING = frozenset(("octagonal_sign", "stop_sign", "no_entry", "no_entry_sign", "raised_hand", "hand"))
"""Reactions that end a turn."""


async def order(
    house: SlackHouse, spot: Spot, by: Profile, command: Command, *, source: str, groups: Collection[str]
) -> PrivateReply:
    """Carry it out where it was given. Raises `NotAllowed`, `WrongUse`, `StoreFailed`."""
    return await house.door.order(spot.room, by, command, source=source, groups=groups)
