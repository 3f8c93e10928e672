"""All rooms of one process: they are opened, run when they have news, and paused when something fails in them."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from weakref import WeakValueDictionary

from agents.errors import StoreFailed
from agents.log.events import Event, Halted, Stopped
from agents.log.participants import SYSTEM, Profile
from agents.log.room_id import RoomId
from agents.log.transcript import Transcript
from agents.ports import Ports, Slept, Watch
from agents.runtime.blame import told_of
from agents.runtime.children import child_binding
from agents.runtime.conversation import HALTED_SECONDS, Conversation
from agents.runtime.family import Family
from agents.runtime.room import Room, open_room
from agents.team.binding import Binding

LOGGER = logging.getLogger(__name__)

ROOMS_KEPT = 512
"""How many rooms stay in memory although nobody uses them; the others are opened from the store."""

LOOKS_APART, LOOKS_WITHIN = 0.05, 900.0
"""How many seconds lie between the looks at two halted rooms, and after how many each is looked at in any case."""


class Rooms:
    """Runs rooms: `run` is what `Wakeups.serve` calls for each room that is woken.

    ``bindings`` says which team is in a room and how it behaves there. The rooms in memory are a cache: which rooms
    there are, and which of them are awake, only `Schedule` knows.

        rooms = Rooms(ports, {"web:lobby": Binding(team=team)}.get)
        slept = await rooms.run("web:lobby")
        transcript = await rooms.read("web:lobby")
    """

    def __init__(self, ports: Ports, bindings: Callable[[str], Binding | None]):
        self._ports, self._bindings = ports, bindings
        self._open: WeakValueDictionary[str, Room] = WeakValueDictionary()  # with whoever runs or reads one
        self._recent: dict[str, Room] = {}
        self._failed_at: dict[str, int] = {}
        self._last_look = 0.0
        self._running = 0
        self._draining = asyncio.Event()
        self._idle = asyncio.Event()

    async def read(self, name: str) -> Transcript:
        """The room as it is now. Raises `StoreFailed`."""
        return (await self._room(name)).transcript

    def remembered(self, name: str) -> Transcript | None:
        """The room as it was last read; None where it is not in memory. The store is not asked."""
        room = self._open.get(name)
        return room.transcript if room else None

    def recent(self) -> tuple[str, ...]:
        """The names of the rooms that were used last, at most `ROOMS_KEPT`, the newest last; none after a restart."""
        return tuple(self._recent)

    def team(self, name: str) -> tuple[Profile, ...]:
        """The agents of the team that is bound to the room; none where no team is."""
        binding = self._bindings(name)
        return tuple(agent.profile for agent in binding.team.agents) if binding else ()

    async def halted(self, name: str) -> bool:
        """Whether nothing may leave this room, because it or a log that it obeys is halted. Raises `StoreFailed`."""
        for log in (name, *RoomId.parse(name).above):
            if (await self.read(log)).halted:
                return True
        return False

    async def run(self, name: str) -> Slept:
        """Run the room until it may sleep.

        A bug in the room ends here: it is logged, and the room pauses with one sentence. A room whose store fails is
        tried again after five seconds.
        """
        try:
            room = await self._room(name)
            binding = await self._binding(name)
            if binding is None:
                await self._ports.store.drafts.clear(name)
                return await self._leave(room)
            self._running += 1
            try:
                return await self._run(room, binding)
            finally:
                self._running -= 1
                if not self._running:
                    self._idle.set()
        except* StoreFailed as errors:
            LOGGER.error("Room %s cannot go on and is tried again: %s", name, errors.exceptions[0])
        return Slept(upto=0, wake_at=self._ports.clock.now() + 5.0)

    async def run_tree(self, name: str) -> None:
        """Run the room and its child rooms side by side, until none of them has anything left to do.

        It is for whoever serves no wake-ups. Raises `StoreFailed`.
        """
        schedule, going_on = self._ports.store.schedule, True
        while going_on:
            due = [one for one in await schedule.due(self._ports.clock.now()) if RoomId.parse(one).root == name]
            async with asyncio.TaskGroup() as group:
                runs = {one: group.create_task(self.run(one)) for one in due}
            for one, run in runs.items():
                await schedule.settle(one, run.result().upto, run.result().wake_at)
            going_on = bool(runs) and all(run.result().upto for run in runs.values())

    async def drain(self, seconds: float) -> bool:
        """Give the floor to nobody any more and wait for the running turns.

        Returns whether all of them ended within so many seconds.
        """
        self._draining.set()
        try:
            async with asyncio.timeout(seconds):
                while self._running:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def _run(self, room: Room, binding: Binding) -> Slept:
        logs_above = RoomId.parse(room.name).above
        above = [await self._room(name) for name in logs_above]
        halted, family = _any_halted(above), self._family(room, above)
        conversation = Conversation(
            room, binding, self._ports, family=family, halted_above=halted, rests=self._draining.is_set
        )
        watch = self._ports.store.log.watch(room.name, *logs_above, drafts=False)
        async with aclosing(watch), asyncio.TaskGroup() as group:
            listener = group.create_task(_listen(watch, room, above, conversation))
            upto = await self._guarded(room, conversation)
            listener.cancel()
        await self._ports.store.drafts.clear(room.name)  # of a turn that was lost with its process
        await room.keep_snapshot(self._ports.store.snapshots)
        if self._draining.is_set():
            return Slept(upto=0)  # whatever is left to do is due again when the process starts anew
        if upto == room.transcript.seq and conversation.is_over:
            parent = await self._binding(above[0].name) if family.is_child else None
            await family.close(binding.team, [] if parent is None else [one.profile.id for one in parent.team.agents])
        return Slept(upto=upto, wake_at=self._alarm(conversation))

    def _family(self, room: Room, above: list[Room]) -> Family:
        return Family(room, self._ports, above[: RoomId.parse(room.name).depth], self.read)

    async def _binding(self, name: str) -> Binding | None:
        """The room's team and how it behaves there; that of a child room is found anew from the room of the people.

        None where there is no team, or the child room is closed.
        """
        parent = RoomId.parse(name).parent
        if parent is None:
            return self._bindings(name)
        above, child = await self._binding(parent), (await self.read(parent)).children.get(name)
        return None if above is None or child is None or child.answer is not None else child_binding(above, child)

    async def _leave(self, room: Room) -> Slept:
        """Leave a room in which no team is; a child room closes, where it is open and no team can be found for it."""
        above = [await self._room(name) for name in RoomId.parse(room.name).above]
        child = above[0].transcript.children.get(room.name) if above else None
        if child is not None and child.answer is None:
            await self._family(room, above).close(None, ())
        return Slept(upto=room.transcript.seq)

    def _alarm(self, conversation: Conversation) -> float | None:
        """When the room is to be woken; each of many halted rooms gets its own time to look whether it may go on."""
        alarm, now = conversation.next_alarm, self._ports.clock.now()
        if alarm is None or not conversation.halted or alarm > now + HALTED_SECONDS:
            return alarm
        self._last_look = min(max(alarm, self._last_look + LOOKS_APART), now + LOOKS_WITHIN)
        return self._last_look

    async def _guarded(self, room: Room, conversation: Conversation) -> int:
        """The one place that catches a bug in a room: in an agent, a policy, a tool, or in us."""
        try:
            return await conversation.run()
        except StoreFailed:
            raise
        except Exception as bug:
            LOGGER.exception("A bug stopped room %s at seq %d", room.name, room.transcript.seq)
            return await self._pause(room, bug)

    async def _pause(self, room: Room, bug: Exception) -> int:
        """Stop the room until a person speaks, or halt it where the same message made it fail before."""
        if room.transcript.halted:
            return room.transcript.seq
        said = room.transcript.messages[-1].seq if room.transcript.messages else 0
        again = self._failed_at.get(room.name) == said
        self._failed_at[room.name] = said
        reason = told_of(bug)
        event: Event = Halted(reason=reason) if again else Stopped(reason=reason, kind="error")
        return (await room.append(event, by=SYSTEM))[0].seq

    async def _room(self, name: str) -> Room:
        """The room, up to date; as long as anybody uses it, or has used it lately, all get the same one."""
        room = self._open.get(name)
        if room is None:
            opened = await open_room(self._ports.store.log, self._ports.store.snapshots, name)
            room = self._open.setdefault(name, opened)  # another may have opened it meanwhile
        await room.catch_up()
        self._recent.pop(name, None)
        self._recent[name] = room
        while len(self._recent) > ROOMS_KEPT:
            del self._recent[next(iter(self._recent))]
        return room


def _any_halted(above: list[Room]) -> Callable[[], bool]:
    return lambda: True in [one.transcript.halted for one in above]


async def _listen(watch: Watch, room: Room, above: list[Room], conversation: Conversation) -> None:
    """Keep the room up to date while it runs, and tell the conversation what came in."""
    seen = room.transcript.seq
    async for name in watch:
        if name != room.name:
            for one in above:
                await one.catch_up()
            conversation.heard(())
        elif watch.seq > seen:
            if watch.seq > room.transcript.seq:
                await room.catch_up()
            news = room.transcript.above(seen) + room.transcript.edited_above(seen)
            seen = room.transcript.seq
            conversation.heard(news)
