"""Give one agent the floor, write down what it does, and end the turn whatever happens."""

import asyncio
from contextlib import aclosing

from agents import budgets
from agents.errors import BudgetExceeded, ModelFailed, SandboxUnavailable, TertuliaError, WrongUse
from agents.events import (
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
from agents.metering import Caps, Meter
from agents.participants import SYSTEM
from agents.ports import Draft, Drafts, OpenDraft, Ports
from agents.records import Entry
from agents.room import Room
from agents.speakers import Choice
from agents.tools import UNKNOWN
from agents.turns import Agent, Brief, Turn
from agents.views import View

DRAFT_SECONDS = 0.05
"""How often growing text is shown at most."""


class Floor:
    """The floor of one room: at most one agent has it, and it can be taken away."""

    def __init__(self, room: Room, ports: Ports, brief: Brief, *, turn_timeout: float):
        self._room, self._ports, self._brief = room, ports, brief
        self._seconds = turn_timeout
        self._views: dict[str, View] = {}
        self._scope: asyncio.Timeout | None = None
        self._busy = self._ending = False
        self._taken = ""

    def interrupt(self, *, at_once: bool, why: str) -> None:
        """Take the floor away: at once, or (an addressed message) not before a running tool has returned."""
        if self._scope is None or self._ending or (self._taken and not at_once):
            return
        self._taken = why
        if at_once or not self._busy:
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def give(self, agent: Agent, choice: Choice, caps: Caps) -> Outcome:
        """One turn, written to the log from its start to its end; how it ended. Raises `StoreFailed`.

        An agent's `TertuliaError` ends the turn as failed, and the room with its reason. A bug is raised, after the
        turn was marked as crashed.
        """
        room, speaker = self._room, agent.profile.id
        upto = room.transcript.seq
        started = TurnStarted(speaker=speaker, upto=upto, rung=choice.rung, reason=choice.reason, choosing=choice.usage)
        seq = (await room.append(started, by=speaker))[0].seq
        meter = Meter(self._ports, caps)
        turn = Turn(
            profile=agent.profile,
            seq=seq,
            upto=upto,
            brief=self._brief,
            ports=self._ports,
            meter=meter,
            read=lambda: room.transcript,
            views=self._views,
        )
        pen = _Pen(room, self._ports, turn)
        ending: Event | None = None
        try:
            outcome = await self._act(agent, turn, pen)
            detail = self._taken if outcome == "interrupted" else ""
        except (ModelFailed, BudgetExceeded, SandboxUnavailable, WrongUse) as error:
            outcome, detail = "failed", str(error)
            ending = _after(error)
        except BaseException as bug:
            # cancelled (the process ends) or a bug: the turn is not over, it is repeated or dropped by the next runner
            if isinstance(bug, Exception):
                await pen.finish(TurnTaken(outcome="crashed", usage=meter.usage, model=meter.model, detail=repr(bug)))
            raise
        finally:
            self._scope, self._busy, self._ending, self._taken = None, False, False, ""
        await pen.finish(TurnTaken(outcome=outcome, usage=meter.usage, model=meter.model, detail=detail), ending)
        return outcome

    async def _act(self, agent: Agent, turn: Turn, pen: "_Pen") -> Outcome:
        """Let the agent act until it is done or the floor is taken away."""
        try:
            async with asyncio.timeout(self._seconds) as self._scope, aclosing(agent.act(turn)) as events:
                async for event in events:
                    self._ending = isinstance(event, Stopped)
                    await pen.write(event)
                    if self._ending:
                        return pen.outcome
                    self._busy = pen.busy
                    if self._taken and not pen.busy:
                        return await pen.interrupted()
        except TimeoutError:
            if self._scope is None or not self._scope.expired():
                raise
            self._taken = self._taken or f"The turn took more than {self._seconds:.0f} seconds and was ended."
            return await pen.interrupted()
        return pen.outcome


class _Pen:
    """Writes one turn's events: a message waits for what comes next, so that a plain turn is two appends."""

    def __init__(self, room: Room, ports: Ports, turn: Turn):
        self._room, self._ports, self._turn = room, ports, turn
        self._held: tuple[Event, ...] = ()
        self._draft = Draft(text="")
        self._shown_at = asyncio.get_running_loop().time()
        self._shown = False
        self._running: list[str] = []
        self.outcome: Outcome = "passed"

    @property
    def busy(self) -> bool:
        """Whether a tool runs."""
        return bool(self._running)

    async def write(self, event: Event | Draft) -> None:
        """Append the event before the agent goes on; a message is held until the next one, a draft only shown."""
        match event:
            case Draft():
                self._draft = event
                await self._show()
                return
            case Said():
                self.outcome = "said"
                self._draft = Draft(text="")
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

    async def _show(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._shown_at >= DRAFT_SECONDS:
            self._shown_at, self._shown = now, True
            turn = self._turn
            draft = OpenDraft(room=self._room.name, turn=turn.seq, speaker=turn.profile.id, draft=self._draft)
            await self._ports.drafts.write(draft)

    async def _flush(self, *events: Event) -> None:
        held, self._held = (*self._held, *events), ()
        if held:
            await self._room.append(*held, by=self._turn.profile.id, turn=self._turn.seq)

    async def interrupted(self) -> Outcome:
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
        me, turn = self._turn.profile.id, self._turn.seq
        entries = [Entry(event=event, by=me, turn=turn) for event in (*self._held, taken)]
        if ending is not None:
            entries.append(Entry(event=ending, by=SYSTEM, turn=turn))
        await self._room.append_entries(entries)
        if self._shown:
            await self._ports.drafts.clear(self._room.name)


def _after(error: TertuliaError) -> Event:
    """How the room goes on after a failed turn: it pauses, with the reason, until a person decides or speaks."""
    if isinstance(error, BudgetExceeded):
        return budgets.question(error)
    return Stopped(reason=str(error), kind="error")


async def mend(room: Room, drafts: Drafts) -> bool:
    """Close the turn that a crash left open: tools get an unknown result, the turn is marked as crashed.

    Such a turn has heard nothing, so the floor is given anew. Raises `StoreFailed`.
    """
    turn = room.transcript.floor.turn
    if turn is None:
        return False
    unknown = [
        ToolReturned(call=run.call, output=UNKNOWN, exit_code=None, files=(), failed=True)
        for run in room.transcript.runs
        if run.returned is None and run.turn == turn.seq
    ]
    await room.append(*unknown, TurnTaken(outcome="crashed"), by=turn.speaker, turn=turn.seq)
    await drafts.clear(room.name)
    return True
