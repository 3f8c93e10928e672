"""Agents with apps of their own come into a channel with their app, and go with it.

Who went is kept, because threads of the channel may begin later.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import TypeAlias

from adapters.slack.house import SlackHouse
from adapters.slack.places import Spot
from agents.log.participants import ParticipantId

NAMESPACE = "slack_absent"
"""In `Facts`, for each channel: the agents whose apps were taken out of it."""


@dataclass(slots=True, kw_only=True)
class _Absence:
    """``since`` is the event that told of it, ``rooms`` are those that the agent left for it."""

    since: str
    rooms: list[str] = field(default_factory=list[str])


_Absent: TypeAlias = dict[ParticipantId, _Absence]


class Attendance:
    """Knows whose app was taken out of which channel, and has agents leave and come back with it."""

    def __init__(self, house: SlackHouse):
        self._house = house
        self._known: dict[str, _Absent] = {}

    async def went(self, spot: Spot, agent: ParticipantId, source: str) -> None:
        """Its app was taken out: it leaves the channel's rooms that are awake, and others when something is said there.

        Raises `StoreFailed`.
        """
        (await self._absent(spot)).setdefault(agent, _Absence(since=source))
        await self._keep(spot)
        for room in (spot.channel_room, *await self._house.store.schedule.awake(spot.channel_room)):
            await self._take_out(spot, agent, room)

    async def came(self, spot: Spot, agent: ParticipantId, source: str) -> None:
        """Its app was invited: it comes back into the rooms that it left so. Raises `StoreFailed`."""
        absent = await self._absent(spot)
        absence = absent.get(agent)
        if absence is None:
            return
        for room in absence.rooms:
            for profile in self._house.agents(room):
                if profile.id == agent:
                    await self._house.door.moved(room, profile, here=True, source=f"{source}>{room}")
        del absent[agent]
        await self._keep(spot)

    async def settle(self, spot: Spot) -> None:
        """Let those leave the room of this spot whose apps are out of its channel. Raises `StoreFailed`."""
        for agent in await self._absent(spot):
            await self._take_out(spot, agent, spot.room)

    async def _take_out(self, spot: Spot, agent: ParticipantId, room: str) -> None:
        absence = (await self._absent(spot))[agent]
        profile = next((one for one in self._house.agents(room) if one.id == agent), None)
        if profile is None or room in absence.rooms:
            return
        await self._house.door.moved(room, profile, here=False, source=f"{absence.since}>{room}")
        absence.rooms.append(room)
        await self._keep(spot)

    async def _keep(self, spot: Spot) -> None:
        absent = {agent: asdict(one) for agent, one in self._known[spot.channel_room].items()}
        if absent:
            await self._house.store.facts.put(NAMESPACE, spot.channel_room, json.dumps(absent))
        else:
            await self._house.store.facts.delete(NAMESPACE, spot.channel_room)

    async def _absent(self, spot: Spot) -> _Absent:
        known = self._known.get(spot.channel_room)
        if known is None:
            body = await self._house.store.facts.get(NAMESPACE, spot.channel_room)
            known = {agent: _Absence(**one) for agent, one in json.loads(body or "{}").items()}
            known = self._known.setdefault(spot.channel_room, known)
        return known
