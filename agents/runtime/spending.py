"""The budgets that a room's model calls count in, and telling people how much of them is used."""

from collections.abc import Mapping

from agents.budget.limits import Limits, caps_for, warning
from agents.log.events import Said, Usage
from agents.log.participants import SYSTEM, ParticipantId
from agents.log.records import Entry
from agents.ports import Cap, Ports
from agents.runtime.room import Room


class Spending:
    """What may be spent in one room of people and in the child rooms below it, which all count in the same budgets.

    ``uncapped`` says that nothing is capped; then nothing has to be looked up.
    """

    def __init__(self, root: Room, limits: Limits, ports: Ports):
        self._root, self._limits, self._ports = root, limits, ports
        self.uncapped = limits.uncapped

    def caps(self, speaker: ParticipantId) -> Mapping[str, Cap]:
        """The caps of a call by this agent, by their scopes."""
        if self.uncapped:
            return {}
        spoken = (one.person for one in reversed(self._root.transcript.messages) if not one.recalled)
        person = next((one for one in spoken if one is not None), None)
        return caps_for(self._root.name, speaker, person, self._limits, self._ports.clock.now())

    async def warn(self, speaker: ParticipantId, usage: Usage | None) -> None:
        """Tell the people how much of a budget is used, once a day and level: the entry's source sees to that.

        ``usage`` is what the agent's turn has cost. Raises `StoreFailed`.
        """
        if self.uncapped or usage is None or not usage.tokens:
            return
        people = tuple(profile.id for profile in self._root.transcript.people)
        for scope, cap in self.caps(speaker).items():
            told = warning(scope, cap, await self._ports.store.ledger.spent(scope))
            if told is not None and people:
                event = Said(text=told.text, audience=people)
                await self._root.append_entries([Entry(event=event, by=SYSTEM, source=told.source)])
