"""The steps of a room that is awake: one agent after the other speaks, until nobody wants the floor."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from typing import assert_never

from msgspec.structs import replace

from agents.budget.meter import Meter
from agents.budget.questions import LEAVE_IT, add_granted_budget, budget_question
from agents.errors import BudgetExceeded, WrongUse
from agents.log.events import Asked, Event, Joined, Left, Noted, Stopped, Usage
from agents.log.participants import SYSTEM, is_agent
from agents.log.transcript import Message, Transcript, is_news
from agents.ports import Ports
from agents.runtime.answers import back_to, let_go_on, newest_answer, next_alarm, overdue, reminder
from agents.runtime.children import back_from
from agents.runtime.family import Family
from agents.runtime.moderator import Moderator, mend
from agents.runtime.rests import (
    EVERYBODY_PASSED,
    NOBODY_CHOSEN,
    NOT_WORTH_IT,
    SPOKE_UP,
    TOO_LATE,
    is_decided,
    newest_message,
    rest_after,
    undecided,
)
from agents.runtime.room import Room
from agents.runtime.spending import Spending
from agents.team.attention import waiting_message, wants_floor, worth_an_answer
from agents.team.binding import Binding
from agents.team.decisions import followable
from agents.team.model_choice import auto
from agents.team.policies import named_policies
from agents.team.runaway import runaway
from agents.team.situation import (
    Choice,
    Decision,
    Nobody,
    Open,
    Situation,
    Stop,
    Wait,
    can_only_wait,
    graph_of,
    quick,
)

NAMED = {"auto": auto(), **named_policies()}
"""The policies that a function of the transcript may name instead of an agent."""

GO_ON = "Go on"
STOP_HERE = "Stop here"
"""With `GO_ON`, the buttons of the question that a room asks when its agents go round in circles."""

STEPS_AT_ONCE = 8
"""How many steps a room takes, where nothing makes it wait, before other rooms may take theirs."""

CHOOSING_SECONDS = 120.0
"""How long judging and choosing a speaker may take."""

HALTED_SECONDS = 60.0
"""After how long a halted room is looked at again, where the agents or a deadline wait for the end of the halt."""


class Conversation:
    """One room that is awake, in the hands of one runner.

    ``family`` is the room among its child rooms and those above it, ``halted_above`` says whether a log that the room
    obeys is halted, and ``rests`` whether nobody is to get the floor any more because the process ends.
    """

    def __init__(
        self,
        room: Room,
        binding: Binding,
        ports: Ports,
        *,
        family: Family,
        halted_above: Callable[[], bool],
        rests: Callable[[], bool],
    ):
        self._room, self._binding, self._ports, self._family = room, binding, ports, family
        self._halted_above, self._rests = halted_above, rests
        self._judged_at, self._wanted = (0, 0), False
        self._spending = Spending(family.root, binding.team.limits, ports)
        self._choosing = Meter(ports, lambda: self._spending.caps(SYSTEM))
        self._agents = (*binding.team.agents, *binding.guests.values())
        self._policy = binding.team.policy
        self._graph, self._quick = graph_of(self._policy), quick(self._policy)
        self._ends = binding.team.ends
        self._limits = binding.team.limits
        self._floor = Moderator(room, ports, binding.brief, turn_timeout=self._limits.turn_timeout)

    async def run(self) -> int:
        """Take steps until the room may sleep, and return the seq up to which everything has been dealt with.

        Raises `StoreFailed`; a bug in an agent, a policy or a tool is raised as it is, after its turn was closed.
        """
        await mend(self._room)
        await self._seat()
        try:
            return await self._go_on()
        finally:
            self._floor.close()

    async def _go_on(self) -> int:
        steps, seq = 0, -1
        while seq != self._room.transcript.seq:
            seq = self._room.transcript.seq
            if not await self._step():
                await self._room.catch_up()
            steps += 1
            if steps % STEPS_AT_ONCE == 0:
                # Steps of quick agents never wait by themselves; without this one room could keep all others waiting.
                # Not after each step, as changing rooms costs more than a quick step.
                await asyncio.sleep(0)
        return seq

    def heard(self, news: tuple[Message, ...]) -> None:
        """Take the floor away where what came in asks for it: a halt, a stop, or a person who addresses an agent."""
        transcript, upto = self._room.transcript, self._floor.upto
        if self.halted:
            self._floor.interrupt(at_once=True, why="The room was halted.")
        elif upto is not None and transcript.ended > upto:
            why = transcript.stopped.reason if transcript.stopped else "The conversation was stopped."
            self._floor.interrupt(at_once=True, why=why)
        for message in news:
            unread = upto is not None and message.seq > upto  # the turn may have begun with it
            if unread and message.person is not None and any(map(is_agent, message.addressed)):
                self._floor.interrupt(at_once=False, why=f"{transcript.name_of(message.person)} spoke up.")

    @property
    def next_alarm(self) -> float | None:
        """When the room is to be woken: once the time for an answer is half over or up, or to see if a halt is over.

        The end of a halt may stand in another log, and the wake-up that tells of it may be lost.
        """
        first = next_alarm(self._room.transcript, halted=self.halted)
        if not self.halted and not self._family.held:
            return first
        look = self._ports.clock.now() + HALTED_SECONDS
        if self._family.is_child or (self._halted_above() and self._would_go_on()):
            return look
        return None if first is None else max(first, look)

    @property
    def is_over(self) -> bool:
        """Whether the room has nothing left to do and waits for nothing: a child room then closes."""
        transcript = self._room.transcript
        if self.halted or self._rests() or self._family.held:
            return False
        below = any(child.answer is None for child in transcript.children.values())
        return not below and (transcript.stopped is not None or not transcript.open_questions)

    @property
    def halted(self) -> bool:
        """Whether nothing may leave the room."""
        return self._room.transcript.halted or self._halted_above()

    async def _tell(self, *events: Event) -> bool:
        """Append events that are the room's own, and nobody's words; True, as there is more to do."""
        await self._room.append(*events, by=SYSTEM)
        return True

    async def _seat(self) -> None:
        """Let the team's agents join, but for those that were sent away, and those of a former team leave."""
        transcript = self._room.transcript
        profiles = [agent.profile for agent in self._binding.team.agents]
        new = [one for one in profiles if transcript.present.get(one.id) != one and one.id not in transcript.left]
        former = transcript.seated - {one.id for one in profiles}
        events: list[Event] = [Left(participant=one, reason="Another team is here now.") for one in sorted(former)]
        events += [
            Joined(participant=one.id, name=one.name, role=one.role, avatar=one.avatar, aliases=one.aliases)
            for one in new
        ]
        if events:
            await self._tell(*events)

    async def _step(self) -> bool:
        """Do the next thing; False where there is nothing to do."""
        transcript = self._room.transcript
        if self._rests():
            return False
        await self._family.tend()
        if self.halted:
            return False
        over = overdue(transcript, now=self._ports.clock.now(), someone_to_ask=self._binding.brief.someone_to_ask)
        if over is not None:
            return await self._tell(*over)
        remind = reminder(transcript, now=self._ports.clock.now())
        if remind is not None:
            await self._room.append_entries([remind])
            return True
        if not self._spending.uncapped and not self._family.is_child:
            await add_granted_budget(self._ports.store.ledger, transcript)
        back = self._back(transcript)
        if back is not None:
            return await self._give(back, transcript)
        if self._at_rest(transcript):
            return False
        counted = await self._family.counted(transcript, self._limits.agent_turns_without_a_person)
        if counted is None:
            return False
        ending = self._ending(counted)
        if ending is not None:
            return await self._tell(ending)
        if is_decided(transcript) or self._family.waits(transcript):
            return False
        wanted = wants_floor(transcript, self._binding.attention)
        if wanted is False:
            return transcript.floor.read >= newest_message(transcript) and await self._rest(
                EVERYBODY_PASSED, transcript
            )
        decision = await self._decide(transcript, judge=wanted is None)
        cost, self._choosing.usage = self._choosing.usage, None
        if any(one.person is not None and is_news(one) for one in self._room.transcript.above(transcript.seq)):
            await self._rest(SPOKE_UP, transcript, cost, waits=True)
            return True  # somebody spoke up while a speaker was being chosen: choose anew
        return await self._follow(decision, transcript, cost)

    def _would_go_on(self) -> bool:
        """Whether anybody is to get the floor as soon as it may be given."""
        transcript = self._room.transcript
        if transcript.halted or self._back(transcript) is not None:
            return not transcript.halted
        return not self._at_rest(transcript) and wants_floor(transcript, self._binding.attention) is not False

    def _back(self, transcript: Transcript) -> Choice | None:
        return back_to(transcript, self._agents) or back_from(transcript, self._agents)

    def _at_rest(self, transcript: Transcript) -> bool:
        return transcript.stopped is not None or not newest_message(transcript) or self._paused(transcript)

    def _paused(self, transcript: Transcript) -> bool:
        own = [one for one in transcript.open_questions if one.by == SYSTEM and one.asked.child is None]
        return any(question.asked.kind != "speaker" for question in own)

    def _ending(self, transcript: Transcript) -> Event | None:
        """What ends or pauses the conversation now: a person's answer, a termination, or agents that go in circles."""
        answer = newest_answer(transcript)
        if answer is not None and answer.option in (STOP_HERE, LEAVE_IT):
            return Stopped(reason=f"{transcript.name_of(answer.by)} ended it here.", kind="person")
        judged = transcript.judged
        try:
            reason = self._ends(judged)
        except WrongUse as error:
            return Stopped(reason=str(error), kind="error")
        if reason is not None:
            upto = transcript.seq if judged is transcript else transcript.floor.past[-1].upto
            return Stopped(reason=reason, upto=upto)
        circling = runaway(transcript, self._limits.agent_turns_without_a_person)
        if circling is None:
            return None
        if not self._binding.brief.someone_to_ask:
            return Stopped(reason=circling, kind="limit", upto=transcript.seq)
        return Asked(text=circling, options=(GO_ON, STOP_HERE))

    async def _judged(self, transcript: Transcript) -> bool:
        """Whether a model finds that the team should speak; it is asked once for each message, and after edits."""
        newest = (newest_message(transcript), transcript.revision)
        if any(one.asked.kind == "speaker" and one.seq > newest[0] for one in transcript.questions):
            return True  # else people would not have been asked who speaks
        if self._judged_at != newest:
            self._wanted = await worth_an_answer(transcript, self._choosing.ask, self._binding.judge)
            self._judged_at = newest
        return self._wanted

    async def _decide(self, transcript: Transcript, *, judge: bool) -> Decision:
        """Who speaks next, if anyone; what it costs to find out is in `_choosing`."""
        try:
            # Starting a deadline costs as much as choosing by a rule; only where something may wait is there one.
            async with asyncio.timeout(CHOOSING_SECONDS) if judge or not self._quick else nullcontext():
                if judge and not await self._judged(transcript):
                    return NOT_WORTH_IT
                situation = self._situation(transcript)
                return followable(await self._policy.choose(situation), situation, by=self._policy)
        except BudgetExceeded as error:
            return budget_question(error)
        except WrongUse as error:
            return Stop(reason=str(error), kind="error")
        except TimeoutError:
            return Stop(reason=f"Choosing who speaks took more than {CHOOSING_SECONDS:.0f} s.", kind="error")

    def _situation(self, transcript: Transcript) -> Situation:
        """What the policy sees; an agent that had the floor since the newest message has passed, and is left out."""
        newest = newest_message(transcript)
        heard, go_on = transcript.floor.heard, let_go_on(transcript)
        present = [
            agent.profile
            for agent in self._agents
            if agent.profile.id in transcript.present
            and heard.get(agent.profile.id, 0) < newest
            and not (transcript.questions and can_only_wait(transcript, agent.profile.id))
        ]
        return Situation(
            transcript=transcript,
            candidates=tuple([profile for profile in present if go_on or transcript.has_news(profile.id)]),
            present=tuple(present),
            think=self._choosing.ask,
            named=NAMED,
            flow=self._binding.team.flow,
            graph=self._graph,
            unanswered=waiting_message(transcript, self._binding.attention),
        )

    async def _follow(self, decision: Decision, transcript: Transcript, cost: Usage | None) -> bool:
        match decision:
            case Choice():
                return await self._give(decision, transcript, cost)
            case Stop(reason=reason, kind=kind):
                return await self._rest(undecided(reason), transcript, cost, Stopped(reason=reason, kind=kind))
            case Asked(text=text):
                return await self._rest(undecided(text), transcript, cost, decision)
            case Noted() | Open():
                self._choosing.usage = cost  # it stands with what is decided next
                return await self._tell(*self._family.decided(decision, self._policy))
            case Wait(reason=reason):
                return await self._rest(undecided(reason), transcript, cost, waits=True)
            case Nobody():
                return await self._rest(decision, transcript, cost)
            case Situation() | None:
                return await self._rest(NOBODY_CHOSEN, transcript, cost)
            case _:
                assert_never(decision)

    async def _rest(
        self, why: Nobody, transcript: Transcript, cost: Usage | None = None, *then: Event, waits: bool = False
    ) -> bool:
        """Write down that nobody speaks, where that has cost something or leaves a person without an answer.

        What comes of it (``then``) is written with it: after a crash between them it would not be decided anew.
        """
        rested = rest_after(transcript, self._binding.attention, why, cost, waits=waits or bool(then))
        events = then if rested is None else (rested, *then)
        return bool(events) and await self._tell(*events)

    async def _give(self, choice: Choice, transcript: Transcript, cost: Usage | None = None) -> bool:
        agent = next(one for one in self._agents if one.profile.id == choice.speaker)
        if self.halted or self._room.transcript.stopped is not None:
            return await self._rest(TOO_LATE, transcript, cost, waits=True)
        told = choice if cost is None else replace(choice, usage=cost)
        await self._floor.give(agent, told, lambda: self._spending.caps(choice.speaker))
        past = self._room.transcript.floor.past
        await self._spending.warn(choice.speaker, past[-1].usage if past else None)
        return True
