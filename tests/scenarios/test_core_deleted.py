"""P12: a message that was deleted before anybody read it is as if it had never been said."""

from agents import Team, function_agent, round_robin
from agents.log.events import Deleted, Said, TurnStarted
from agents.log.records import Entry
from agents.runtime.rooms import Rooms
from agents.team.binding import Binding
from agents.testing import memory_ports

ANA = "person:web/ana"


async def test_p12_nobody_answers_a_message_that_was_deleted_before_it_was_read() -> None:
    ports = memory_ports()
    team = Team(agents=[function_agent("echo", lambda transcript: transcript.last.text)], speakers=round_robin)
    rooms = Rooms(ports, lambda room: Binding(team=team))
    events = (Said(text="oops"), Deleted(target=1))
    await ports.store.log.append("web:x", [Entry(event=event, by=ANA) for event in events])
    await rooms.run("web:x")
    records = await ports.store.log.read("web:x")
    assert not [record for record in records if isinstance(record.event, TurnStarted)]


async def test_p12_what_was_said_before_a_deleted_message_is_still_answered() -> None:
    ports = memory_ports()
    team = Team(agents=[function_agent("echo", lambda transcript: transcript.last.text)], speakers=round_robin)
    rooms = Rooms(ports, lambda room: Binding(team=team))
    said = [Said(text="hello"), Said(text="oops"), Deleted(target=2)]
    await ports.store.log.append("web:x", [Entry(event=event, by=ANA) for event in said])
    await rooms.run("web:x")
    records = await ports.store.log.read("web:x")
    answers = [one.event.text for one in records if isinstance(one.event, Said) and one.by != ANA]
    assert answers == ["hello"]
