"""A team as one participant, several one after the other, and several side by side."""

from collections.abc import Callable

import pytest

from agents import Agent, Opened, Team, Transcript, fan_out, max_turns, nested, round_robin
from agents.errors import WrongUse
from agents.log.events import Said, TurnTaken
from agents.turn.turn import Acts, Turn
from tests.unit.house import ANA, LOBBY, House, Plain, says
from tests.unit.runtime.test_children import echo, team


async def told(house: House, text: str) -> list[tuple[str, str]]:
    before = (await house.transcript()).seq
    await house.says(text)
    await house.run_all()
    return (await house.talk(after=before))[1:]


async def test_only_the_last_words_of_a_nested_team_are_said():
    house = House(Team(agents=[nested("society", team(says("one", "Hm."), says("two", "So be it.")))]))
    assert await told(house, "What?") == [("society", "So be it.")]


async def test_several_teams_work_one_after_the_other_each_on_what_the_one_before_came_to():
    chats = [team(echo("draft")), team(echo("check")), team(echo("print"))]
    house = House(Team(agents=[nested("chain", chats)]))
    assert await told(house, "go") == [("chain", "print: check: draft: go")]


async def test_a_nested_participant_is_asked_again_and_again():
    house = House(Team(agents=[nested("society", team(echo("one")))]))
    assert await told(house, "first") == [("society", "one: first")]
    assert await told(house, "second") == [("society", "one: second")]


async def test_a_message_that_fires_no_trigger_is_passed_on():
    house = House(Team(agents=[nested("society", team(echo("one")), trigger="bob")]))
    assert await told(house, "first") == []
    assert [one.outcome for one in await house.events(TurnTaken) if isinstance(one, TurnTaken)] == ["passed"]


async def test_the_task_is_a_text_before_the_message_or_a_function_of_the_room():
    fixed = House(Team(agents=[nested("society", team(echo("one")), task="Be brief.")]))
    assert await told(fixed, "go") == [("society", "one: Be brief.\n\ngo")]

    async def made(room: Transcript) -> str:
        return f"{room.last.text}!"

    house = House(Team(agents=[nested("society", team(echo("one")), task=made)]))
    assert await told(house, "go") == [("society", "one: go!")]


async def test_the_summary_is_made_of_the_childs_transcript():
    def first_words(room: Transcript) -> str:
        return next(one.text for one in room.messages if one.by.startswith("agent"))

    house = House(Team(agents=[nested("society", team(says("one", "Hm."), says("two", "OK.")), summary=first_words)]))
    assert await told(house, "go") == [("society", "Hm.")]


async def test_what_a_summary_or_a_task_returns_must_be_a_text():
    house = House(Team(agents=[nested("society", team(echo("one")), task=lambda room: 7)]))  # type: ignore[arg-type,return-value]
    await told(house, "go")
    (reason,) = await house.stops()
    assert "returned a int; return a text" in reason


async def test_a_team_that_says_nothing_lets_its_participant_pass():
    house = House(Team(agents=[nested("society", team(says("mute")))]))
    assert await told(house, "go") == []
    assert await house.outcomes() == ["opened", "passed"]


async def test_a_team_that_fails_says_why():
    async def fails(turn: Turn) -> Acts:
        if turn.news:
            raise WrongUse("No such thing.")
        yield Said(text="never")

    house = House(Team(agents=[nested("society", [team(Plain("mute", fails)), team(echo("never"))])]))
    assert await told(house, "go") == [("society", "mute could not answer: No such thing.")]


async def test_what_is_said_while_a_nested_team_works_is_worked_on_next():
    house = House(Team(agents=[nested("society", team(echo("one")))]))
    await house.says("first")
    await house.run()
    await house.says("second")
    await house.run_all()
    texts = [text for name, text in await house.talk() if name == "society"]
    assert texts == ["one: first", "one: second"]


