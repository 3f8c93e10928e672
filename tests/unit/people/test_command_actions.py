"""What the commands do (P6, P7, P8, P16, C12, C18)."""

import pytest
from msgspec.structs import replace

from agents import Limits, Team, assistant, round_robin
from agents.errors import NotAllowed, StoreFailed, WrongUse
from agents.log.events import Asked, Halted, Left, Opened, Reset, Resumed, Said, Stopped, TurnStarted, TurnTaken, Usage
from agents.log.files import NamedFile
from agents.log.participants import Profile
from agents.log.records import Record, from_json
from agents.log.transcript import Transcript
from agents.people.command_actions import CommandActions, as_jsonl, next_speaker, why
from agents.people.commands import Command, Verb
from agents.people.exported import visible_to
from agents.ports import Amount, Cap, Tool, ToolContext, ToolResult
from agents.testing import FakeModel
from tests.unit.house import ANA, BOB, LOBBY, House, asked, says
from tests.unit.story import CODER, PLANNER, Story

HI = says("planner", "Hi.")


async def shouted(arguments: str, context: ToolContext) -> ToolResult:
    """What `SHOUT` answers."""
    return ToolResult(text=arguments.upper())


SHOUT = Tool(name="shout", description="Say it loudly.", parameters={}, call=shouted)
LOOK_UP = replace(SHOUT, name="look_up")


async def order(house: House, text: str, by: Profile = ANA) -> str:
    """What the person is told."""
    note = await house.says(text, by)
    assert note is not None
    return note.text


async def test_p16_every_verb_is_carried_out():
    house = House(Team(agents=[HI]))
    arguments: dict[str, str] = {"use": "coding"}
    for verb in Verb.__args__:  # type: ignore[attr-defined]
        assert await order(house, f"/{verb} {arguments.get(verb, '')}".strip())


async def test_p16_help_shows_all_verbs_or_one():
    house = House(Team(agents=[HI]))
    assert "/halt" in await order(house, "/help")
    assert (await order(house, "/help stop")).startswith("/stop: End this turn.")


async def test_stop_and_reset_are_events_by_the_person_once_for_each_source():
    house = House(Team(agents=[HI]))
    for text, event in (("/stop", Stopped(reason="Ana stopped it.", kind="person")), ("/reset", Reset())):
        for _ in range(2):
            await house.enter(Said(text=text), source=f"slack:{text}")
        assert [one.event for one in await house.log() if one.by == ANA.id and one.event == event] == [event]


async def test_p6_halt_and_resume_say_how_far_they_reach():
    house = House(Team(agents=[HI]))
    assert await order(house, "/halt") == "Halted: nothing leaves this room until `resume`."
    assert await order(house, "/halt workspace") == "Halted: nothing leaves this workspace until `resume`."
    assert await order(house, "/halt everything") == "Halted: nothing leaves any room until `resume`."
    assert await order(house, "/resume") == "Resumed this room. Something wider is still halted."
    assert await order(house, "/resume workspace") == "Resumed this workspace. Something wider is still halted."
    assert await order(house, "/resume everything") == "Resumed any room."
    assert [type(one.event) for one in await house.log("*")] == [Halted, Resumed]


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        ("", {"slack:T1/C1", "slack:T1/C1/news", "slack:T1/C1/alarm"}),
        (" workspace", {"slack:T1/C1", "slack:T1/C1/news", "slack:T1/C1/alarm", "slack:T1/C2", "slack:T1/*"}),
        (" everything", {"slack:T1/C1", "slack:T1/C1/news", "slack:T1/C1/alarm", "slack:T1/C2", "slack:T2/C1", "*"}),
    ],
)
async def test_p6_a_resume_wakes_the_rooms_below_that_are_not_at_rest(scope: str, reached: set[str]):
    house, woken = House(), list[str]()
    rooms = ("slack:T1/C1", "slack:T1/C1/news", "slack:T1/C1/alarm", "slack:T1/C1/rests", "slack:T1/C2", "slack:T2/C1")
    for room in rooms:
        await house.says("hello", room=room)
    await house.ports.store.schedule.settle("slack:T1/C1/alarm", 10, house.clock.now() + 60)
    await house.ports.store.schedule.settle("slack:T1/C1/rests", 10, None)

    class Wakeups:
        async def wake(self, room: str, at: float | None = None) -> None:
            woken.append(room)

    house.orders._ports = replace(house.ports, wakeups=Wakeups())
    await house.says(f"/resume{scope}", room="slack:T1/C1")
    assert set(woken) == reached


