"""Budgets freeze a room, and added money lets it go on (P8)."""

import asyncio

import pytest
from msgspec.structs import replace

from agents import (
    Limits,
    Team,
    Transcript,
    assistant,
    max_turns,
    model_chooses,
)
from agents.errors import BudgetExceeded
from agents.log.events import Said, Usage
from agents.ports import Amount, Cap, Ledger
from agents.testing import FakeModel, Gate, Partway
from tests.stores import with_ports
from tests.unit.house import ANA, BOB, LOBBY, House, let_others, priced, says

HI = says("planner", "Hi.")


async def test_p8_at_the_limit_the_room_asks_and_an_added_budget_goes_on_where_it_was():
    team = Team(agents=[assistant("planner"), assistant("coder")], limits=Limits(usd_per_day=1.0))
    house = House(team, models={"default": priced("One.", "Two.", "Three.")})
    await house.hears("go")
    assert await house.outcomes() == ["said", "failed"]
    (question,) = (await house.transcript()).open_questions
    assert question.asked.kind == "budget"
    assert question.asked.options == ("Add $0.60", "Leave it")
    await house.answers(question.seq, option="Add $0.60")
    await house.run()
    past = (await house.transcript()).floor.past
    assert (past[2].speaker, past[2].rung, past[2].reason, past[2].outcome) == (
        "agent:coder",
        "answered",
        "budget was added",
        "said",
    )


async def test_p8_leaving_the_budget_as_it_is_ends_the_conversation_until_a_person_speaks():
    house = House(Team(agents=[assistant("planner")], limits=Limits(usd_per_day=0.5)), models={"default": priced()})
    await house.hears("go")
    await house.answers(await house.question(), option="Leave it")
    await house.run()
    assert await house.stops() == ["Ana ended it here."]
    await house.hears("please")
    assert len((await house.transcript()).open_questions) == 1


async def test_p8_added_budget_for_an_agent_that_has_left_gives_nobody_the_floor():
    team = Team(agents=[assistant("planner"), says("other")], limits=Limits(usd_per_day=0.5))
    house = House(team, models={"default": priced()})
    await house.hears("go")
    await house.says("/agents leave planner")
    await house.answers(await house.question(), option="Add $0.60")
    await house.run()
    assert (await house.speakers())[-1] == "other"


async def test_p8_choosing_a_speaker_is_paid_from_the_budget_too():
    team = Team(agents=[HI, says("coder")], speakers=model_chooses(), limits=Limits(usd_per_day=0.5))
    house = House(team, models={"default": priced("planner", "nobody")})
    await house.hears("go")
    question = await house.question()
    await house.answers(question, option="Add $0.60")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Hi.")


async def test_p8_people_are_warned_once_a_day_and_level_and_the_agents_never_read_it():
    team = Team(
        agents=[assistant("planner"), assistant("coder")],
        limits=Limits(tokens_per_day=10_000, workspace=Cap(tokens=90_000)),
    )
    usage = Usage(input_tokens=2_600, output_tokens=0)
    model = FakeModel(lambda request: f"{len(request.messages)}" if len(request.messages) < 5 else " ", usage=usage)
    house = House(team, models={"default": model})
    await house.hears("go")
    warnings = [one for one in await house.log() if one.by == "system" and isinstance(one.event, Said)]
    assert [one.event.text.split(" of today")[0] for one in warnings if isinstance(one.event, Said)] == ["50%", "80%"]
    assert all(one.event.audience == (ANA.id,) for one in warnings if isinstance(one.event, Said))
    assert not any("today's budget" in str(request) for request in model.requests)
    house.restart()
    await house.run()
    assert len([one for one in await house.log() if one.by == "system" and isinstance(one.event, Said)]) == 2


async def test_p8_a_warning_does_not_come_between_a_speaker_and_the_policies():
    """What the house says is no message: the newest one is still the agent's."""
    lasts: list[str] = []

    def choose(transcript: Transcript) -> str | None:
        lasts.append(transcript.last.by)
        return "planner" if len(lasts) == 1 else None

    team = Team(agents=[assistant("planner")], speakers=choose, limits=Limits(tokens_per_day=20))
    house = House(team, models={"default": FakeModel(["Hi."], usage=Usage(input_tokens=18))})
    await house.ports.store.ledger.grant(f"room:{LOBBY}/2026-05-28", Amount(tokens=10_000), source="web:1")
    await house.hears("go")
    assert any(one.by == "system" and isinstance(one.event, Said) for one in await house.log())
    assert lasts == [ANA.id, "agent:planner"]


async def test_p8_a_person_pays_for_what_they_asked_for():
    limits = Limits(person=Cap(usd=1.0))
    house = House(Team(agents=[assistant("planner")], limits=limits), models={"default": priced()})
    await house.hears("for ana")
    await house.hears("for bob", BOB)
    day = "2026-05-28"
    for person in (ANA, BOB):
        assert (await house.ports.store.ledger.spent(f"{person.id}/{day}")).usd == pytest.approx(0.6)


