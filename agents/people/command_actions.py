"""What each command does; see `agents.people.commands` for how they are written."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, assert_never

from msgspec import Struct
from msgspec.structs import replace

from agents.budget.limits import UNLIMITED, caps_for, in_words
from agents.errors import WrongUse
from agents.log.events import Event, Halted, Joined, Left, Reset, Resumed, Stopped, TurnStarted, Usage
from agents.log.files import NamedFile
from agents.log.participants import SYSTEM, ParticipantId, Profile, agent_id, is_agent, is_person, short_name
from agents.log.records import Entry, Record, to_json
from agents.log.room_id import RoomId
from agents.log.transcript import PastTurn, Rest, Transcript, is_news
from agents.people.commands import Command, help_text
from agents.people.exported import records_of, visible_to
from agents.ports import Amount, Cap, Ports
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from agents.turn.conversable import Conversable
from agents.turn.turn import Agent


class PrivateReply(Struct, frozen=True, kw_only=True):
    """What one person is told in private: a ``text``, and the ``file`` that they asked for, if any."""

    text: str
    file: NamedFile | None = None


class Bindings(Protocol):
    """Which channel has which team."""

    def of(self, room: str) -> Binding | None:
        """The room's team and how it behaves there; None where the room has no team."""
        ...

    async def use(self, room: str, team: str) -> str:
        """Put the team of that name into the room, and say so in a sentence.

        Raises `WrongUse` for an unknown team, and where the config file decides which team is here.
        """
        ...

    async def leave(self, room: str) -> str:
        """Take the team out of the room, and say so in a sentence.

        Raises `WrongUse` where the config file decides which team is here.
        """
        ...

    async def where(self) -> Mapping[str, str]:
        """The name of the team in every channel, or under every pattern of channels, that has one."""
        ...


Exporter = Callable[[tuple[Record, ...]], NamedFile]
"""Makes a file of a room's records."""


