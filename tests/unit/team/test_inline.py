"""Policies and conditions run between turns: one that is slow is named in the log."""

import logging
import threading

import pytest

from agents import Team, Transcript, first, max_turns, only, predicate, round_robin
from agents.team.inline import call_inline
from tests.unit.house import House, says


def test_c52_a_quick_function_is_not_named(caplog: pytest.LogCaptureFixture):
    assert call_inline(str.upper, "x") == "X"
    assert caplog.records == []


def test_c52_a_slow_function_is_named_also_where_it_raises(caplog: pytest.LogCaptureFixture):
    def looks_long(text: str) -> int:
        return int(text)

    assert call_inline(looks_long, "3", slow=-1.0) == 3
    with pytest.raises(ValueError, match="invalid literal"):
        call_inline(looks_long, "x", slow=-1.0)
    named = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(named) == 2
    assert all(one.startswith("The function looks_long took ") for one in named)


def thoughtful(answer: object) -> object:
    def thinks(transcript: Transcript) -> object:
        threading.Event().wait(timeout=0.11)  # what a long computation does to everybody else
        return answer

    return thinks


@pytest.mark.parametrize(
    "team",
    [
        lambda agents: Team(agents=agents, speakers=thoughtful("a"), termination=max_turns(1)),
        lambda agents: Team(agents=agents, speakers=first(only(thoughtful(["a"])), round_robin)),
        lambda agents: Team(agents=agents, termination=predicate(thoughtful(False), "Never.")),
        lambda agents: Team(agents=agents, termination=max_turns(9) | thoughtful(None)),
    ],
)
async def test_c52_slow_policies_and_conditions_are_named(team: object, caplog: pytest.LogCaptureFixture):
    await House(team([says("a", "A")])).hears("go")  # type: ignore[operator]
    assert any("The function thinks took " in record.getMessage() for record in caplog.records)
