"""Giving one agent the floor: what it does is written down as it does it, and its turn ends whatever happens."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from time import monotonic

from msgspec.structs import replace

from agents.budget.meter import Caps, Meter
from agents.budget.questions import budget_question
from agents.errors import BudgetExceeded, ModelFailed, SandboxUnavailable, StoreFailed, TertuliaError, WrongUse
from agents.log.events import (
    UNKNOWN,
    Answered,
    Asked,
    Event,
    Noted,
    Opened,
    Outcome,
    Said,
    Stopped,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.notes import check_note
from agents.log.participants import SYSTEM, mentions_in
from agents.log.records import THIS_TURN, Entry
from agents.log.transcript import Transcript
from agents.ports import Draft, OpenDraft, Ports
from agents.runtime.children import named, read_by
from agents.runtime.room import Room, open_room
from agents.team.situation import Choice
from agents.turn.audience import audience_of_turn, for_audience
from agents.turn.turn import Agent, Brief, Silence, Turn
from agents.turn.view import Views

DRAFT_SECONDS = 0.05
"""How many seconds lie at least between two looks at growing text."""

EMPTY = Draft(text="")


class Moderator:
    """The floor of one room: at most one agent has it, and it can be taken away.

    ``upto`` is the number of the newest record when the agent got the floor; None while nobody has it.
    """

    def __init__(self, room: Room, ports: Ports, brief: Brief, *, turn_timeout: float):
        self._room, self._ports, self._brief = room, ports, brief
        self._seconds = turn_timeout
        self._views = Views()
        # The deadline of the turn, but only while the agent works. While its event is being written this is None, so
        # that an interruption never cuts an append off: nobody would know then whether the log holds the event.
        self._alarm: asyncio.TimerHandle | None = None
        self._ends_at = 0.0
        self._acting: asyncio.Timeout | None = None
        self._busy = self._at_once = False  # a tool runs; the floor is taken away even so
        self._taken = ""  # why the floor is taken away; empty as long as it is not
        self.upto: int | None = None

    def interrupt(self, *, at_once: bool, why: str) -> None:
        """Take the floor away: at once, or not before a running tool has returned.

        ``why`` is a sentence for people. What is being written to the log just then is written to its end. Where nobody
        has the floor, nothing happens.
        """
        if self.upto is None or (self._taken and not at_once):
            return
        self._taken, self._at_once = why, at_once
        if self._acting is not None and self._lost and not self._acting.expired():
            # The turn's deadline is now: that ends the agent's work at whatever it waits for. `_act` does the rest.
            self._acting.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """Nobody gets the floor any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        """End the turn whose time is up. One alarm serves all turns, as hardly a turn takes so long."""
        self._alarm = None
        left = self._ends_at - monotonic()
        if left > 0:
            self._alarm = asyncio.get_running_loop().call_later(left, self._ring)
            return
        # An interrupt like any other, for it must not cut through an append either.
        why = self._taken or f"The turn took more than {self._seconds:.0f} seconds and was ended."
        self.interrupt(at_once=True, why=why)

    @property
    def _lost(self) -> bool:
        """Whether the agent has to stop here."""
        return bool(self._taken) and (self._at_once or not self._busy)

    async def give(self, agent: Agent, choice: Choice, caps: Caps) -> Outcome:
        """Give the agent one turn, write it to the log from its start to its end, and return how it ended.

        ``caps`` says which budgets its model calls count in. `ModelFailed`, `BudgetExceeded`, `SandboxUnavailable` and
        `WrongUse` in the agent end the turn as failed, and the room pauses with their sentence. Raises `StoreFailed`,
        and a bug in the agent as it is, after the turn was marked as crashed.
        """
        self.upto = self._room.transcript.seq
        try:
            return await self._turn(agent, choice, caps, self.upto)
        finally:
            self.upto, self._taken, self._at_once, self._busy = None, "", False, False

    async def _turn(self, agent: Agent, choice: Choice, caps: Caps, upto: int) -> Outcome:
        room, speaker = self._room, agent.profile.id
        started = TurnStarted(
            speaker=speaker,
            upto=upto,
            rung=choice.rung,
            reason=choice.reason,
            choosing=choice.usage,
            audience=audience_of_turn(room.transcript, speaker),
        )
        meter, pen = Meter(self._ports, caps), _Pen(room, self._ports, agent, started)
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
            ending = _after(error, room.transcript.name_of(speaker))
        except StoreFailed:
            raise  # nobody knows what the log holds now; the next run reads it, and closes the turn (`mend`)
        except Exception as bug:
            await pen.finish(TurnTaken(outcome="crashed", usage=meter.usage, model=meter.model, detail=repr(bug)))
            raise
        # A cancellation, that is the end of the process, is not caught: the next process closes the turn (`mend`).
        await pen.finish(TurnTaken(outcome=outcome, usage=meter.usage, model=meter.model, detail=detail), ending)
        return outcome

    async def _act(self, agent: Agent, turn: Turn, pen: "_Pen") -> Outcome:
        """Let the agent act until it is done or the floor is taken away."""
        if self._lost:
            return "interrupted"
        scope = asyncio.timeout(None)
        self._ends_at = monotonic() + self._seconds
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self._seconds, self._ring)
        try:
            async with scope, aclosing(agent.act(turn)) as events:
                self._acting = scope
                async for event in events:
                    self._acting = None
                    await pen.write(_addressing(event, turn) if isinstance(event, Said) else event, turn)
                    self._busy = pen.busy
                    if isinstance(event, Stopped):
                        return pen.outcome
                    if self._lost:
                        return pen.interrupted()
                    self._acting = scope
        except TimeoutError:
            if not scope.expired():
                raise  # the agent's own, and a bug
            return pen.interrupted()
        finally:
            self._acting = None
        return pen.outcome


