"""Sending for every chat platform: it runs the lanes, knows halts at once, and tells who has the floor in each room."""

import asyncio
import os
from collections.abc import Callable

import structlog

from adapters.shared.delivery import Outbox
from adapters.shared.lanes import Lanes
from adapters.shared.pace import Pace, PaceLimits
from adapters.shared.recent import Recent
from agents.errors import PlatformFailed, StoreFailed
from agents.log.participants import SYSTEM, ParticipantId, Profile, short_name
from agents.log.room_id import RoomId
from agents.ports import Platform, Post
from bots.logs import redactor
from bots.wiring import House

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

HOST = Profile(id=SYSTEM, name="Tertulia")

DRAIN_SECONDS = 3.0
"""How long, at the end, what is already said may take to be posted; the rest is posted at the next start."""

Speaking = Callable[[str, Profile | None], None]
"""Told of a room whenever it has news: who has the floor there, or None."""


def _nobody(room: str, speaker: Profile | None) -> None:
    """Tell nobody who has the floor."""


def _given_up(post: Post, error: PlatformFailed) -> None:
    """What was not posted, for whoever runs this: the room itself cannot be told."""
    _log.error("post_given_up", room=post.room, key=post.key, reason=str(error))


class Sending:
    """Posts what the rooms of one platform say (``name:…``) and tells ``speaking`` who has the floor in each.

    ``met`` are the faces of people who just did something, which the rooms may not have heard of yet.
    """

    def __init__(
        self,
        house: House,
        name: str,
        platform: Platform,
        limits: PaceLimits,
        *,
        speaking: Speaking = _nobody,
        refused: Callable[[Post, PlatformFailed], None] = _given_up,
        streaming: bool = False,
        met: Recent[ParticipantId, Profile] | None = None,
    ):
        self._house, self._name, self._speaking = house, name, speaking
        self._halted: set[str] = set()
        self._known: set[str] = set()
        self._profile = house_profile(house, met)
        outbox = Outbox(
            platform=platform,
            ports=house.ports,
            pace=Pace(house.ports.clock, limits),
            host=HOST,
            profile=self._profile,
            halted=self.halted,
            acquaint=self._meet,
            look=self._look_again,
            redact=redactor(house.loaded, os.environ),
            refused=refused,
            streaming=streaming,
        )
        self._lanes = Lanes(outbox, serves=self._serves)

    def halted(self, room: str) -> bool:
        """Whether nothing may leave the room, from memory."""
        return not self._halted.isdisjoint((room, *RoomId.parse(room).above))

    async def run(self) -> None:
        """Post until cancelled; then let running turns end, and post what they said, as far as that is quick."""
        async with asyncio.TaskGroup() as group:
            posting = group.create_task(self._lanes.run())
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.shield(self._drain())
                posting.cancel()

    async def _drain(self) -> None:
        await self._house.rest()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._lanes.drained()
        except TimeoutError:
            _log.warning("unposted_at_the_end", platform=self._name, seconds=DRAIN_SECONDS)

    async def _meet(self, room: str) -> None:
        """Look at a room before anything is posted there: rooms in which nothing happens cost nothing at the start."""
        for log in (room, *RoomId.parse(room).above):
            if log not in self._known:
                await self._look(log)

    async def _look_again(self, room: str) -> None:
        if not (self._serves(room) or RoomId.parse(room).only_halts):
            return
        try:
            await self._look(room)
        except StoreFailed as error:
            _log.warning("room_not_read", room=room, reason=str(error))

    async def _look(self, room: str) -> None:
        transcript = await self._house.rooms.read(room)
        if transcript.halted:
            self._halted.add(room)
        elif room in self._halted:
            self._halted.discard(room)
            self._lanes.resume()
        self._known.add(room)
        if self._serves(room):
            draft = None if transcript.halted else await self._house.ports.store.drafts.read(room)
            self._speaking(room, None if draft is None else self._profile(room, draft.started.speaker))

    def _serves(self, room: str) -> bool:
        room_id = RoomId.parse(room)
        return room_id.platform == self._name and not room_id.only_halts and not room_id.child


def house_profile(
    house: House, met: Recent[ParticipantId, Profile] | None = None
) -> Callable[[str, ParticipantId], Profile]:
    """The face of a participant in a room, from memory."""

    def profile(room: str, participant: ParticipantId) -> Profile:
        transcript = house.rooms.remembered(room)
        known = transcript.known.get(participant) if transcript else None
        known = known or (met.get(participant) if met else None)
        if known is not None:
            return known
        binding = house.bindings.of(room)
        team = binding.team.agents if binding else ()
        return next(
            (agent.profile for agent in team if agent.profile.id == participant),
            HOST if participant == SYSTEM else Profile(id=participant, name=short_name(participant)),
        )

    return profile
