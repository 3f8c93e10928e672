"""Give one agent the floor, write down what it does, and end the turn whatever happens."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from time import monotonic

from msgspec.structs import replace

from agents.budget.meter import Caps, Meter
from agents.budget.questions import budget_question
from agents.errors import BudgetExceeded, ModelFailed, SandboxUnavailable, TertuliaError, WrongUse
from agents.log.events import (
    UNKNOWN,
    Asked,
    Event,
    Opened,
    Outcome,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.participants import SYSTEM
from agents.log.records import THIS_TURN, Entry
from agents.ports import Draft, OpenDraft, Ports
from agents.runtime.room import Room
from agents.team.situation import Choice
from agents.turn.turn import Agent, Brief, Silence, Turn
from agents.turn.view import Views

DRAFT_SECONDS = 0.05
"""How often growing text is shown at most."""

EMPTY = Draft(text="")


class Moderator:
    """The floor of one room: at most one agent has it, and it can be taken away.

    ``upto`` is what the agent that has it had read when it got it; None while nobody has it.
    """

    def __init__(self, room: Room, ports: Ports, brief: Brief, *, turn_timeout: float):
        self._room, self._ports, self._brief = room, ports, brief
        self._seconds = turn_timeout
        self._views = Views()
        self._acting: asyncio.Timeout | None = None
        self._busy = self._at_once = False
        self._taken = ""
        self.upto: int | None = None

    def interrupt(self, *, at_once: bool, why: str) -> None:
        """Take the floor away: at once, or (an addressed message) not before a running tool has returned.

        What is being written to the log just then is written to its end.
        """
        if self.upto is None or (self._taken and not at_once):
            return
        self._taken, self._at_once = why, at_once
        if self._acting is not None and self._lost and not self._acting.expired():
            self._acting.reschedule(asyncio.get_running_loop().time())

    @property
    def _lost(self) -> bool:
        return bool(self._taken) and (self._at_once or not self._busy)

    async def give(self, agent: Agent, choice: Choice, caps: Caps) -> Outcome:
        """One turn, written to the log from its start to its end; how it ended. Raises `StoreFailed`.

        An agent's `TertuliaError` ends the turn as failed, and the room with its reason. A bug is raised, after the
        turn was marked as crashed.
        """
        self.upto = self._room.transcript.seq
        try:
            return await self._turn(agent, choice, caps, self.upto)
        finally:
            self.upto, self._taken, self._at_once, self._busy = None, "", False, False

    async def _turn(self, agent: Agent, choice: Choice, caps: Caps, upto: int) -> Outcome:
        room, speaker = self._room, agent.profile.id
        started = TurnStarted(speaker=speaker, upto=upto, rung=choice.rung, reason=choice.reason, choosing=choice.usage)
        meter, pen = Meter(self._ports, caps), _Pen(room, self._ports, started)
        turn = Turn(
            profile=agent.profile,
            upto=upto,
            brief=self._brief,
            ports=self._ports,
            meter=meter,
            room=room,
            views=self._views,
            heard=room.transcript,
            progress=pen,
        )
        await pen.open()
        ending: Event | None = None
        try:
            outcome = await self._act(agent, turn, pen)
            detail = self._taken if outcome == "interrupted" else ""
        except (ModelFailed, BudgetExceeded, SandboxUnavailable, WrongUse) as error:
            outcome, detail = "failed", str(error)
            ending = _after(error)
        except Exception as bug:
            await pen.finish(TurnTaken(outcome="crashed", usage=meter.usage, model=meter.model, detail=repr(bug)))
            raise
        # Cancelled, that is the process ends: the turn is not over, and the next runner closes it (`mend`).
        await pen.finish(TurnTaken(outcome=outcome, usage=meter.usage, model=meter.model, detail=detail), ending)
        return outcome

    async def _act(self, agent: Agent, turn: Turn, pen: "_Pen") -> Outcome:
        """Let the agent act until it is done or the floor is taken away."""
        if self._lost:
            return "interrupted"
        scope = asyncio.timeout(self._seconds)
        try:
            async with scope, aclosing(agent.act(turn)) as events:
                self._acting = scope
                async for event in events:
                    self._acting = None
                    await pen.write(event)
                    self._busy = pen.busy
                    if isinstance(event, Stopped):
                        return pen.outcome
                    if self._lost:
                        return pen.interrupted()
                    self._acting = scope
        except TimeoutError:
            if not scope.expired():
                raise
            self._taken = self._taken or f"The turn took more than {self._seconds:.0f} seconds and was ended."
            return pen.interrupted()
        finally:
            self._acting = None
        return pen.outcome


class _Pen:
    """Writes one turn's events: its start, and a message, wait for what comes next; a plain turn is one append."""

    def __init__(self, room: Room, ports: Ports, started: TurnStarted):
        self._room, self._ports = room, ports
        self._open = OpenDraft(room=room.name, started=started, at=ports.clock.now())
        self._held: tuple[Event, ...] = ()
        self._draft = EMPTY
        self._shown_at = monotonic()
        self._running: list[str] = []
        self.seq = THIS_TURN
        self.outcome: Outcome = "passed"

    @property
    def busy(self) -> bool:
        """Whether a tool runs."""
        return bool(self._running)

    async def open(self) -> None:
        """Tell who has the floor, before anything of the turn is in the log."""
        await self._ports.store.drafts.write(self._open)

    async def write(self, event: Event | Draft | Silence) -> None:
        """Append the event before the agent goes on; a message is held until the next one, a draft only shown."""
        match event:
            case Draft():
                await self.show(event)
                return
            case Silence():
                return
            case Said():
                self.outcome = "said"
                self._draft = EMPTY
                await self._flush()
                self._held = (event,)
                return
            case ToolCalled():
                self._running.append(event.call)
            case ToolReturned():
                if event.call in self._running:
                    self._running.remove(event.call)
            case Asked():
                self.outcome = "asked"
            case Opened():
                self.outcome = "opened"
            case Stopped():
                pass
            case _:
                raise TypeError(f"an agent cannot cause {event!r}")
        await self._flush(event)

    async def show(self, draft: Draft) -> None:
        """Show the text that grows, not more often than people can read it."""
        self._draft, now = draft, monotonic()
        if now - self._shown_at >= DRAFT_SECONDS:
            self._shown_at = now
            await self._ports.store.drafts.write(replace(self._open, draft=draft))

    async def _flush(self, *events: Event) -> None:
        held, self._held = (*self._held, *events), ()
        if held:
            await self._append(held)

    async def _append(self, events: Sequence[Event], ending: Event | None = None) -> None:
        """Write the turn's events, after its start if that is not there yet, and the house's own word on it."""
        me, turn = self._open.started.speaker, self.seq
        entries = [Entry(event=event, by=me, turn=turn) for event in events]
        if turn == THIS_TURN:
            entries.insert(0, Entry(event=self._open.started, by=me))
        if ending is not None:
            entries.append(Entry(event=ending, by=SYSTEM, turn=turn))
        records = await self._room.append_entries(entries)
        if turn == THIS_TURN:
            self.seq = records[0].seq

    def interrupted(self) -> Outcome:
        """Keep the partial text, marked, and what is known of tools that were running."""
        returned = [
            ToolReturned(call=call, output="interrupted before it finished", exit_code=None, files=(), failed=True)
            for call in self._running
        ]
        self._running = []
        partial = (Said(text=self._draft.text, partial=True),) if self._draft.text else ()
        self._held = (*self._held, *returned, *partial)
        return "interrupted"

    async def finish(self, taken: TurnTaken, ending: Event | None = None) -> None:
        """The last append of the turn; ``ending`` is the house's own word on it."""
        await self._append((*self._held, taken), ending)
        await self._ports.store.drafts.clear(self._room.name)


def _after(error: TertuliaError) -> Event:
    """How the room goes on after a failed turn: it pauses, with the reason, until a person decides or speaks."""
    if isinstance(error, BudgetExceeded):
        return budget_question(error)
    return Stopped(reason=str(error), kind="error")


async def mend(room: Room) -> None:
    """Close the turn that a crash left open: tools get an unknown result, the turn is marked as crashed.

    Such a turn has heard nothing, so the floor is given anew. Of one that had caused nothing yet the log holds nothing.
    Raises `StoreFailed`.
    """
    turn = room.transcript.floor.turn
    if turn is None:
        return
    unknown = [
        ToolReturned(call=run.call, output=UNKNOWN, exit_code=None, files=(), failed=True)
        for run in room.transcript.runs
        if run.returned is None and run.turn == turn.seq
    ]
    await room.append(*unknown, TurnTaken(outcome="crashed"), by=turn.speaker, turn=turn.seq)
