"""Which channel has which team: what the config says, and what admins said inside the channels."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from msgspec.structs import replace

from agents.budget.limits import Limits
from agents.errors import WrongUse
from agents.log.participants import ParticipantId, Profile, agent_id, short_name
from agents.log.room_id import RoomId
from agents.people.permissions import Permissions, owner_of_all
from agents.ports import Cap, Facts
from agents.team.binding import Binding
from agents.team.team import Team
from agents.turn.turn import Brief
from bots.config import Config
from bots.config.places import Place
from bots.config.tables import ChannelTable
from bots.team_builder import Teams

LOGGER = logging.getLogger(__name__)

NAMESPACE = "bindings"
PLACES = "places"
PAIRS = "pairs"

HERE = "here"
"""The group of everybody at this machine's own web room and terminal."""

LOCAL_PLATFORMS = ("web", "terminal")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What holds in a channel and its threads, put together once: every message asks several times.

    ``listed`` are all names that the permissions know.
    """

    conversation: Literal["channel", "thread"]
    permissions: Permissions
    listed: frozenset[str]


class ChannelBindings:
    """`agents.people.command_actions.Bindings` and `agents.people.door.Authority` over the config and the store.

    ``fallback`` is the team of local rooms that nothing binds; ``brief`` what every turn is told of the house;
    ``at_most`` a hard cap in US dollars a day on everything, whatever the config says.
    """

    def __init__(
        self,
        config: Config,
        teams: Teams,
        records: Facts,
        *,
        brief: Brief,
        fallback: Team,
        at_most: float | None = None,
    ):
        self._config, self._teams, self._records = config, teams, records
        self._brief, self._fallback, self._at_most = brief, fallback, at_most
        self._said: dict[str, str] = {}
        self._bound: dict[str, Binding | None] = {}
        self._rules: dict[str, _Rules] = {}
        self._places: dict[str, Place] = {}
        self._pairs: dict[str, ParticipantId] = {}
        self._warned_of: set[str] = set()

    async def load(self) -> None:
        """Read what admins and platforms said, once, before anything is asked. Raises `StoreFailed`."""
        self._said = await self._records.items(NAMESPACE)
        self._pairs = await self._records.items(PAIRS)
        places = await self._records.items(PLACES)
        self._places = {channel: Place(**json.loads(body)) for channel, body in places.items()}

    def take(self, config: Config, teams: Teams) -> None:
        """Go by another config, each room when it next runs. Raises `WrongUse`, and keeps the old one, where a team
        of its channels cannot be made.
        """
        for channel in config.channels:
            teams.of(channel.team)
        self._config, self._teams = config, teams
        self._bound.clear()
        self._rules.clear()
        self._warned_of.clear()

    async def locate(self, channel: str, place: Place) -> None:
        """The platform's word on what its channel (``discord:G1/C1``) is; it holds for the channel's threads as well.

        It is kept: rooms go on after a restart before their platform is connected again. Raises `StoreFailed`.
        """
        if self._places.get(channel) != place:
            self._places[channel] = place
            self._forget(channel)
            await self._records.put(PLACES, channel, json.dumps(asdict(place), ensure_ascii=False))

    async def pair(self, channel: str, agent: ParticipantId) -> None:
        """The platform's word that its direct message (``slack:T1/D1``) is with this agent's own app.

        It is a chat of two, whatever team direct messages have. Raises `StoreFailed`.
        """
        if self._pairs.get(channel) != agent:
            self._pairs[channel] = agent
            self._forget(channel)
            await self._records.put(PAIRS, channel, agent)

    def conversation(self, room: str) -> Literal["channel", "thread"]:
        """Whether the room's channel is one conversation or has one in each thread."""
        return self._rules_of(room).conversation

    def opens_threads(self, room: str) -> bool:
        """Whether whatever is written in the room's channel is for the team, so that it may begin a thread."""
        binding = self.of(room)
        return binding is not None and binding.attention in ("always", "judged")

    def place(self, room: str) -> Place:
        """What is known of the room's channel."""
        return self._places.get(channel_of(room)) or place_of(room)

    def of(self, room: str) -> Binding | None:
        """The room's team and how it behaves there; None, which the log tells once, where an admin's team is gone.

        Raises `WrongUse` where the config's own team cannot be made.
        """
        if room not in self._bound:
            self._bound[room] = self._make(room)
        return self._bound[room]

    def permissions(self, room: str) -> Permissions:
        """Who may do what there; whoever sits at this machine is everything in its own rooms."""
        return self._rules_of(room).permissions

    def listed(self, room: str) -> frozenset[str]:
        """All names of people and groups that may do anything there."""
        return self._rules_of(room).listed

    def profiles(self, room: str) -> Sequence[Profile]:
        """The agents of the room's team as they are set up now."""
        binding = self.of(room)
        return [] if binding is None else [agent.profile for agent in binding.team.agents]

    async def use(self, room: str, team: str) -> str:
        """Put a team into the room, unless the config decides."""
        self._refuse_if_configured(room)
        self._teams.of(team)
        channel = channel_of(room)
        await self._records.put(NAMESPACE, channel, team)
        self._said[channel] = team
        self._forget(channel)
        return f"The team {team} is here now. What is written here is kept and read by its models; `leave` ends that."

    async def leave(self, room: str) -> str:
        """Take the team out, unless the config decides."""
        self._refuse_if_configured(room)
        channel = channel_of(room)
        await self._records.delete(NAMESPACE, channel)
        self._said.pop(channel, None)
        self._forget(channel)
        return "No team is here any more; what was said is kept until it is deleted."

    async def where(self) -> Mapping[str, str]:
        """Every pattern of the config and every channel that an admin bound, with its team."""
        configured = {str(one): channel.team for channel in self._config.channels for one in channel.match}
        return {**self._said, **configured}

    def _forget(self, channel: str) -> None:
        """Bind the channel and its threads anew when they are next asked for."""
        for room in [known for known in self._bound if channel_of(known) == channel]:
            del self._bound[room]
        self._rules.pop(channel, None)
        self._warned_of.discard(channel)

    def _rules_of(self, room: str) -> _Rules:
        channel = channel_of(room)
        rules = self._rules.get(channel)
        if rules is None:
            rules = self._rules[channel] = self._put_together(channel)
        return rules

    def _put_together(self, channel: str) -> _Rules:
        place = self.place(channel)
        table = self._config.channel(place)
        permissions = self._config.permissions(table, bound=self.of(channel) is not None)
        if place_of(channel).platform in LOCAL_PLATFORMS and self._config.web.only_here:
            permissions = _with_owner(permissions)
        return _Rules(
            conversation=_conversation(table, place),
            permissions=permissions,
            listed=permissions.users | permissions.approvers | permissions.admins | permissions.owners,
        )

    def _refuse_if_configured(self, room: str) -> None:
        agent = self._pairs.get(channel_of(room))
        if agent is not None:
            raise WrongUse(f"This is a chat with {short_name(agent)} alone; write to the host app for a whole team.")
        channel = self._config.channel(self.place(room))
        if channel is not None:
            raise WrongUse(f"The config puts the team {channel.team} here; change its [[channels]] instead.")

    def _make(self, room: str) -> Binding | None:
        place = self.place(room)
        channel = self._config.channel(place)
        local = place.platform in LOCAL_PLATFORMS
        team = whole = self._team(room, channel, local=local)
        partner = self._pairs.get(channel_of(room))
        if partner is not None:
            team = self._pair(partner, whole)
        if team is None:
            return None
        known = (*self._teams.agents.values(), *(whole.agents if whole is not None else ()))
        here = {one.profile.id for one in team.agents}
        attention = channel.attention if channel is not None and channel.attention else None
        return Binding(
            team=replace(team, limits=self._limits(team.limits, channel)),
            attention=attention or ("always" if local or place.direct else "thread"),
            brief=replace(self._brief, flow=team.flow),
            guests={one.profile.handle: one for one in known if one.profile.id not in here},
        )

    def _pair(self, agent: ParticipantId, team: Team | None) -> Team | None:
        """The agent alone, as it is in the team that would be here, or else in the config; None where it is nowhere."""
        agents = {agent_id(name): one for name, one in self._teams.agents.items()}
        of_team = {one.profile.id: one for one in team.agents} if team is not None else {}
        partner = of_team.get(agent) or agents.get(agent)
        if partner is None:
            return None
        limits = team.limits if team is not None else Limits()
        return Team(name=short_name(agent), agents=[partner], limits=limits)

    def _team(self, room: str, channel: ChannelTable | None, *, local: bool) -> Team | None:
        """The config's team, else the one that an admin put there, else, in local rooms, the fallback."""
        if channel is not None:
            return self._teams.of(channel.team)
        where = channel_of(room)
        name = self._said.get(where)
        if name is None:
            return self._fallback if local else None
        try:
            return self._teams.of(name)
        except WrongUse as error:
            if where not in self._warned_of:
                self._warned_of.add(where)
                LOGGER.warning("No team is in %s any more; an admin there can `use` another one. %s", where, error)
            return None

    def _limits(self, own: Limits, channel: ChannelTable | None) -> Limits:
        """The house's limits beside the team's own, of which the smaller one counts; the channel's budget is the
        room's, in what it names.
        """
        house = self._config.limits
        budget = channel.budget if channel is not None else None
        turns = own.agent_turns_without_a_person
        return replace(
            own,
            usd_per_day=budget.usd_per_day if budget and budget.usd_per_day else own.usd_per_day,
            tokens_per_day=budget.tokens_per_day if budget and budget.tokens_per_day else own.tokens_per_day,
            person=_smaller(own.person, Cap(usd=house.usd_per_person_per_day)),
            installation=_smaller(
                own.installation, Cap(usd=house.usd_per_day, tokens=house.tokens_per_day), Cap(usd=self._at_most)
            ),
            agent_turns_without_a_person=house.agent_turns_without_a_person
            if turns == Limits().agent_turns_without_a_person
            else turns,
        )


