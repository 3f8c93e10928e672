"""The usual agents and their faces (C2, P43)."""

import pytest

from agents import Team, Transcript, assistant, code_runner, function_agent, user_proxy
from agents.errors import WrongUse
from agents.log.participants import Profile
from agents.turn.ready_made import profile_of
from tests.unit.house import House, says


@pytest.mark.parametrize("name", ["planner", "Planner2", "a-b_c", "x" * 64])
def test_a_name_is_such_as_models_accept(name: str):
    assert profile_of(name).id == f"agent:{name}"


@pytest.mark.parametrize("name", ["", "2nd", "José", "two words", "x" * 65, "-a"])
def test_another_name_is_refused_with_the_rule(name: str):
    with pytest.raises(WrongUse, match="cannot be an agent's name; use a letter, then letters, digits, - and _"):
        profile_of(name)


def test_p43_a_face_is_a_name_a_role_an_avatar_and_aliases():
    agent = assistant("planner", "Plans.", avatar=":compass:", aliases=["boss"])
    assert agent.profile == Profile(
        id="agent:planner", name="planner", role="Plans.", avatar=":compass:", aliases=("boss",)
    )
    assert user_proxy().profile.role == "Stands in for the people."
    assert code_runner("runner").profile.avatar == ":gear:"
    assert function_agent("board", lambda transcript: None, "Keeps the board.").profile.role == "Keeps the board."


async def test_c2_a_plain_function_is_an_agent():
    async def count(transcript: Transcript) -> str:
        return f"{len(transcript.messages)} messages"

    assert await House(Team(agents=[function_agent("counter", count)])).hears("go") == [("counter", "1 messages")]


async def test_c3_an_assistant_that_always_asks_is_checked_before_its_model():
    planner = assistant("planner", human_input_mode="ALWAYS")
    house = House(Team(agents=[says("other", "hello"), planner], speakers=_in_turn), models=["Mine."])
    await house.hears("go")
    assert house.model.requests == []
    await house.answers(await house.question(), "")
    await house.run()
    assert (await house.talk())[-1] == ("planner", "Mine.")


async def test_c4_an_assistant_stops_at_its_limit_of_replies():
    planner = assistant("planner", max_consecutive_auto_reply=1)
    house = House(Team(agents=[says("other", "1", "2", "3"), planner]), models=["One.", "Two."])
    await house.hears("@other go")
    assert len(house.model.requests) == 1
    assert "has replied 1 times in a row to other" in (await house.stops())[0]


def _in_turn(transcript: Transcript) -> str | None:
    return {"agent:other": "planner"}.get(transcript.last.by, "other" if len(transcript.messages) == 1 else None)
