"""A room that is awake: who speaks, until nobody wants the floor."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from msgspec import Struct
from msgspec.structs import replace

from agents.budget.limits import caps_for, warning
from agents.budget.meter import Meter
from agents.budget.questions import LEAVE_IT, adds_budget, budget_question
from agents.errors import BudgetExceeded, WrongUse
from agents.log.events import Answered, Asked, Event, Joined, Left, Said, Stopped, Usage
from agents.log.participants import SYSTEM, ParticipantId, is_agent, is_person
from agents.log.records import Entry
from agents.log.transcript import ANSWERED, Answer, Message, Question, Transcript, is_news
from agents.ports import Cap, Ports
from agents.runtime.moderator import Moderator, mend
from agents.runtime.room import Room
from agents.team.attention import wants_floor, worth_an_answer
from agents.team.binding import Binding
from agents.team.model_choice import auto
from agents.team.policies import named_policies, waits
from agents.team.runaway import runaway
from agents.team.situation import Choice, Decision, Situation, Stop

NAMED = {"auto": auto(), **named_policies()}
"""The policies that a function may name (C9)."""

GO_ON = "Go on"
STOP_HERE = "Stop here"

STEPS_AT_ONCE = 4
"""How many steps a room takes, where nothing makes it wait, before other rooms may take theirs."""

CHOOSING_SECONDS = 120.0
"""How long a speaker policy may think."""

HALTED_SECONDS = 60.0
"""How often a halted room is looked at in which somebody waits: for an answer's time to be up, or for the agents."""


class Deliberation(Struct, frozen=True, kw_only=True):
    """What a room's conversation knows of who speaks and has told in no turn yet; its next one goes on from there.

    ``judged`` is the newest message that the judge was asked about, with the transcript's revision, and ``wanted``
    its verdict (P41). ``usage`` is what choosing and judging cost since the last turn began (C12).
    """

    judged: tuple[int, int] = (0, 0)
    wanted: bool = False
    usage: Usage | None = None


AFRESH = Deliberation()