async def test_a_stop_that_a_thread_cannot_be_told_of_is_not_done():
    house = House()
    await house.says("hello", room="slack:T1/C1/1.1")

    async def fail(room: str, entries: object) -> None:
        if room == "slack:T1/C1/1.1":
            raise StoreFailed("The disk is full; make room on it.")

    house.before_append(fail)
    with pytest.raises(StoreFailed):
        await house.says("/stop", room="slack:T1/C1")
    assert await house.log("slack:T1/C1") == ()


async def test_p7_status_tells_who_speaks_what_waits_and_what_was_spent():
    house = await asked_house_with_budget()
    text = await order(house, "/status")
    assert text.splitlines() == [
        "The room waits for an answer: Which?",
        "Waiting for an answer: Which?",
        "Used today by this room: $0.0000 of $2.00.",
    ]
    await house.says("/halt")
    assert (await order(house, "/status")).startswith("Halted: nothing is sent until `resume`.")


async def asked_house_with_budget() -> House:
    house = await asked(Asked(text="Which?"))
    team = house.teams[LOBBY].team
    house.bind(LOBBY, replace(team, limits=Limits(usd_per_day=2.0)))
    return house


# Agents


async def test_p43_agents_are_shown_with_face_role_model_tools_and_cost():
    planner = assistant("planner", "Plans.", avatar=":compass:", tools=[LOOK_UP, SHOUT])
    usage = Usage(input_tokens=1_000, output_tokens=234, usd=0.5)
    unpriced = FakeModel(["Hm."], usage=Usage(input_tokens=1), price=None)
    house = House(
        Team(agents=[planner, assistant("coder", model="free")]),
        models={"default": FakeModel(["Hi."], usage=usage), "free": unpriced},
    )
    house.bind(
        LOBBY,
        Team(
            agents=house.teams[LOBBY].team.agents, speakers=round_robin, limits=Limits(agent_turns_without_a_person=2)
        ),
    )
    assert await order(house, "/agents") == "No agents are here."
    await house.hears("go")
    assert (await order(house, "/agents")).splitlines() == [
        ":compass: planner: Plans. Model: fake. Tools: look_up, shout. So far: 1,234 tokens ($0.5000).",
        "coder: Model: fake. So far: 1 tokens (at an unknown price).",
    ]


def test_p43_a_function_is_shown_by_its_name():
    assert assistant("planner", tools=[order, SHOUT]).tools == ("order", "shout")


async def test_p43_an_agent_of_ones_own_is_shown_with_what_is_known_of_it():
    house = House(Team(agents=[HI]))
    await house.hears("go")
    assert await order(house, "/agents") == f"{HI.profile.name}:"


async def test_c13_who_is_not_known_cannot_join():
    house = House(Team(agents=[HI]))
    with pytest.raises(WrongUse, match="There is no agent 'ghost'; the known ones are: planner"):
        await house.says("/agents join ghost")
    house.teams.clear()
    with pytest.raises(WrongUse, match="the known ones are: "):
        await house.says("/agents join planner")
    with pytest.raises(NotAllowed):
        await house.says("/agents leave planner", BOB)


# Next and why


def test_p7_next_tells_who_has_the_floor_or_what_the_room_waits_for():
    story = Story()
    assert next_speaker(story.transcript) == "Nobody is speaking; write something."
    story.says(ANA.id, "@bob @coder", "person:web/bob", CODER)
    assert next_speaker(story.transcript) == "Next: coder."
    story.happens(Left(participant=CODER))
    assert next_speaker(story.transcript) == "Nobody is speaking; write something."
    started = TurnStarted(speaker=PLANNER, upto=6, rung="auto", reason="chosen by the model")
    assert next_speaker(story.transcript, started) == "planner is speaking (chosen by the model)."
    unexplained = TurnStarted(speaker=PLANNER, upto=6, rung="")
    assert next_speaker(story.transcript, unexplained) == "planner is speaking."
    story.happens(started, by=PLANNER)
    story.happens(TurnTaken(outcome="asked"), by=PLANNER)
    story.happens(Asked(text="Which?"), by=PLANNER)
    assert next_speaker(story.transcript) == "The room waits for an answer: Which?"
    story.happens(Reset(), by=ANA.id)
    story.happens(Stopped(reason="Enough."))
    assert next_speaker(story.transcript) == "Nobody: Enough. Write something to go on."


async def test_c46_why_tells_nobody_of_a_question_that_is_private_to_others():
    house = await asked(Asked(text="Is the PIN 4711?", of=(ANA.id,), audience=(ANA.id,)))
    await house.says("hello", BOB)
    assert "4711" in await order(house, "/why")
    assert "4711" not in await order(house, "/why", BOB)