def _addressing(said: Said, turn: Turn) -> Said:
    """The message with the mentions that its text holds; what a program's result looks like addresses nobody."""
    if said.mentions or said.result:
        return said
    mentions = mentions_in(said.text, turn.others)
    return replace(said, mentions=mentions) if mentions else said


class _Pen:
    """Writes one turn's events into the log.

    The turn's start, a message, notes and child rooms wait for what comes after them: a turn which only says something
    is one append, and a crash does not part what was noted or opened from the end of the turn. ``seq`` is the number of
    the turn's start, `THIS_TURN` until that is written. ``outcome`` is how the turn ends if nothing more comes.
    """

    def __init__(self, room: Room, ports: Ports, agent: Agent, started: TurnStarted):
        self._room, self._ports, self._agent = room, ports, agent
        self._opened = 0
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
        """Tell all surfaces who has the floor, before anything of the turn is in the log."""
        await self._ports.store.drafts.write(self._open)

    async def write(self, event: Event | Draft | Silence, turn: Turn) -> None:
        """Append the event before the agent goes on; some are held until the next event, and a draft is only shown.

        Raises TypeError for events that are not an agent's, and `WrongUse` for a note that is too long and for a child
        room that cannot be.
        """
        if isinstance(event, Draft):
            await self.show(event)
            return
        if isinstance(event, Silence):
            return
        event = for_audience(event, self._open.started.audience)
        match event:
            case Said():
                self.outcome = "said"
                self._draft = EMPTY  # its text is this message: an interruption must not keep it a second time
                if any(isinstance(one, Said) for one in self._held):
                    await self._flush()
                self._held = (*self._held, event)
                return
            case Noted(sources=sources):
                check_note(self._room.transcript, event, [one for one in self._held if isinstance(one, Noted)])
                sources = read_by(turn) if sources is None else sources
                self._held = (*self._held, replace(event, sources=sources))
                return
            case Opened():
                self.outcome = "opened"
                self._opened += 1
                upto = self._open.started.upto
                child = named(event, self._room.transcript, upto, self._opened, by=self._agent, sources=read_by(turn))
                self._held = (*self._held, child)
                return
            case ToolCalled():
                self._running.append(event.call)
            case ToolReturned():
                if event.call in self._running:
                    self._running.remove(event.call)
            case Asked():
                self.outcome = "asked"
            case Answered(withdrawn=True) if self._asked_itself(event.question):
                pass
            case Stopped():
                pass
            case _:
                raise TypeError(f"an agent cannot cause {event!r}")
        await self._flush(event)

    def _asked_itself(self, question: int) -> bool:
        """Whether the speaker put this question, which is open: nobody else's may be taken back."""
        me = self._open.started.speaker
        return any(one.seq == question and one.by == me for one in self._room.transcript.open_questions)

    async def show(self, draft: Draft) -> None:
        """Show the text so far, but not more often than people can read it."""
        self._draft, now = draft, monotonic()
        if now - self._shown_at >= DRAFT_SECONDS:
            self._shown_at = now
            await self._ports.store.drafts.write(replace(self._open, draft=draft))

    async def read(self, child: str) -> Transcript:
        """A child room as it is now."""
        return (await open_room(self._ports.store.log, self._ports.store.snapshots, child)).transcript

    async def _flush(self, *events: Event) -> None:
        held, self._held = (*self._held, *events), ()
        await self._append(held)

    async def _append(self, events: Sequence[Event], ending: Event | None = None) -> None:
        """Append events of the turn, with its start before them if that is not in the log yet.

        ``ending`` comes after them: an event of the room itself, by which it stops or asks.
        """
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
        """Hold for the last append the text so far, marked as partial, and results for the tools that were running."""
        returned = [
            ToolReturned(call=call, output="interrupted before it finished", exit_code=None, files=(), failed=True)
            for call in self._running
        ]
        self._running = []
        audience = self._open.started.audience
        partial = (Said(text=self._draft.text, partial=True, audience=audience),) if self._draft.text else ()
        self._held = (*self._held, *returned, *partial)
        return "interrupted"

    async def finish(self, taken: TurnTaken, ending: Event | None = None) -> None:
        """Append what is left of the turn, its end, and the room's own ``ending`` if there is one.

        Of tools that run still, because an error ended the turn, nobody knows what came.
        """
        await self._append((*self._held, *_unknown(self._running), taken), ending)
        # Not before: surfaces would show the text growing, then nothing, then the message; and whoever stops the room
        # in between would find that nobody speaks.
        await self._ports.store.drafts.clear(self._room.name)