async def test_p8_ten_parallel_turns_overspend_at_most_the_error_of_the_estimates_in_flight():
    estimate, real, cap = 1.1, 1.3, 4.5
    gates = [Gate() for _ in range(10)]
    waiting = iter(gates)

    class Dear(FakeModel):
        """Each answer costs a bit more than was expected."""

        def price(self, usage: Usage) -> float:
            return real if usage.output_tokens == 7 else estimate

    usage = Usage(input_tokens=7, output_tokens=7)
    model = Dear(lambda request: Partway(first="A", then=next(waiting), rest="."), usage=usage)
    house = House(models={"default": model})
    rooms = [f"web:{number}/c" for number in range(10)]
    for room in rooms:
        limits = Limits(installation=Cap(usd=cap))
        house.bind(room, Team(agents=[assistant("planner")], limits=limits, termination=max_turns(1)))
        await house.says("go", room=room)
    async with asyncio.TaskGroup() as group:
        for room in rooms:
            group.create_task(house.run(room))
        for gate in gates[:4]:
            await gate.reached.wait()
        await let_others()
        assert len(model.requests) == 4, "as many as fit into the cap, estimated"
        for gate in gates:
            gate.open()
    spent = await house.ports.store.ledger.spent("installation/2026-05-28")
    assert spent.usd == pytest.approx(4 * real)
    assert spent.usd - cap <= 4 * (real - estimate)
    refused = [room for room in rooms if (await house.transcript(room)).open_questions]
    assert len(refused) == 6
    question = (await house.transcript(refused[0])).open_questions[0]
    assert question.asked.text.startswith("The budget of the whole installation is used up")
    await house.answers(question.seq, option=question.asked.options[0], room=refused[0])
    await house.run(refused[0])
    assert (await house.talk(refused[0]))[-1] == ("planner", "A.")


class Gone(Exception):
    """The process ends here."""


def dying(house: House, *, before: bool) -> None:
    """The next grant ends the process, before it is written or right after."""
    store = house.ports.store
    house.ports = replace(house.ports, store=with_ports(store, ledger=MortalLedger(store.ledger, before=before)))
    house.restart()


class MortalLedger:
    """A ledger whose grants end the process."""

    def __init__(self, below: Ledger, *, before: bool):
        self._below, self._before = below, before
        self.reserve, self.charge, self.spent = below.reserve, below.charge, below.spent

    async def grant(self, scope: str, amount: Amount, *, source: str) -> None:
        if not self._before:
            await self._below.grant(scope, amount, source=source)
        raise Gone


async def granted(house: House, cap: float, asked: float) -> bool:
    """Whether so much can be reserved in the room, whose cap this is."""
    try:
        await house.ports.store.ledger.reserve({f"room:{LOBBY}/2026-05-28": Cap(usd=cap)}, Amount(usd=asked))
    except BudgetExceeded:
        return False
    return True


@pytest.mark.parametrize("before", [True, False], ids=["before the grant", "after the grant"])
async def test_c35_budget_that_people_added_is_not_lost_and_not_added_twice_when_the_process_ends(before: bool):
    house = House(
        Team(agents=[assistant("planner")], limits=Limits(usd_per_day=0.5)), models={"default": priced("One.", "Two.")}
    )
    await house.hears("go")
    living = house.ports
    question = await house.question()
    dying(house, before=before)
    with pytest.raises(Gone):
        await house.answers(question, option="Add $0.60")
    house.ports = living
    house.restart()
    await house.run()
    assert (await house.talk())[-1] == ("planner", "One.")
    assert await granted(house, 0.5, 0.5)
    assert not await granted(house, 0.5, 0.1)


@pytest.mark.parametrize("before", [True, False], ids=["before the grant", "after the grant"])
async def test_c35_a_command_that_adds_budget_adds_it_once_though_the_process_ends(before: bool):
    house = House(Team(agents=[assistant("planner")], limits=Limits(usd_per_day=0.5)))
    living = house.ports
    dying(house, before=before)
    with pytest.raises(Gone):
        await house.enter(Said(text="/budget add 1.00"), source="web:again")
    house.ports = living
    house.restart()
    for _ in range(2):
        await house.enter(Said(text="/budget add 1.00"), source="web:again")
    assert await granted(house, 0.5, 1.5)
    assert not await granted(house, 0.5, 0.1)


async def test_c35_budget_is_added_in_words_that_name_the_option_where_there_are_no_buttons():
    house = House(
        Team(agents=[assistant("planner")], limits=Limits(usd_per_day=0.5)), models={"default": priced("One.")}
    )
    await house.hears("go")
    await house.says("add $0.60 ")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "One.")