def test_c12_why_tells_of_the_last_one_who_did_something():
    story = Story()
    assert why(story.transcript) == "Nobody has been chosen yet."
    story.turn(PLANNER)
    assert why(story.transcript) == "planner was chosen by test: no reason given."
    story.turn(CODER, "hi", usage=Usage(input_tokens=1, output_tokens=1, usd=0.25))
    story.turn(PLANNER)
    assert why(story.transcript).splitlines() == [
        "coder was chosen by test: no reason given.",
        "The turn cost 2 tokens ($0.2500), with .",
    ]


# Budgets


def limited(**limits: object) -> House:
    return House(Team(agents=[HI], limits=Limits(**limits)))  # type: ignore[arg-type]


async def test_p8_budget_shows_what_counts_for_everybody_here():
    assert await order(House(Team(agents=[HI])), "/budget") == "No budget is set here."
    house = limited(usd_per_day=2.0, tokens_per_day=5_000, workspace=Cap(tokens=9_000), agent=Cap(usd=1.0))
    assert (await order(house, "/budget")).splitlines() == [
        "Used today by this room: $0.0000 of $2.00, 0 of 5,000 tokens.",
        "Used today by the whole workspace: 0 of 9,000 tokens.",
    ]
    house.teams.clear()
    assert await house.orders.carry_out(Command(verb="budget"), room=LOBBY, by=ANA, source="s") is not None


async def test_p8_adding_budget_adds_once_for_each_source():
    house = limited(usd_per_day=0.0)
    for _ in range(3):
        await house.enter(Said(text="/budget add $2.50"), source="slack:add")
    scope = "room:web:lobby/2026-05-28"
    await house.ports.store.ledger.reserve({scope: Cap(usd=0.0)}, Amount(usd=2.5))
    with pytest.raises(Exception, match="used up"):
        await house.ports.store.ledger.reserve({scope: Cap(usd=0.0)}, Amount(usd=0.01))


@pytest.mark.parametrize("limits", [{}, {"tokens_per_day": 5_000}])
async def test_p8_there_is_nothing_to_add_dollars_to_without_a_budget_in_dollars(limits: dict[str, int]):
    with pytest.raises(WrongUse, match="no budget of its own in dollars"):
        await limited(**limits).says("/budget add 5")


# Export


async def test_p32_an_export_is_one_json_object_a_line_of_everything():
    house = House(Team(agents=[HI]))
    await house.hears("hello")
    note = await house.says("/export")
    assert note is not None
    assert note.file is not None
    assert (note.file.name, note.file.media_type) == ("conversation.jsonl", "application/jsonl")
    lines = note.file.content.decode().splitlines()
    assert tuple(map(from_json, lines)) == await house.log()
    assert note.text == f"{len(lines)} records of this room."


async def test_p12_deleted_text_is_in_no_export():
    house = House(Team(agents=[HI]))
    await house.says("xyzzy")
    await house.deletes((await house.transcript()).last.seq)
    note = await house.says("/export jsonl")
    assert note is not None
    assert note.file is not None
    assert b"xyzzy" not in note.file.content


async def test_c18_an_export_holds_nothing_that_was_for_others_only():
    house = House(Team(agents=[HI]))
    await house.says("for planner's eyes", audience=("agent:planner",))
    seq = (await house.transcript()).last.seq
    await house.edits(seq, "for planner's ears")
    await house.says("for all")
    records = await house.log()
    mine, others = visible_to(ANA.id, records), visible_to(BOB.id, records)
    assert mine == records
    assert "for planner" not in str(others)
    assert "for all" in str(others)


async def test_other_formats_are_made_where_they_were_wired():
    house = House(Team(agents=[HI]))
    with pytest.raises(WrongUse, match="html cannot be made here; choose one of jsonl"):
        await house.says("/export html")

    def shout(records: tuple[Record, ...]) -> NamedFile:
        return replace(as_jsonl(records), name="loud.html")

    house.door._orders = CommandActions(house.ports, house.rooms, house, {"html": shout})
    note = await house.says("/export html")
    assert note is not None
    assert note.file is not None
    assert note.file.name == "loud.html"


# Bindings


async def test_p44_use_leave_and_where_are_the_bindings_affair():
    house = House(Team(agents=[HI]))
    assert await order(house, "/where") == "web:lobby: team"
    assert await order(house, "/use coding") == "coding is in web:lobby."
    assert await order(house, "/leave") == "No team is in web:lobby."
    assert await order(house, "/where") == "No team anywhere."
    assert next_speaker(Transcript(room="r")) == "Nobody is speaking; write something."


@pytest.mark.parametrize(("by", "who"), [("agent:coder", "coder"), ("system", "the speaker policy")])
def test_next_tells_who_waits_for_a_child_room(by: str, who: str):
    story = Story()
    story.says(ANA.id, "go")
    story.happens(Opened(child="web:lobby~6.1", task="Look."), by=by)
    assert next_speaker(story.transcript) == f"The room waits for a conversation of its own that {who} opened."