class CommandActions:
    """Carries out the commands that `authorise` let through.

    ``exporters`` make a room's file by the name of its format; without any there is ``jsonl`` alone.

        actions = CommandActions(ports, rooms, bindings)
        reply = await actions.carry_out(Command(verb="status"), room="web:lobby", by=ana, source="web:7")
    """

    def __init__(self, ports: Ports, rooms: Rooms, bindings: Bindings, exporters: Mapping[str, Exporter] | None = None):
        self._ports, self._rooms, self._bindings = ports, rooms, bindings
        self._exporters = exporters or {"jsonl": as_jsonl}

    async def carry_out(self, command: Command, *, room: str, by: Profile, source: str) -> PrivateReply:
        """Carry the command out for ``by``, and return what that person is told.

        ``source`` is the platform's own key of the command: a second call with the same one changes nothing. Raises
        `StoreFailed`, and `WrongUse` with a sentence for the person.
        """
        match command.verb:
            case "help":
                return PrivateReply(text=help_text("/", command.arguments))
            case "stop":
                return await self._stop(room, by, source)
            case "halt":
                return await self._halt(command, room, by, source)
            case "resume":
                return await self._resume(command, room, by, source)
            case "status":
                return PrivateReply(text=await self._status(room, by.id))
            case "agents":
                return await self._agents(command.arguments, room, by, source)
            case "next":
                transcript = (await self._rooms.read(room)).seen_by(by.id)
                return PrivateReply(text=next_speaker(transcript, await self._floor(room)))
            case "why":
                return PrivateReply(text=why((await self._rooms.read(room)).seen_by(by.id)))
            case "reset":
                await self._write(room, by, Reset(), source)
                return PrivateReply(text="The agents start afresh from here; the log keeps what came before.")
            case "budget":
                return PrivateReply(text=await self._budget(command.arguments, room, source))
            case "export":
                return await self._export(command.arguments or "jsonl", room, by)
            case "use":
                return PrivateReply(text=await self._bindings.use(room, command.arguments))
            case "leave":
                return PrivateReply(text=await self._bindings.leave(room))
            case "where":
                bound = await self._bindings.where()
                return PrivateReply(
                    text="\n".join(f"{where}: {team}" for where, team in bound.items()) or "No team anywhere."
                )
            case _:
                assert_never(command.verb)

    async def _write(self, log: str, by: Profile, event: Event, source: str) -> None:
        await self._ports.store.log.append(log, [Entry(event=event, by=by.id, source=source)])
        await self._ports.wakeups.wake(log)

    async def _stop(self, room: str, by: Profile, source: str) -> PrivateReply:
        """Stop the room, and in a channel those of its threads that are awake.

        The threads come first and the channel's own record last: once it is there, all is done, and a command that is
        delivered again has nothing left to do.
        """
        if await self._ports.store.log.find(source) is None:
            stopped = Stopped(reason=f"{by.name} stopped it.", kind="person")
            await self._write_under(room, by, stopped, source)
            await self._write(room, by, stopped, source)
        return PrivateReply(text="Stopped. Write something to go on.")

    async def _write_under(self, room: str, by: Profile, event: Event, source: str) -> None:
        """Write the event into all rooms under this one that are awake, or have a child room that is.

        They are written side by side, because a channel may have hundreds of threads. Child rooms are stopped by the
        rooms that opened them.
        """
        try:
            async with asyncio.TaskGroup() as group:
                awake = await self._ports.store.schedule.awake(room)
                for thread in {RoomId.parse(name).root: None for name in awake} if awake else ():
                    if thread == room:
                        continue
                    group.create_task(self._write(thread, by, event, f"{source}+{thread}"))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed  # callers know `StoreFailed`, and no groups of it

    async def _halt(self, command: Command, room: str, by: Profile, source: str) -> PrivateReply:
        await self._write(_log(room, command), by, Halted(reason=f"{by.name} halted it."), source)
        return PrivateReply(text=f"Halted: nothing leaves {_reach(command)} until `resume`.")

    async def _resume(self, command: Command, room: str, by: Profile, source: str) -> PrivateReply:
        log = _log(room, command)
        await self._write(log, by, Resumed(), source)
        # The rooms that were halted sleep and have no news of their own: somebody has to wake them.
        for name in (room, *await self._ports.store.schedule.awake(log)):
            await self._ports.wakeups.wake(name)
        still = " Something wider is still halted." if await self._rooms.halted(room) else ""
        return PrivateReply(text=f"Resumed {_reach(command)}.{still}")

    async def _status(self, room: str, person: ParticipantId) -> str:
        transcript = (await self._rooms.read(room)).seen_by(person)
        lines = [next_speaker(transcript, await self._floor(room))]
        if await self._rooms.halted(room):
            lines.insert(0, "Halted: nothing is sent until `resume`.")
        lines += [f"Waiting for an answer: {question.asked.text}" for question in transcript.open_questions]
        lines.append(await self._spent(self._caps(room)))
        return "\n".join(lines)

    async def _floor(self, room: str) -> TurnStarted | None:
        """How the turn that has the floor began; None where nobody has it.

        Its draft is asked, because a turn may have written nothing into the log yet.
        """
        draft = await self._ports.store.drafts.read(room)
        return None if draft is None else draft.started

    async def _agents(self, arguments: str, room: str, by: Profile, source: str) -> PrivateReply:
        verb, _, name = arguments.partition(" ")
        transcript = await self._rooms.read(room)
        if not verb:
            lines = [self._introduced(room, profile, transcript) for profile in transcript.agents]
            return PrivateReply(text="\n".join(lines) or "No agents are here.")
        agents = self._known(room)
        profile = agents[agent_id(name.strip())].profile if agent_id(name.strip()) in agents else None
        if profile is None:
            known = ", ".join(short_name(one) for one in agents)
            raise WrongUse(f"There is no agent {name.strip()!r}; the known ones are: {known}.")
        joined = Joined(
            participant=profile.id, name=profile.name, role=profile.role, avatar=profile.avatar, aliases=profile.aliases
        )
        event = joined if verb == "join" else Left(participant=profile.id, reason=f"{by.name} sent it away")
        await self._write(room, by, event, source)
        return PrivateReply(text=f"{profile.name} {'joins' if verb == 'join' else 'leaves'} at the next turn.")

    def _known(self, room: str) -> dict[ParticipantId, Agent]:
        """The agents that are in the room or may be brought into it."""
        binding = self._bindings.of(room)
        agents = (*binding.team.agents, *binding.guests.values()) if binding else ()
        return {agent.profile.id: agent for agent in agents}

    def _introduced(self, room: str, profile: Profile, transcript: Transcript) -> str:
        """An agent in one line: its face, name, role, model and tools, and what it has cost so far."""
        parts = [f"{profile.avatar} {profile.name}: {profile.role}".strip()]
        match self._known(room).get(profile.id):
            case Conversable(model=model, tools=tools):
                runs_on = self._ports.models.get(model)
                parts += [f"Model: {runs_on.name}."] if runs_on is not None else []
                parts += [f"Tools: {', '.join(tools)}."] if tools else []
            case _:
                pass
        usage = transcript.usage.get(profile.id)
        return " ".join([*parts, f"So far: {_in_words(usage)}."] if usage else parts)

    def _caps(self, room: str) -> Mapping[str, Cap]:
        """The caps that count for everybody in the room, by the name of their scope."""
        binding = self._bindings.of(room)
        if binding is None:
            return {}
        limits = replace(binding.team.limits, agent=UNLIMITED, person=UNLIMITED)
        return caps_for(room, SYSTEM, None, limits, self._ports.clock.now())

    async def _budget(self, arguments: str, room: str, source: str) -> str:
        caps = self._caps(room)
        if not arguments:
            return await self._spent(caps)
        dollars = float(arguments.removeprefix("add").strip().removeprefix("$"))
        scope = next((one for one, cap in caps.items() if one.startswith("room:") and cap.usd is not None), None)
        if scope is None:
            raise WrongUse("This room has no budget of its own in dollars, so there is nothing to add to.")
        # A grant adds up; the source sees to it that a command that is delivered again does not grant twice.
        await self._ports.store.ledger.grant(scope, Amount(usd=dollars), source=source)
        await self._ports.wakeups.wake(room)
        return f"${dollars:.2f} were added to today's budget of this room."

    async def _spent(self, caps: Mapping[str, Cap]) -> str:
        lines: list[str] = []
        for scope, cap in caps.items():
            spent = await self._ports.store.ledger.spent(scope)
            parts = [f"${spent.usd:.4f} of ${cap.usd:.2f}"] if cap.usd is not None else []
            parts += [f"{spent.tokens:,} of {cap.tokens:,} tokens"] if cap.tokens is not None else []
            lines.append(f"Used today by {in_words(scope)}: {', '.join(parts)}.")
        return "\n".join(lines) or "No budget is set here."

    async def _export(self, format_: str, room: str, by: Profile) -> PrivateReply:
        exporter = self._exporters.get(format_)
        if exporter is None:
            raise WrongUse(f"{format_} cannot be made here; choose one of {', '.join(self._exporters)}.")
        told = visible_to(by.id, await records_of(self._ports.store, room))
        return PrivateReply(text=f"{len(told)} records of this room.", file=exporter(told))


