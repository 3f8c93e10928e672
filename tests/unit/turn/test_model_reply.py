"""Replies with a model: what it is asked, what becomes of its answer (C2, C7, C22, C26, C31)."""

from itertools import count, pairwise

import pytest
from msgspec.structs import replace

from agents import Limits, Team, Tool, assistant, first, handed_over, max_turns, mentioned, round_robin, said
from agents.errors import ModelFailed
from agents.log.events import Said, Usage
from agents.log.records import Entry
from agents.ports import ModelAnswer, ModelRequest
from agents.team.binding import Binding
from agents.testing import FakeModel
from agents.turn.model_reply import MAX_ROUNDS
from agents.turn.turn import Brief
from agents.turn.view import last
from tests.unit.house import BOB, LOBBY, House, calls, prompt, says, tool

FROM_OUTSIDE = Entry(event=Said(text="boo"), by="person:web/ghost")
"""Words of someone who does not take part."""


async def test_c2_an_assistant_is_told_who_it_is_who_else_is_there_and_what_to_do():
    planner = assistant("planner", "Splits tasks.", instructions="Plan; end with DONE.")
    team = Team(agents=[planner, assistant("coder", "Writes Python."), assistant("mute")], termination=max_turns(1))
    house = House(Binding(team=team, brief=Brief(flow="The planner opens.")), models=["Plan."])
    await house.hears("go")
    system = house.model.requests[0].messages[0]
    assert system.role == "system"
    for line in (
        "You are planner, one participant of a group chat of people and agents. Splits tasks.",
        "- coder: Writes Python.",
        "- mute: an agent",
        "- Ana: a person",
        "How this team works: The planner opens.",
        "Plan; end with DONE.",
    ):
        assert line in system.text.splitlines()


async def test_an_assistant_alone_is_told_of_nobody():
    house = House(Team(agents=[assistant("planner")]), models=["Hi."])
    await house.ports.store.log.append(LOBBY, [FROM_OUTSIDE])
    await house.run()
    assert "The others:" not in house.model.requests[0].messages[0].text


async def test_c31_each_agent_has_its_own_model_and_settings():
    models = {"big": FakeModel(["B"], name="big"), "small": FakeModel(["S"], name="small")}
    team = Team(
        agents=[
            assistant("planner", model="big", settings={"temperature": 0.7}),
            assistant("coder", model="small", settings={"seed": 3}),
        ],
        termination=max_turns(2),
    )
    house = House(team, models=models)
    assert await house.hears("go") == [("planner", "B"), ("coder", "S")]
    assert models["big"].requests[0].settings == {"temperature": 0.7}
    assert models["small"].requests[0].settings == {"seed": 3}
    assert [turn.model for turn in (await house.transcript()).floor.past] == ["big", "small"]


async def test_an_unknown_model_is_said_with_the_known_ones():
    house = House(Team(agents=[assistant("planner", model="huge")]), models={"big": FakeModel(), "small": FakeModel()})
    await house.hears("go")
    assert await house.stops() == [
        "planner could not answer: There is no model 'huge'; the configured ones are: big, small."
    ]


@pytest.mark.parametrize("text", ["planner: Hi.", "  Planner:  Hi.", "Hi."])
async def test_c26_its_own_name_in_front_is_no_part_of_what_it_says(text: str):
    house = House(Team(agents=[assistant("planner")]), models=[text])
    assert await house.hears("go") == [("planner", "Hi.")]


async def test_c6_whom_an_agent_names_it_addresses():
    house = House(
        Team(agents=[assistant("planner"), says("coder", "Me?")], speakers=mentioned), models=["@coder go, @planner"]
    )
    assert await house.hears("@planner go") == [("planner", "@coder go, @planner"), ("coder", "Me?")]
    assert (await house.transcript()).messages[1].addressed == ("agent:coder",)


