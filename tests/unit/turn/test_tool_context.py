"""What a tool is told of the turn in which it is called."""

from agents import Said, Team, Tool, ToolContext, ToolResult, assistant, function_agent
from agents.log.events import UNKNOWN, ToolCalled, ToolReturned, TurnStarted, TurnTaken
from agents.log.files import NamedFile
from agents.log.records import Entry
from agents.team.binding import Binding
from agents.turn.turn import Brief
from tests.unit.house import ANA, BOB, EVA, LOBBY, House, calls

NOTES = NamedFile(name="notes.txt", media_type="text/plain", content=b"one")


def house_of(*answers: object, seen: list[ToolContext], idempotent: bool = False, others: object = ()) -> House:
    """A house whose only tool keeps the contexts that it was called with."""

    async def look(arguments: str, context: ToolContext) -> ToolResult:
        seen.append(context)
        return ToolResult(text="seen", files=(NamedFile(name="out.txt", media_type="text/plain", content=b"out"),))

    tool = Tool(name="look", description="", parameters={}, call=look, idempotent=idempotent)
    team = Team(agents=[assistant("helper", tools=[tool]), *others])  # type: ignore[misc]
    return House(Binding(team=team, brief=Brief(approval="never")), models=answers)


async def test_c58_a_tool_knows_the_room_the_agent_the_clock_and_on_whose_message_it_acts():
    seen: list[ToolContext] = []
    house = house_of(calls(("look", "{}")), "Done.", seen=seen)
    await house.says("hello", ANA)
    await house.hears("look", BOB)
    (context,) = seen
    assert (context.room, context.asker, context.person) == (LOBBY, "agent:helper", BOB.id)
    assert context.clock.now() == house.ports.clock.now()


async def test_c58_a_private_word_to_others_is_not_what_the_agent_acts_on():
    seen: list[ToolContext] = []
    house = house_of(calls(("look", "{}")), "Done.", seen=seen)
    await house.says("look", ANA)
    await house.hears("psst", BOB, audience=(EVA.id,))
    assert [context.person for context in seen] == [ANA.id]


async def test_c58_a_tool_reads_the_files_of_the_room_that_its_agent_may_see():
    seen: list[ToolContext] = []
    secret = NamedFile(name="secret.txt", media_type="text/plain", content=b"secret")
    shown = function_agent("shows", lambda t: ["Here.", NOTES] if t.last.text == "@shows show" else None)
    hidden = function_agent(
        "hides", lambda t: [Said(text="psst", audience=("Ana",)), secret] if t.last.text == "@hides hide" else None
    )
    house = house_of(
        *[calls(("look", "{}"), prefix=str(n)) if n % 2 == 0 else "Ok." for n in range(6)],
        seen=seen, others=(shown, hidden),
    )  # fmt: skip
    await house.hears("@shows show")
    await house.hears("@hides hide")
    await house.hears("@helper look")
    last = seen[-1]
    names = [file.name for file in last.files]
    assert "notes.txt" in names
    assert "secret.txt" not in names
    assert await last.read(last.files[names.index("notes.txt")]) == b"one"
    assert len(names) == len(set(names))


async def test_c58_an_approved_call_acts_on_the_message_that_it_was_asked_for():
    seen: list[ToolContext] = []

    async def look(arguments: str, context: ToolContext) -> ToolResult:
        seen.append(context)
        return ToolResult(text="seen")

    tool = Tool(name="look", description="", parameters={}, call=look, risk="risky")
    house = House(Team(agents=[assistant("helper", tools=[tool])]), models=[calls(("look", "{}")), "Done."])
    await house.hears("look", BOB)
    question = await house.question()
    await house.says("good morning", EVA, audience=("agent:helper",))
    await house.answers(question, option="Approve", by=ANA)
    await house.run()
    assert [context.person for context in seen] == [BOB.id]


async def test_c58_a_call_that_a_crash_cut_off_acts_on_the_message_that_it_was_made_for():
    seen: list[ToolContext] = []
    house = house_of("Done.", "Done.", seen=seen, idempotent=True)
    await house.says("look", BOB)
    upto = (await house.transcript()).seq
    log, me = house.ports.store.log, "agent:helper"
    (started,) = await log.append(LOBBY, [Entry(event=TurnStarted(speaker=me, upto=upto, rung="test"), by=me)])
    lost = ToolReturned(call="c", output=UNKNOWN, exit_code=None, files=(), failed=True)
    for event in (ToolCalled(call="c", tool="look", arguments="{}"), lost, TurnTaken(outcome="crashed")):
        await log.append(LOBBY, [Entry(event=event, by=me, turn=started.seq)])
    await house.says("@helper and me", EVA)
    await house.run()
    assert [context.person for context in seen] == [BOB.id]


async def test_c58_where_no_person_has_spoken_there_is_none():
    seen: list[ToolContext] = []
    house = house_of(calls(("look", "{}")), "Done.", seen=seen, others=(function_agent("x", lambda t: "X"),))
    await house.ports.store.log.append(LOBBY, [Entry(event=Said(text="@helper go"), by="agent:x")])
    await house.run()
    assert [context.person for context in seen] == [None]