def as_jsonl(records: tuple[Record, ...]) -> NamedFile:
    """The room as a file of one JSON object a line, a record each."""
    content = "".join(f"{to_json(record)}\n" for record in records).encode()
    return NamedFile(name="conversation.jsonl", media_type="application/jsonl", content=content)


def next_speaker(transcript: Transcript, now: TurnStarted | None = None) -> str:
    """Who has the floor, or who gets it next, or what the room waits for, as a sentence.

    ``now`` is the start of the turn that has the floor, if any.
    """
    if now is not None:
        why = now.reason or now.rung
        return f"{transcript.name_of(now.speaker)} is speaking{f' ({why})' if why else ''}."
    waits = _waits_for(transcript)
    if waits is not None:
        return waits
    if transcript.stopped is not None:
        return f"Nobody: {transcript.stopped.reason} Write something to go on."
    addressed = (one for message in transcript.open_messages for one in message.addressed)
    waiting = [transcript.name_of(one) for one in addressed if is_agent(one) and one in transcript.present]
    return f"Next: {waiting[0]}." if waiting else "Nobody is speaking; write something."


def _waits_for(transcript: Transcript) -> str | None:
    """For whom or what the room waits, as a sentence; None where it does not."""
    if transcript.open_questions:
        return f"The room waits for an answer: {transcript.open_questions[-1].asked.text}"
    opened = [child.by for child in transcript.children.values() if child.open]
    if opened:
        by = "the speaker policy" if opened[-1] == SYSTEM else transcript.name_of(opened[-1])
        return f"The room waits for a conversation of its own that {by} opened."
    last = next((one for one in reversed(transcript.messages) if is_news(one)), None)
    if transcript.stopped is None and last is not None and last.handoff is not None and is_person(last.handoff):
        person = transcript.name_of(last.handoff)
        return f"The room waits for {person}, to whom {transcript.name_of(last.by)} handed over."
    return None


def why(transcript: Transcript) -> str:
    """Why the last speaker was chosen, or why nobody speaks, what that cost, and what the room waits for."""
    waits, rest, past = _waits_for(transcript), transcript.floor.rested, transcript.floor.past
    if rest is not None and rest.seq > (past[-1].seq if past else 0):
        lines = [f"Nobody spoke{f', decided by {rest.rung}' if rest.rung else ''}: {rest.reason}", *_cost(rest)]
    elif past:
        turn = next((one for one in reversed(past) if one.outcome != "passed"), past[-1])
        chosen = f"{transcript.name_of(turn.speaker)} was chosen by {turn.rung}: {turn.reason or 'no reason given'}."
        lines = [chosen, *_costs(turn)]
    else:
        lines = ["Nobody has been chosen yet."]
    return "\n".join([*lines, *([waits] if waits is not None else [])])


def _cost(decision: PastTurn | Rest) -> list[str]:
    return [f"Choosing cost {_in_words(decision.choosing)}."] if decision.choosing is not None else []


def _costs(turn: PastTurn) -> list[str]:
    lines = _cost(turn)
    if turn.usage is not None:
        lines.append(f"The turn cost {_in_words(turn.usage)}, with {turn.model}.")
    return lines


def _in_words(usage: Usage) -> str:
    money = "at an unknown price" if usage.usd is None else f"${usage.usd:.4f}"
    return f"{usage.tokens:,} tokens ({money})"


def _log(room: str, command: Command) -> str:
    """The log that a halt or its end is written to: the room's, its workspace's, or the installation's."""
    *_, workspace, installation = RoomId.parse(room).above
    return {"room": room, "workspace": workspace, "everything": installation}[command.scope]


def _reach(command: Command) -> str:
    return {"room": "this room", "workspace": "this workspace", "everything": "any room"}[command.scope]