async def test_thoughts_are_kept_apart_from_speech():
    house = House(Team(agents=[assistant("planner")]), models=[ModelAnswer(text="Yes.", thoughts="Hm, no. Yes.")])
    await house.hears("go")
    (said,) = [one for one in await house.events(Said) if isinstance(one, Said) and one.thoughts]
    assert (said.text, said.thoughts) == ("Yes.", "Hm, no. Yes.")


async def test_p2_an_agents_prompt_holds_what_the_other_said():
    house = House(
        Team(agents=[assistant("a"), assistant("b")], termination=max_turns(2)), models=["From A.", "From B."]
    )
    await house.hears("go")
    assert house.prompts[1] == [("Ana", "go"), ("a", "From A.")]


async def test_c26_consecutive_prompts_of_an_agent_share_their_beginning():
    def answer(request: ModelRequest) -> ModelAnswer | str:
        return calls(("search", "{}"), prefix=f"c{len(request.messages)}") if len(request.messages) % 3 else "word " * 9

    agents = [assistant("a", tools=[tool("search")]), assistant("b")]
    house = House(Team(agents=agents, limits=Limits(agent_turns_without_a_person=30)), models=answer)
    for text in ("go", "on", "and on"):
        await house.hears(f"@a {text}")
    for name in "ab":
        own = [one.messages for one in house.model.requests if f"You are {name}," in one.messages[0].text]
        assert len(own) > 4
        for before, after in pairwise(own):
            assert list(after[: len(before)]) == list(before)


async def test_c26_with_a_cut_the_beginning_changes_only_at_its_steps():
    agents, words = [assistant("a", view=last(40)), assistant("b")], count()
    team = Team(agents=agents, limits=Limits(agent_turns_without_a_person=60))
    house = House(team, models=lambda request: f"word {next(words)}")
    await house.hears("go")
    own = [prompt(one) for one in house.model.requests if "You are a," in one.messages[0].text]
    changes = [after[: len(before)] != before for before, after in pairwise(own)]
    assert (len(own), sum(changes)) == (30, 2)
    assert max(len(one) for one in own) == 39


async def test_c7_a_handoff_is_a_tool_and_decides_who_speaks():
    planner = assistant("planner", hands_over_to=["coder", "stop"])
    team = Team(agents=[planner, says("other", "o"), says("coder", "Mine.")], speakers=first(handed_over, round_robin))
    house = House(team, models=[calls(("transfer_to_coder", "{}"), text="Over to you.")])
    assert (await house.hears("go"))[:2] == [("planner", "Over to you."), ("coder", "Mine.")]
    offered = {one.name: one.description for one in house.model.requests[0].tools}
    assert offered["transfer_to_coder"] == "Give the floor to coder."
    assert set(offered) == {"transfer_to_coder", "transfer_to_stop", "ask_person"}
    assert await house.returned() == ["The floor goes to coder."]


async def test_c7_a_person_called_like_an_agent_does_not_take_its_handoffs():
    planner = assistant("planner", hands_over_to=["coder", "Bob"])
    team = Team(agents=[planner, says("coder", "Mine.")], speakers=first(handed_over, round_robin))
    wanted = [calls((f"transfer_to_{name}", "{}"), text="Over to you.") for name in ("coder", "Bob")]
    house = House(team, models=wanted)
    await house.says("hello", replace(BOB, name="coder"))
    assert (await house.hears("go"))[1] == ("coder", "Mine.")


async def test_c7_only_the_first_of_parallel_handoffs_counts():
    planner = assistant("planner", hands_over_to=["coder", "other"])
    agents = [planner, says("other", "o"), says("coder", "Mine.")]
    team = Team(agents=agents, speakers=first(handed_over, round_robin), termination=max_turns(2))
    wanted = [(f"transfer_to_{name}", "{}") for name in ("coder", "other", "coder")]
    house = House(team, models=[calls(*wanted)])
    assert await house.hears("go") == [("planner", ""), ("coder", "Mine.")]
    ignored = "Ignored: only the first handoff of a turn counts."
    assert await house.returned() == ["The floor goes to coder.", ignored, ignored]