class Conversation:
    """One room that is awake, in the hands of one runner."""

    def __init__(
        self,
        room: Room,
        binding: Binding,
        ports: Ports,
        *,
        halted_above: Callable[[], bool],
        rests: Callable[[], bool],
        before: Deliberation = AFRESH,
    ):
        self._room, self._binding, self._ports = room, binding, ports
        self._halted_above, self._rests = halted_above, rests
        self._judged_at, self._wanted = before.judged, before.wanted
        self._choosing = Meter(ports, lambda: self._caps(SYSTEM))
        self._choosing.usage = before.usage
        self._agents = (*binding.team.agents, *binding.guests.values())
        self._policy = binding.team.policy
        self._waits = waits(self._policy)
        self._limits, self._uncapped = binding.team.limits, binding.team.limits.uncapped
        self._floor = Moderator(room, ports, binding.brief, turn_timeout=self._limits.turn_timeout)

    async def run(self) -> int:
        """Go on until the room may sleep; everything up to the seq that comes back has been dealt with.

        Raises `StoreFailed`; a bug in an agent, a policy or a tool is raised as it is, after its turn was closed.
        """
        await mend(self._room)
        await self._seat()
        steps, seq = 0, -1
        while seq != self._room.transcript.seq:
            seq = self._room.transcript.seq
            if not await self._step():
                await self._room.catch_up()
            steps += 1
            if steps % STEPS_AT_ONCE == 0:
                await asyncio.sleep(0)  # other rooms' turn
        await self._ports.store.drafts.clear(self._room.name)  # of a turn that was lost with its process
        return seq

    def heard(self, news: tuple[Message, ...]) -> None:
        """Take the floor away where what came in while a turn runs asks for it (P5)."""
        transcript, upto = self._room.transcript, self._floor.upto
        if self.halted:
            self._floor.interrupt(at_once=True, why="The room was halted.")
        elif upto is not None and transcript.exchange.start > upto:
            why = transcript.stopped.reason if transcript.stopped else "The conversation was stopped."
            self._floor.interrupt(at_once=True, why=why)
        for message in news:
            unread = upto is not None and message.seq > upto  # the turn may have begun with it
            if unread and is_person(message.by) and any(map(is_agent, message.addressed)):
                self._floor.interrupt(at_once=False, why=f"{transcript.name_of(message.by)} spoke up.")

    @property
    def next_alarm(self) -> float | None:
        """When the room is to be woken: the time for an answer is up, or a halt (told in another log) may be over."""
        deadlines = (question.asked.deadline for question in self._room.transcript.open_questions)
        first = min((deadline for deadline in deadlines if deadline is not None), default=None)
        if not self.halted:
            return first
        look = self._ports.clock.now() + HALTED_SECONDS
        if self._halted_above() and self._would_go_on():
            return look
        return None if first is None else max(first, look)

    @property
    def deliberation(self) -> Deliberation:
        """What the room's next conversation starts with."""
        return Deliberation(judged=self._judged_at, wanted=self._wanted, usage=self._choosing.usage)

    @property
    def halted(self) -> bool:
        """Whether nothing may leave the room."""
        return self._room.transcript.halted or self._halted_above()

    async def _tell(self, *events: Event) -> bool:
        """Say it in the house's own name; there is more to do."""
        await self._room.append(*events, by=SYSTEM)
        return True

    async def _seat(self) -> None:
        """The team's agents take part, but for those that were sent away; those of a former team leave."""
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
        if self.halted or self._rests():
            return False
        overdue = self._overdue(transcript)
        if overdue is not None:
            return await self._tell(*overdue)
        back = self._back_to(transcript)
        if back is not None:
            return await self._give(back)
        if self._at_rest(transcript):
            return False
        ending = self._ending(transcript)
        if ending is not None:
            return await self._tell(ending)
        wanted = wants_floor(transcript, self._binding.attention)
        if wanted is False:
            return False
        decision = await self._decide(transcript, judge=wanted is None)
        if any(is_person(one.by) and is_news(one) for one in self._room.transcript.above(transcript.seq)):
            return True  # somebody spoke up while a speaker was being chosen: choose anew (P5)
        return await self._follow(decision)

    def _would_go_on(self) -> bool:
        """Whether anybody is to get the floor as soon as it may be given."""
        transcript = self._room.transcript
        if transcript.halted or self._back_to(transcript) is not None:
            return not transcript.halted
        return not self._at_rest(transcript) and wants_floor(transcript, self._binding.attention) is not False

    def _at_rest(self, transcript: Transcript) -> bool:
        return transcript.stopped is not None or not _spoken(transcript) or self._paused(transcript)

    def _overdue(self, transcript: Transcript) -> tuple[Event, ...] | None:
        """Questions that nobody can or did answer in time, and the house's own that people have talked past."""
        now = self._ports.clock.now()
        for question in transcript.open_questions:
            asked = question.asked
            if not self._binding.brief.someone_to_ask:
                reason = f"A question waits for a person, and nobody is here to answer: {asked.text}"
                return Answered(question=question.seq, expired=True), Stopped(reason=reason, kind="human_input")
            if asked.deadline is not None and asked.deadline <= now:
                late = Answered(question=question.seq, expired=True)
                stop = Stopped(reason="Nobody answered in time.", kind="human_input")
                return (late, stop) if asked.on_deadline == "stop" else (late,)
            if question.by == SYSTEM and _talked_past(transcript, question):
                return (Answered(question=question.seq, expired=True),)
        return None

    def _back_to(self, transcript: Transcript) -> Choice | None:
        """Whoever asked gets the floor back with the first answer, before any policy (C5)."""
        if not transcript.questions:
            return None
        here = {agent.profile.id for agent in self._agents} & transcript.present.keys()
        for question in transcript.questions:
            if question.answer is not None and not question.dealt and question.by in here:
                by = transcript.name_of(question.answer.by)
                return Choice(speaker=question.by, rung=ANSWERED, reason=f"{by} answered")
        past, questions = transcript.floor.past, transcript.questions
        added = past and questions and adds_budget(questions[-1]) and questions[-1].turn == past[-1].seq
        if added and past[-1].speaker in here:
            return Choice(speaker=past[-1].speaker, rung=ANSWERED, reason="budget was added")
        return None

    def _paused(self, transcript: Transcript) -> bool:
        return any(question.by == SYSTEM and question.asked.kind != "speaker" for question in transcript.open_questions)

    def _ending(self, transcript: Transcript) -> Event | None:
        """Termination, then the house's limits (C19, C21)."""
        answer = _newest_answer(transcript)
        if answer is not None and answer.option in (STOP_HERE, LEAVE_IT):
            return Stopped(reason=f"{transcript.name_of(answer.by)} ended it here.", kind="person")
        reason = self._binding.team.termination(transcript)
        if reason is not None:
            return Stopped(reason=reason)
        circling = runaway(transcript, self._limits.agent_turns_without_a_person)
        if circling is None:
            return None
        if not self._binding.brief.someone_to_ask:
            return Stopped(reason=circling, kind="limit")
        return Asked(text=circling, options=(GO_ON, STOP_HERE))

    async def _judged(self, transcript: Transcript) -> bool:
        """Whether a model finds that the team should speak up; asked once for each message, and after edits."""
        newest = (_spoken(transcript), transcript.revision)
        if self._judged_at != newest:
            self._wanted = await worth_an_answer(transcript, self._choosing.ask, self._binding.judge)
            self._judged_at = newest
        return self._wanted

    async def _decide(self, transcript: Transcript, *, judge: bool) -> Decision:
        """Who speaks next, if anyone; what it costs to find out is told with the next turn (C12)."""
        try:
            async with asyncio.timeout(CHOOSING_SECONDS) if judge or self._waits else nullcontext():
                if judge and not await self._judged(transcript):
                    return None
                return await self._policy.choose(self._situation(transcript))
        except BudgetExceeded as error:
            return budget_question(error)
        except WrongUse as error:
            return Stop(reason=str(error), kind="error")
        except TimeoutError:
            return Stop(reason=f"Choosing who speaks took more than {CHOOSING_SECONDS:.0f} s.", kind="error")

    def _situation(self, transcript: Transcript) -> Situation:
        newest = _spoken(transcript)
        heard = transcript.floor.heard
        present = [
            agent.profile
            for agent in self._agents
            if agent.profile.id in transcript.present and heard.get(agent.profile.id, 0) < newest
        ]
        return Situation(
            transcript=transcript,
            candidates=tuple([profile for profile in present if transcript.has_news(profile.id)]),
            present=tuple(present),
            think=self._choosing.ask,
            named=NAMED,
            flow=self._binding.team.flow,
        )

    async def _follow(self, decision: Decision) -> bool:
        match decision:
            case Choice():
                return await self._give(decision)
            case Stop(reason=reason, kind=kind):
                return await self._tell(Stopped(reason=reason, kind=kind))
            case Asked():
                return await self._tell(decision)
            case _:
                return False

    async def _give(self, choice: Choice) -> bool:
        agent = next((one for one in self._agents if one.profile.id == choice.speaker), None)
        if agent is None:
            return await self._tell(
                Stopped(reason=f"{choice.speaker} was chosen to speak and is not here.", kind="error")
            )
        if self.halted or self._room.transcript.stopped is not None:
            return False
        cost, self._choosing.usage = self._choosing.usage, None
        told = choice if cost is None else replace(choice, usage=cost)
        await self._floor.give(agent, told, lambda: self._caps(choice.speaker))
        await self._warn(choice.speaker)
        return True

    async def _warn(self, speaker: ParticipantId) -> None:
        """Tell the people, once a day and level, how much of a budget is used (P8)."""
        past = self._room.transcript.floor.past
        if self._uncapped or not past or past[-1].usage is None or not past[-1].usage.tokens:
            return
        people = tuple(profile.id for profile in self._room.transcript.people)
        for scope, cap in self._caps(speaker).items():
            told = warning(scope, cap, await self._ports.store.ledger.spent(scope))
            if told is not None and people:
                event = Said(text=told.text, audience=people)
                await self._room.append_entries([Entry(event=event, by=SYSTEM, source=told.source)])

    def _caps(self, speaker: ParticipantId) -> Mapping[str, Cap]:
        if self._uncapped:
            return {}
        room = self._room
        spoken = (one.by for one in reversed(room.transcript.messages) if not one.recalled)
        person = next((one for one in spoken if is_person(one)), None)
        return caps_for(room.name, speaker, person, self._limits, self._ports.clock.now())


def _spoken(transcript: Transcript) -> int:
    """The seq of the newest message that still counts; 0 where nothing was said."""
    for message in reversed(transcript.messages):
        if is_news(message):
            return message.seq if message.seq > transcript.start else 0
    return 0


def _newest_answer(transcript: Transcript) -> Answer | None:
    """The answer to the house's own newest question, if it was given in this exchange."""
    last = transcript.questions[-1] if transcript.questions else None
    if last is None or last.by != SYSTEM or last.answer is None or last.answer.seq <= transcript.exchange.start:
        return None
    return last.answer


def _talked_past(transcript: Transcript, question: Question) -> bool:
    newest = transcript.messages[-20:]
    return any(one.seq > question.seq and is_person(one.by) and not one.recalled for one in newest)