def _after(error: TertuliaError, name: str) -> Event:
    """By what the room pauses after a failed turn: a question where budget can be added, else a stop."""
    if isinstance(error, BudgetExceeded):
        return budget_question(error)
    return Stopped(reason=f"{name} could not answer: {error}", kind="error")


async def mend(room: Room) -> None:
    """Close the turn that a crash left open: it is marked as crashed, and its running tools have an unknown result.

    A crashed turn has read nothing, so its agent gets the floor again, but for one that had opened child rooms or asked
    people: it goes on with what comes of it. A turn that had done nothing yet is not in the log. Raises `StoreFailed`.
    """
    turn = room.transcript.floor.turn
    if turn is None:
        return
    ran = [run.call for run in room.transcript.runs if run.returned is None and run.turn == turn.seq]
    outcome: Outcome = "crashed"
    if any(child.turn == turn.seq for child in room.transcript.children.values()):
        outcome = "opened"
    elif any(question.turn == turn.seq for question in room.transcript.questions):
        outcome = "asked"
    await room.append(*_unknown(ran), TurnTaken(outcome=outcome), by=turn.speaker, turn=turn.seq)


def _unknown(calls: Sequence[str]) -> list[ToolReturned]:
    """The results of calls that a crash cut off."""
    lost = ToolReturned(call="", output=UNKNOWN, exit_code=None, files=(), failed=True, unknown=True)
    return [replace(lost, call=call) for call in calls]