@pytest.mark.parametrize("name", ["transfer_to_stop", "transfer_to_other", "ask_person", "nonsense"])
async def test_c7_c22_what_was_not_offered_does_not_exist(name: str):
    planner = assistant("planner", hands_over_to=["coder"])
    house = House(Team(agents=[planner, says("coder")]), models=[calls((name, '{"question": "?"}')), "Sorry."])
    await house.ports.store.log.append(LOBBY, [FROM_OUTSIDE])
    await house.run()
    assert await house.returned() == [f"There is no tool {name!r}; use one of those you were offered."]
    assert (await house.talk())[-1] == ("planner", "Sorry.")


async def test_c7_a_handoff_to_a_person_waits_for_them_and_their_plain_text_resumes():
    planner = assistant("planner", hands_over_to=["Bob"])
    team = Team(agents=[planner, says("coder", "c")], speakers=first(handed_over, round_robin))
    house = House(team, models=[calls(("transfer_to_Bob", "{}"), text="Bob, please."), "Thanks, Bob."])
    await house.says("hello", BOB)
    await house.says("go")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Bob, please.")
    await house.says("Here is my view.", BOB)
    await house.run()
    assert ("coder", "c") in await house.talk()


async def test_c7_a_handoff_to_stop_ends():
    house = House(
        Team(agents=[assistant("planner", hands_over_to=["stop"])], speakers=first(handed_over, round_robin)),
        models=[calls(("transfer_to_stop", "{}"), text="Done.")],
    )
    await house.hears("go")
    assert await house.stops() == ["planner ended the conversation."]


async def test_c22_rounds_of_tool_calls_are_bounded_and_the_last_one_must_be_words():
    answers = [calls(("search", f'{{"n": {n}}}'), prefix=f"c{n}") for n in range(MAX_ROUNDS)]
    house = House(Team(agents=[assistant("planner", tools=[tool("search")])]), models=[*answers, "Enough."])
    assert (await house.hears("go"))[-1] == ("planner", "Enough.")
    assert len(await house.called()) == MAX_ROUNDS
    assert [len(one.tools) for one in house.model.requests] == [2] * MAX_ROUNDS + [0]


async def test_c22_calls_that_come_though_none_were_offered_are_not_made():
    house = House(
        Team(agents=[assistant("planner", tools=[tool("search")])]),
        models=lambda request: calls(("search", str(len(request.messages))), prefix=f"c{len(request.messages)}"),
    )
    await house.hears("go")
    assert len(await house.called()) == MAX_ROUNDS
    assert await house.outcomes() == ["passed"]


async def test_words_before_a_call_are_said_before_it():
    house = House(
        Team(agents=[assistant("planner", tools=[tool("search")])]),
        models=[calls(("search", "{}"), text="Let me look."), "Found."],
    )
    assert await house.hears("go") == [("planner", "Let me look."), ("planner", "Found.")]


async def test_c27_all_calls_of_a_turn_are_counted_failed_ones_too():
    search = replace(calls(("search", "{}")), usage=Usage(input_tokens=3, output_tokens=1, usd=0.5))
    failed = ModelFailed("Down.", kind="server", usage=Usage(input_tokens=4, output_tokens=0, usd=0.25))
    house = House(Team(agents=[assistant("planner", tools=[tool("search")])]), models=[search, failed])
    await house.hears("go")
    assert (await house.transcript()).usage == {"agent:planner": Usage(input_tokens=7, output_tokens=1, usd=0.75)}


def weather(city: str) -> str:
    """A function as users write it."""
    return city


async def test_a_function_is_refused_where_nobody_can_make_a_tool_of_it():
    house = House(Team(agents=[assistant("planner", tools=[weather])]))
    await house.hears("go")
    assert "wire adapters.function_tools" in (await house.stops())[0]


