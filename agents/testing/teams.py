"""Running a team by itself, to see what it says."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from math import inf

from msgspec.structs import replace

from agents.errors import WrongUse
from agents.log.events import Answered, Event, Said
from agents.log.participants import Profile, is_person, short_name
from agents.people.command_actions import CommandActions
from agents.people.door import Door
from agents.people.permissions import Permissions
from agents.ports import Model, Sandbox, ToolMaker
from agents.runtime.rooms import Rooms
from agents.runtime.team_run import TeamRun, team_run
from agents.team.binding import Binding
from agents.team.team import Team
from agents.testing.clock import FakeClock
from agents.testing.store import memory_ports
from agents.testing.tools import plain_tool
from agents.turn.conversable import Conversable
from agents.turn.turn import Agent

ROOM = "web:test"
ANA = Profile(id="person:web/ana", name="Ana")
TESTERS = frozenset({"testers"})
PERMISSIONS = Permissions(users=TESTERS, approvers=TESTERS, admins=TESTERS, owners=TESTERS, bound=True)


async def run_team(
    team: Team,
    task: str,
    *,
    model: Model | Mapping[str, Model] | None = None,
    replies: Sequence[str | Said | None] = (),
    sandbox: Sandbox | None = None,
    tool_of: ToolMaker = plain_tool,
) -> TeamRun:
    """Let a team work on a task in memory until its room rests, and return what came of it.

    A person called Ana says the task. Nothing is kept, no time passes by itself, and nothing is read from files.

    team: the team.
    task: what Ana says first.
    model: the model of all agents, or one by each name that the agents use.
    replies: what people do, one after the other, each time that nobody speaks any more. A text answers the oldest open
        question (as one of its options, if it is one), or is a message where none is open; a `Said` is a message in
        any case; with None nobody answers, and time passes until the oldest question is too late.
    sandbox: where code runs; without one it is not run.
    tool_of: makes tools of functions; `plain_tool` does not check what a model writes.

    Raises `WrongUse` for a None in ``replies`` where no open question has a deadline.

        team = Team(agents=[assistant("coder"), user_proxy("boss")], termination=said("DONE"))
        run = await run_team(team, "Begin.", model=scripted(["Shall I?", "DONE"]), replies=["Yes, please."])
        assert run.stop_reason == "coder said DONE."
    """
    town = _Town(team, _models(team, model), sandbox, tool_of)
    await town.does(Said(text=task))
    for reply in replies:
        await town.hears(reply)
    return await town.report()


class _Town:
    """A house in memory with one room: the team, the people, and a clock that they move."""

    def __init__(self, team: Team, models: Mapping[str, Model], sandbox: Sandbox | None, tool_of: ToolMaker):
        self._binding = Binding(team=team)
        self._clock = FakeClock()
        self._ports = replace(memory_ports(self._clock, models, sandbox), tool_of=tool_of)
        self._rooms = Rooms(self._ports, self.of)
        self._door = Door(self._ports, self._rooms, CommandActions(self._ports, self._rooms, self), self)
        self._alarms: dict[str, float | None] = {}
        self._sources = count(1)

    def of(self, room: str) -> Binding | None:
        """The team is in this one room."""
        return self._binding if room == ROOM else None

    def permissions(self, room: str) -> Permissions:
        """Everybody may do everything."""
        return PERMISSIONS

    async def use(self, room: str, team: str) -> str:
        """Raises `WrongUse`: there is one team."""
        raise WrongUse("The team of a test stays the one that it was given.")

    async def leave(self, room: str) -> str:
        """Raises `WrongUse`: there is one team."""
        raise WrongUse("The team of a test stays the one that it was given.")

    async def where(self) -> Mapping[str, str]:
        """The one team in its room."""
        return {ROOM: self._binding.team.name}

    async def does(self, event: Event, by: Profile = ANA) -> None:
        """A person does something, and the rooms run until all of them sleep."""
        await self._door.enter(ROOM, by, event, source=f"test:{next(self._sources)}", groups=TESTERS)
        await self._rest()

    async def hears(self, reply: str | Said | None) -> None:
        """The next of the people's replies."""
        transcript = await self._rooms.read(ROOM)
        question = next(iter(transcript.open_questions), None)
        if reply is None:
            await self._wait(min((one.asked.deadline or inf for one in transcript.open_questions), default=inf))
        elif isinstance(reply, Said):
            await self.does(reply)
        elif question is None:
            await self.does(Said(text=reply))
        else:
            person = next((one for one in question.asked.of if is_person(one)), ANA.id)
            profile = transcript.known.get(person) or Profile(id=person, name=short_name(person))
            option = reply if reply in question.asked.options else None
            await self.does(Answered(question=question.seq, text="" if option else reply, option=option), profile)

    async def _wait(self, until: float) -> None:
        if until == inf:
            raise WrongUse("With None in replies time passes, but nobody was asked anything that has a deadline.")
        while alarm := min((at for at in self._alarms.values() if at is not None and at <= until), default=None):
            self._clock.set(alarm)
            await self._rest()

    async def _rest(self) -> None:
        schedule = self._ports.store.schedule
        while due := await schedule.due(self._clock.now()):
            for room in due:
                slept = await self._rooms.run(room)
                self._alarms[room] = slept.wake_at
                await schedule.settle(room, slept.upto, slept.wake_at)

    async def report(self) -> TeamRun:
        """What came of it."""
        return await team_run(self._ports.store, ROOM)


def _models(team: Team, model: Model | Mapping[str, Model] | None) -> Mapping[str, Model]:
    if model is None or isinstance(model, Mapping):
        return model or {}
    return dict.fromkeys({"default", *_used(team.agents)}, model)


def _used(agents: Iterable[Agent]) -> set[str]:
    """The names of the models that these agents use, and those in the teams that they set to work."""
    models: set[str] = set()
    for agent in agents:
        if isinstance(agent, Conversable):
            models |= {agent.model} if agent.model else set()
            for inner in agent.teams.values():
                models |= _used(inner.agents)
    return models
