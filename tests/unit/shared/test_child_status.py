"""The one message by which a channel sees its child rooms."""

from adapters.shared.child_status import status_text
from agents.log.events import Closed, Opened, Said
from agents.log.participants import SYSTEM
from agents.log.records import Entry, Record
from agents.ports import Capabilities
from agents.testing import MemoryPlatform
from tests.unit.shared.rooms import ANA, CODER, ROOM, House


def opened(number: int, team: str, task: str = "Look at it.") -> Opened:
    return Opened(child=f"{ROOM}~1.{number}", team=team, task=task)


def closed(number: int, turns: int = 1) -> Closed:
    return Closed(child=f"{ROOM}~1.{number}", text="Done.", turns=turns)


async def both_opened(house: House) -> None:
    await house.say("Go.", ANA)
    entries = [Entry(event=opened(1, "law"), by=CODER), Entry(event=opened(2, "the_tax"), by=CODER)]
    await house.ports.store.log.append(ROOM, entries)


async def test_one_message_shows_all_child_rooms_and_is_short_in_the_end():
    house = House()
    await both_opened(house)
    async with house.posting() as lanes:
        await lanes.drained()
        assert house.texts() == ["*Working in a room of its own:*\n- law: Look at it.\n- the\\_tax: Look at it."]
        await house.append(closed(1), SYSTEM)
        await lanes.drained()
        assert house.texts() == ["*Working in a room of its own:*\n- law: done\n- the\\_tax: Look at it."]
        await house.append(closed(2, turns=3), SYSTEM)
        await lanes.drained()
    assert house.texts() == ["*law, the\\_tax: done, in 4 turns.*"]


async def test_what_a_child_room_came_to_is_posted_once_however_often_the_lane_begins():
    house = House()
    await both_opened(house)
    await house.append(closed(1), SYSTEM)
    await house.append(closed(2), SYSTEM)
    for _ in range(3):
        await house.post_all()
    assert house.texts() == ["*law, the\\_tax: done, in 2 turns.*"]


async def test_where_messages_cannot_be_changed_the_first_one_stays():
    house = House(MemoryPlatform(Capabilities(max_length=200, edits=False)))
    await both_opened(house)
    async with house.posting() as lanes:
        await lanes.drained()
        await house.append(closed(1), SYSTEM)
        await lanes.drained()
    assert len(house.texts()) == 1


def test_a_long_task_is_cut_and_one_that_is_gone_is_not_shown():
    records = [
        Record(room=ROOM, seq=2, at=0, by=CODER, event=opened(1, "law", "long " * 40)),
        Record(room=ROOM, seq=3, at=0, by=CODER, event=opened(2, "tax", "")),
        Record(room=ROOM, seq=4, at=0, by=CODER, event=Said(text="Something else.")),
        Record(room=ROOM, seq=5, at=0, by=CODER, event=Opened(child=f"{ROOM}~4.1", team="other")),
    ]
    text = status_text(records, f"{ROOM}~1")
    assert "- tax: at work" in text
    assert "…" in text
    assert "other" not in text
    one = [records[0], Record(room=ROOM, seq=6, at=0, by=SYSTEM, event=closed(1))]
    assert status_text(one, f"{ROOM}~1") == "*law: done, in 1 turn.*"
