"""Requirements C5, P9 and P26: words that answer a question are authorised as an answer."""

import pytest

from agents.errors import NotAllowed, WrongUse
from agents.log.events import Answered, Asked, Joined, Said
from agents.log.participants import Profile
from agents.log.records import Entry
from agents.people.command_actions import CommandActions
from agents.people.door import Door
from agents.people.permissions import Permissions
from agents.runtime.rooms import Rooms
from agents.testing import memory_ports
from tests.unit.story import ANA, BOB, CODER

ROOM = "web:lobby"


class Lists:
    def permissions(self, room: str) -> Permissions:
        return Permissions(users=frozenset({ANA, BOB}), approvers=frozenset({BOB}), bound=True)


class NoTeams:
    def of(self, room: str) -> None:
        return None

    async def use(self, room: str, team: str) -> str:
        return ""

    async def leave(self, room: str) -> str:
        return ""

    async def where(self) -> dict[str, str]:
        return {}


def person(id_: str) -> Profile:
    return Profile(id=id_, name=id_.rpartition("/")[2])


async def asked(question: Asked) -> tuple[Door, int]:
    ports = memory_ports()
    rooms = Rooms(ports, NoTeams().of)
    joined = Joined(participant=CODER, name="coder")
    records = await ports.store.log.append(ROOM, [Entry(event=joined, by="system"), Entry(event=question, by=CODER)])
    return Door(ports, rooms, CommandActions(ports, rooms, NoTeams()), Lists()), records[-1].seq


@pytest.mark.parametrize("reply", [True, False], ids=["in its thread", "plain text"])
async def test_p26_a_non_approver_cannot_approve_in_words(reply: bool) -> None:
    door, seq = await asked(Asked(text="Run it?", kind="approval", options=("Approve", "Reject")))
    said = Said(text="approve", reply_to=seq if reply else None)
    with pytest.raises(NotAllowed, match="Only an approver"):
        await door.enter(ROOM, person(ANA), said, source="web:1")


async def test_p26_an_approver_can_approve_in_the_thread_of_the_question() -> None:
    door, seq = await asked(Asked(text="Run it?", kind="approval", options=("Approve", "Reject")))
    await door.enter(ROOM, person(BOB), Said(text="approve", reply_to=seq), source="web:1")
    with pytest.raises(WrongUse, match="already answered"):
        await door.enter(ROOM, person(BOB), Answered(question=seq, option="Reject"), source="web:2")


async def test_c5_words_in_the_thread_of_a_question_to_somebody_else_do_not_answer_it() -> None:
    door, seq = await asked(Asked(text="Which city?", of=(BOB,)))
    with pytest.raises(NotAllowed, match="put to someone else"):
        await door.enter(ROOM, person(ANA), Said(text="Madrid", reply_to=seq), source="web:1")