async def test_c22_functions_become_tools_where_the_house_can_make_them():
    made: list[object] = []

    def tool_of(function: object) -> Tool:
        made.append(function)
        return tool("weather", "sunny")

    house = House(Team(agents=[assistant("planner", tools=[weather])]), models=[calls(("weather", "{}")), "Sunny."])
    house.ports = replace(house.ports, tool_of=tool_of)
    house.restart()
    assert await house.hears("go") == [("planner", "Sunny.")]
    assert made == [weather]


async def test_m23_lines_for_others_are_cut_off_and_kept_as_provenance_so_their_words_end_nothing():
    play = "**ana**: hi\nben: hi ana, I am done TERMINATE\nYou: thanks"
    team = Team(
        agents=[assistant("ana"), says("ben", "Fine.")],
        speakers=round_robin,
        termination=said("TERMINATE") | max_turns(2),
    )
    house = House(team, models=[play])
    assert await house.hears("go") == [("ana", "hi"), ("ben", "Fine.")]
    (first,) = [one for one in await house.events(Said) if isinstance(one, Said) and one.thoughts]
    assert "ben: hi ana, I am done TERMINATE\nYou: thanks" in first.thoughts


@pytest.mark.parametrize("mark", ["think", "thinking", "reasoning"])
async def test_c47_thoughts_in_the_text_are_neither_said_nor_acted_on(mark: str):
    team = Team(agents=[assistant("ana"), says("ben", "Me?")], speakers=mentioned)
    house = House(team, models=[ModelAnswer(text=f"<{mark}>ask @ben</{mark}>\nana: Yes.", thoughts="Hm.")])
    assert await house.hears("@ana go") == [("ana", "Yes.")]
    (message,) = [one for one in await house.events(Said) if isinstance(one, Said) and one.thoughts]
    assert message.thoughts == "Hm.\n\nask @ben"


async def test_m23_an_agents_mention_is_found_as_every_script_writes_it():
    house = House(
        Team(agents=[assistant("ana"), says("ben", "はい。")], speakers=mentioned), models=["では＠benさん、お願い"]
    )
    assert (await house.hears("请@ana看一下"))[-1] == ("ben", "はい。")


async def test_c49_the_same_call_a_fourth_time_in_a_row_is_refused_once_and_words_are_asked_for():
    same = [calls(("search", "{}"), prefix=f"c{n}") for n in range(4)]
    house = House(Team(agents=[assistant("bot", tools=[tool("search")])]), models=[*same, "I am stuck."])
    assert await house.hears("go") == [("bot", "I am stuck.")]
    returned = await house.returned()
    assert returned[:3] == ["done"] * 3
    assert "Not called again" in returned[3]
    assert [len(one.tools) for one in house.model.requests] == [2, 2, 2, 2, 0]
    assert await house.outcomes() == ["said"]


async def test_c49_many_equal_calls_in_one_answer_are_refused_after_the_third():
    house = House(
        Team(agents=[assistant("bot", tools=[tool("search")])]),
        models=[calls(*[("search", "{}")] * 6), calls(("search", "{}"), prefix="late"), "Stuck."],
    )
    assert await house.hears("go") == [("bot", "Stuck.")]
    assert sorted(output[:4] for output in await house.returned()) == ["Not "] * 3 + ["done"] * 3


async def test_c49_calls_that_differ_or_alternate_go_on():
    two = [calls(("search", "{}"), ("search", '{"page": 2}'), prefix=f"c{n}") for n in range(5)]
    house = House(Team(agents=[assistant("bot", tools=[tool("search")])]), models=[*two, "Found."])
    assert await house.hears("go") == [("bot", "Found.")]
    assert set(await house.returned()) == {"done"}


async def test_m18_calls_of_a_cut_answer_are_not_made_and_asked_for_once_more():
    cut = replace(calls(("weather", '{"city": "Mad"}')), finish="length")
    whole = calls(("weather", '{"city": "Madrid"}'), prefix="again")
    weather = tool("weather", lambda arguments: f"sun in {arguments}")
    house = House(Team(agents=[assistant("bot", tools=[weather])]), models=[cut, whole, "Sunny."])
    assert await house.hears("go") == [("bot", "Sunny.")]
    first, second = await house.returned()
    assert "Not called: your answer reached its length limit" in first
    assert second == 'sun in {"city": "Madrid"}'


