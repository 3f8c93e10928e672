"""People are reminded once of a question that waits for them, when half the time is over (C35)."""

import pytest

from agents import Team, assistant, user_proxy
from agents.log.events import Answered, Asked, Said
from agents.log.participants import SYSTEM
from tests.unit.house import ANA, BOB, LOBBY, House, asking, calls, says


async def reminders(house: House) -> list[Said]:
    records = await house.log()
    return [one.event for one in records if one.by == SYSTEM and isinstance(one.event, Said)]


async def waiting(minutes: float, *, of: tuple[str, ...] = (BOB.id,)) -> House:
    house = House()
    asked = Asked(text="Which city?", of=of, deadline=house.clock.now() + minutes * 60)
    house.bind(LOBBY, Team(agents=[asking(asked)]))
    await house.hears("go")
    return house


async def test_c35_people_are_reminded_once_at_half_time_and_by_an_alarm():
    house = await waiting(120)
    begun = house.clock.now()
    assert (await house.run()).wake_at == begun + 3600
    house.clock.advance(3599)
    await house.run()
    assert await reminders(house) == []
    house.clock.advance(1)
    slept = await house.run()
    (reminder,) = await reminders(house)
    assert (reminder.text, reminder.reply_to) == (
        "asker still waits for an answer, for another 60 minutes: Which city?", await house.question(),
    )  # fmt: skip
    assert [one.participant for one in reminder.mentions] == [BOB.id]
    assert slept.wake_at == begun + 7200
    await house.run()
    house.restart()
    await house.run()
    assert len(await reminders(house)) == 1


async def test_c35_a_reminder_has_a_source_of_its_own_and_is_in_no_prompt_and_no_news():
    house = await waiting(48 * 60, of=())
    house.clock.advance(24 * 3600)
    await house.run()
    (record,) = [one for one in await house.log() if one.source is not None and one.source.startswith("remind:")]
    assert record.source == f"remind:{LOBBY}/{await house.question()}"
    assert isinstance(record.event, Said)
    assert record.event.text.startswith("asker still waits for an answer, for another 24 hours")
    assert await house.talk() == [("Ana", "go")]
    assert await house.speakers() == ["asker"]


@pytest.mark.parametrize("minutes", [1, 9.9])
async def test_c35_nobody_is_reminded_of_a_question_that_is_over_soon(minutes: float):
    house = await waiting(minutes)
    assert (await house.run()).wake_at == house.clock.now() + minutes * 60
    house.clock.advance(minutes * 30)
    await house.run()
    assert await reminders(house) == []


async def test_c35_nobody_is_reminded_of_what_was_answered_or_has_ended():
    house = await waiting(120)
    await house.answers(await house.question(), "Madrid", by=BOB)
    assert (await house.run()).wake_at is None
    house.clock.advance(3600)
    await house.run()
    late = await waiting(120)
    late.clock.advance(7200)
    await late.run()
    assert await reminders(house) == await reminders(late) == []
    assert [one.expired for one in await late.events(Answered) if isinstance(one, Answered)] == [True]


async def test_c35_each_of_several_questions_has_its_own_reminder():
    house = House()
    begun = house.clock.now()
    asked = [Asked(text=f"Question {hours}?", deadline=begun + hours * 3600) for hours in (2, 4)]
    house.bind(LOBBY, Team(agents=[asking(*asked)]))
    await house.hears("go")
    assert (await house.run()).wake_at == begun + 3600
    house.clock.advance(7199)
    slept = await house.run()
    assert len(await reminders(house)) == 1
    assert slept.wake_at == begun + 7200
    house.clock.advance(1)
    await house.run()
    assert ["Question 4?" in one.text for one in await reminders(house)] == [False, True]


async def test_c35_a_halted_room_reminds_nobody_until_the_halt_is_over():
    house = await waiting(120)
    await house.says("/halt")
    house.clock.advance(3600)
    assert (await house.run()).wake_at == house.clock.now() + 3600
    assert await reminders(house) == []
    await house.says("/resume")
    await house.run()
    assert len(await reminders(house)) == 1


async def test_c35_models_and_stand_ins_have_their_people_reminded_too():
    agents = [assistant("a", answer_minutes=60), user_proxy("boss", answer_minutes=60, asks=[ANA.id])]
    house = House(Team(agents=[*agents, says("b")]), models=[calls(("ask_person", '{"question": "Which year?"}'))])
    await house.says("@a go")
    await house.says("@boss go")
    await house.run()
    house.clock.advance(1800)
    await house.run()
    first, second = await reminders(house)
    assert first.text == "a still waits for an answer, for another 30 minutes: Which year?"
    assert second.text.startswith("boss still waits for an answer, for another 30 minutes: Reply to Ana for boss")
    assert [one.participant for one in second.mentions] == [ANA.id]