def _conversation(table: ChannelTable | None, place: Place) -> Literal["channel", "thread"]:
    if table is not None and table.conversation is not None:
        return table.conversation
    always = table is not None and table.attention == "always"
    return "channel" if always or place.direct or place.platform in LOCAL_PLATFORMS else "thread"


def _with_owner(permissions: Permissions) -> Permissions:
    """Whoever sits at this machine may do everything."""
    owner = owner_of_all(HERE)
    return replace(
        permissions,
        users=permissions.users | owner.users,
        approvers=permissions.approvers | owner.approvers,
        admins=permissions.admins | owner.admins,
        owners=permissions.owners | owner.owners,
    )


def _smaller(*caps: Cap) -> Cap:
    """The smallest of each unit's limits."""
    return Cap(
        usd=min([cap.usd for cap in caps if cap.usd is not None], default=None),
        tokens=min([cap.tokens for cap in caps if cap.tokens is not None], default=None),
    )


def channel_of(room: str) -> str:
    """The room of the channel that a thread's room belongs to: ``slack:T1/C1`` for ``slack:T1/C1/1699.1``."""
    return RoomId.parse(room).place


def place_of(room: str) -> Place:
    """The place that a room id names: ``web:lobby``, ``slack:T1/C1``, ``slack:T1/C1/1699.1`` (a thread)."""
    room_id = RoomId.parse(room)
    channel = room_id.channel or room_id.workspace
    return Place(platform=room_id.platform, id=channel, name=channel)
