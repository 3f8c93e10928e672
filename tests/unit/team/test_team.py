"""Teams: values that check themselves (C8, C14, C32, C33)."""

import pytest

from agents import Team, along, assistant, first, mentioned, round_robin, two_agent_chat
from agents.errors import WrongUse
from agents.log.transcript import Transcript
from agents.team.model_choice import model_chooses
from tests.unit.house import House, says

PLANNER, CODER, REVIEWER = (assistant(name) for name in ("planner", "coder", "reviewer"))


def test_a_team_needs_agents():
    with pytest.raises(WrongUse, match="'mine' has no agents; give it at least one"):
        Team(agents=[], name="mine")


def test_two_agents_of_one_name_are_refused():
    with pytest.raises(WrongUse, match="two agents called coder; rename one"):
        Team(agents=[CODER, PLANNER, assistant("coder", "Another one.")])


@pytest.mark.parametrize("graph", [{"planner": ["codr"]}, {"codr": ["planner"]}])
def test_c8_unknown_names_in_a_graph_are_refused_when_it_is_loaded(graph: dict[str, list[str]]):
    with pytest.raises(
        WrongUse, match="graph names 'codr', and no agent of the team 'team' is called so; they are: coder, planner"
    ):
        Team(agents=[PLANNER, CODER], speakers=first(along(graph), round_robin))


def test_c8_agents_that_nobody_leads_to_are_named():
    team = Team(agents=[PLANNER, CODER, REVIEWER], speakers=along({"planner": ["coder"], "coder": ["planner"]}))
    assert team.unreachable() == ("agent:reviewer",)
    assert Team(agents=[PLANNER, CODER]).unreachable() == ()


def test_c33_a_team_is_a_value():
    team = Team(agents=[PLANNER])
    with pytest.raises(AttributeError):
        team.flow = "changed"  # type: ignore[misc]


async def test_a_function_of_the_transcript_is_a_policy():
    house = House(
        Team(agents=[says("a", "A"), says("b", "B")], speakers=lambda t: "b" if len(t.messages) == 1 else None)
    )
    assert await house.hears("go") == [("b", "B")]


async def test_c60_every_task_of_a_chat_goes_to_the_recipient_first():
    house = House(two_agent_chat(says("student", "Q1", "Q2"), says("expert", "A1", "A2", "A3"), max_turns=1))
    for number in (1, 2, 3):
        assert await house.hears(f"question {number}") == [("expert", f"A{number}")]


async def test_c14_two_agents_chat_in_turns_until_the_limit():
    house = House(two_agent_chat(says("student", "Q1", "Q2"), says("expert", "A1", "A2"), max_turns=3))
    assert await house.hears("go") == [("expert", "A1"), ("student", "Q1"), ("expert", "A2")]


async def test_c14_a_single_turn_is_one_question_and_one_answer():
    house = House(two_agent_chat(says("student", "Q1"), says("expert", "A1"), max_turns=1))
    assert await house.hears("go") == [("expert", "A1")]


async def test_c14_without_a_limit_the_chat_ends_when_both_are_silent():
    house = House(two_agent_chat(says("student", "Q1"), says("expert", "A1", "A2")))
    assert await house.hears("go") == [("expert", "A1"), ("student", "Q1"), ("expert", "A2")]


async def test_c32_plain_language_a_table_and_python_give_the_same_speakers():
    """planner, coder, reviewer, planner: told in words to a model, as a graph, and as a function."""
    words = "The planner opens. The coder follows the planner, the reviewer the coder, the planner closes."
    agents = [says("planner", "plan", "done"), says("coder", "code"), says("reviewer", "fine")]

    def follow(transcript: Transcript) -> str | None:
        after = {"planner": "coder", "coder": "reviewer", "reviewer": "planner"}
        last = transcript.last.by.partition(":")[2]
        return after.get(last, "planner") if len(transcript.messages) < 5 else None

    def by_the_words(request: object) -> str:
        count = sum(message.name in ("planner", "coder", "reviewer") for message in request.messages)  # type: ignore[attr-defined]
        assert words in request.messages[0].text  # type: ignore[attr-defined]
        return [*["planner", "coder", "reviewer", "planner"], "nobody"][count]

    graph = {"planner": ["coder"], "coder": ["reviewer"], "reviewer": ["planner"]}
    teams = [
        Team(agents=agents, flow=words, speakers=first(mentioned, model_chooses(allow_repeated_speaker=True))),
        Team(agents=agents, speakers=first(mentioned, along(graph), round_robin)),
        Team(agents=agents, speakers=first(mentioned, follow)),
    ]
    spoken = []
    for team in teams:
        house = House(team, models=by_the_words)
        spoken.append([name for name, _ in await house.hears("Plot the weather.")])
    assert spoken == [["planner", "coder", "reviewer", "planner"]] * 3