async def test_a_nested_team_may_hold_a_nested_team():
    house = House(Team(agents=[nested("outer", team(nested("inner", team(echo("one")))))]))
    assert await told(house, "go") == [("outer", "one: go")]
    assert await house.ports.store.schedule.rooms(LOBBY) == (f"{LOBBY}~3.1", f"{LOBBY}~3.1~2.1")


async def test_fanning_out_asks_all_branches_and_says_what_each_came_to():
    panel = fan_out("panel", {"law": team(echo("lawyer")), "tax": team(echo("accountant"))}, task="Look at this:")
    house = House(Team(agents=[panel]))
    (line,) = await told(house, "go")
    assert line == ("panel", "**law:** lawyer: Look at this:\n\ngo\n\n**tax:** accountant: Look at this:\n\ngo")


async def test_fanning_out_for_any_says_the_first_and_stops_the_others():
    panel = fan_out("panel", {"law": team(echo("lawyer")), "tax": team(echo("accountant"))}, wait_for_all=False)
    house = House(Team(agents=[panel]))
    await house.says("go")
    await house.run()
    await house.run(f"{LOBBY}~3.2")
    await house.run_all()
    assert [text for name, text in await house.talk() if name == "panel"] == ["accountant: go"]
    assert len(await house.stops(f"{LOBBY}~3.1")) == 1


async def test_fanning_out_with_a_summary_of_its_own_and_branches_that_say_nothing():
    branches = {"a": team(echo("a")), "b": team(says("b"))}
    panel = fan_out("panel", branches, summary=lambda results: ",".join(sorted(results)))
    house = House(Team(agents=[panel]))
    assert await told(house, "go") == [("panel", "a")]
    nobody = House(Team(agents=[fan_out("panel", {"b": team(says("b"))})]))
    assert await told(nobody, "go") == []


def test_what_has_no_team_or_no_branch_is_refused():
    with pytest.raises(WrongUse, match="'society' has no team"):
        nested("society", [])
    with pytest.raises(WrongUse, match="'panel' has no team; give it at least one"):
        fan_out("panel", {})


def test_c53_what_is_no_team_is_refused():
    with pytest.raises(WrongUse, match=r"'society' is given what is no team; write Team\(agents=\[...\]\)"):
        nested("society", echo("a"))  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match="'society' is given what is no team"):
        nested("society", [team(echo("a")), "b"])  # type: ignore[list-item]
    with pytest.raises(WrongUse, match=r"The branches of 'panel' need names, as in \{'facts': Team"):
        fan_out("panel", [team(echo("a"))])  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match="'panel' is given what is no team"):
        fan_out("panel", {"a": echo("a")})  # type: ignore[dict-item]


async def test_in_a_round_the_others_hear_what_the_nested_team_came_to():
    inner = team(says("one", "Hm."), says("two", "So be it."))
    house = House(
        Team(agents=[nested("society", inner), echo("critic")], speakers=round_robin, termination=max_turns(2))
    )
    assert await told(house, "go") == [("society", "So be it."), ("critic", "critic: So be it.")]
    assert await house.events(Opened)


@pytest.mark.parametrize("made", [lambda: nested("society", ONE), lambda: fan_out("society", {"one": ONE})])
async def test_what_was_said_in_private_is_worked_on_in_no_room_that_all_may_read(made: Callable[[], Agent]):
    house = House(Team(agents=[made()]))
    await house.says("secret", audience=(ANA.id, "agent:society"))
    await house.run_all()
    (answer,) = [one for one in (await house.transcript()).messages if one.by == "agent:society"]
    assert answer.text.endswith("ask me in the open.")
    assert ANA.id in answer.audience
    assert await told(house, "in the open") == [("society", "one: in the open")]


ONE = team(echo("one"))


async def test_what_a_correction_changes_is_worked_on_again():
    house = House(Team(agents=[nested("society", ONE)]))
    await told(house, "first")
    await house.edits(2, "second")
    await house.run_all()
    assert (await house.talk())[-1] == ("society", "one: second")
    await house.deletes(2)
    assert all(child.task == "" for child in (await house.transcript()).children.values())