async def test_m18_calls_that_are_cut_twice_stop_the_room_with_a_sentence():
    cut = [replace(calls(("send", "{}"), prefix=f"c{n}"), finish="length", model="gpt") for n in range(2)]
    house = House(Team(agents=[assistant("bot", tools=[tool("send")])]), models=cut)
    assert await house.hears("go") == []
    assert await house.stops() == [
        "bot could not answer: gpt twice reached its length limit in the middle of a tool call; "
        "raise max_tokens for this model."
    ]


async def test_m18_a_cut_text_is_marked_and_ends_nothing():
    team = Team(agents=[assistant("bot")], termination=said("DONE"))
    house = House(team, models=[ModelAnswer(text="It is DONE", finish="length")])
    assert await house.hears("go") == [("bot", "It is DONE")]
    (message,) = [one for one in await house.events(Said) if isinstance(one, Said) and one.partial]
    assert message.cut
    assert await house.stops() == []


@pytest.mark.parametrize(
    "empty", ["", " \n", "<think>hm</think>", "ana:", ModelAnswer(text="", thoughts="hm")], ids=range(5)
)
async def test_m19_an_empty_answer_is_asked_for_once_more(empty: str | ModelAnswer):
    house = House(Team(agents=[assistant("ana")]), models=[empty, "Here I am."])
    assert await house.hears("go") == [("ana", "Here I am.")]
    assert house.prompts[1][-1] == ("user", "Your answer was empty. Answer now.")


async def test_m19_after_a_tool_too_and_its_result_is_not_lost():
    look = calls(("weather", "{}"))
    house = House(Team(agents=[assistant("bot", tools=[tool("weather", "sun")])]), models=[look, "", "Sunny."])
    assert await house.hears("go") == [("bot", "Sunny.")]
    assert [text for who, text in house.prompts[2] if who == "tool"] == ["sun"]
    assert len(await house.called()) == 1


async def test_m19_two_empty_answers_are_a_pass_and_the_others_go_on():
    team = Team(
        agents=[says("ana", "plan"), assistant("ben"), says("cid", "fine")],
        speakers=round_robin,
        termination=max_turns(2),
    )
    house = House(team, models=["", ""])
    assert await house.hears("go") == [("ana", "plan"), ("cid", "fine")]
    assert await house.outcomes() == ["said", "passed", "said"]


async def test_m19_what_stops_a_room_says_who_could_not_answer():
    team = Team(agents=[says("ana", "plan"), assistant("ben")], speakers=round_robin)
    house = House(team, models=[ModelFailed("The endpoint is down.", kind="server")])
    await house.hears("go")
    assert await house.stops() == ["ben could not answer: The endpoint is down."]


async def test_a_model_for_which_the_conversation_is_too_long_is_asked_with_less_of_it():
    too_long = ModelFailed("It is longer than m can read.", kind="too_long")
    house = House(Team(agents=[assistant("planner")], termination=max_turns(1)), models=[too_long, "Short."])
    for number in range(20):
        await house.says(f"{number} {'word ' * 200}", BOB)
    assert (await house.hears("And now?"))[-1] == ("planner", "Short.")
    whole, shorter = (request.messages for request in house.model.requests)
    assert len(whole) > len(shorter) > 1
    assert shorter[-1] == whole[-1]


async def test_a_conversation_that_stays_too_long_is_tried_four_times_and_then_said_to_be():
    too_long = ModelFailed("It is longer than m can read.", kind="too_long")
    house = House(Team(agents=[assistant("planner")]), models=[too_long] * 5)
    await house.hears("Hi?")
    assert len(house.model.requests) == 4
    assert await house.stops() == ["planner could not answer: It is longer than m can read."]
