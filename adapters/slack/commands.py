"""Commands from Slack, whatever they were given with: a slash, a text, a button, a reaction, Slack's own Stop (R27)."""

from collections.abc import Collection

from adapters.slack.house import SlackHouse
from adapters.slack.places import Spot
from agents.log.participants import Profile
from agents.people.command_actions import PrivateReply
from agents.people.commands import Command, parse

STOPPING = frozenset(("octagonal_sign", "stop_sign", "no_entry", "no_entry_sign", "raised_hand", "hand"))
"""Reactions that end a turn."""


def command_in(text: str) -> Command | None:
    """The command that a message is. Raises `WrongUse` where one was meant and none was written."""
    return parse(text, bare_slash=False)


async def order(
    house: SlackHouse, spot: Spot, by: Profile, command: Command, *, source: str, groups: Collection[str]
) -> PrivateReply:
    """Carry it out where it was given. Raises `NotAllowed`, `WrongUse`, `StoreFailed`.

    A stop in a channel stops what runs in its threads, where there is no slash command. A halt reaches them anyway.
    """
    reply = await house.door.order(spot.room, by, command, source=source, groups=groups)
    if not spot.thread and command.verb == "stop":
        threads = [room for room in house.awake() if room.startswith(f"{spot.channel_room}/")]
        for room in threads:
            await house.door.order(room, by, command, source=f"{source}+{room}", groups=groups)
    return reply
