"""Cases of the core that were answered wrongly once: each is played as it is written, and comes out right."""

import json
import re
import time
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import agents
from adapters.shared.parts import whole_words
from adapters.shared.render_discord import discord_markdown
from agents import Noted, Team, assistant, function_agent, max_turns
from agents.errors import ModelFailed, WrongUse
from agents.log.participants import Profile, mentions_in
from agents.people.commands import parse
from tests.scenarios.cases import Played, team_of
from tests.unit.house import House

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "core"
FILES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(CASES.glob("*.json"))}
SPECIAL = {"core-public-names", "core-unknown-names", "core-speakers-without-call"}
"""Cases of what is refused or missing: there is no team to play."""

PLAYED = [name for name, case in FILES.items() if case["input"]["team"] is not None and name not in SPECIAL]
needs_cases = pytest.mark.skipif(not FILES, reason="The cases of the core are not beside this clone.")


def _given(name: str) -> dict[str, Any]:
    return FILES[name]["input"]


@needs_cases
@pytest.mark.parametrize("name", PLAYED)
async def test_each_case_has_its_right_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Played(_given(name))
    monkeypatch.setattr(time, "sleep", case.sleep)
    played = await case.play()
    await played.check(FILES[name]["expect"])


@needs_cases
def test_whatever_public_signatures_name_is_public() -> None:
    assert team_of(_given("core-public-names")["team"], {})["missing"] == []


@needs_cases
async def test_names_that_no_agent_has_are_refused() -> None:
    *built, asked = team_of(_given("core-unknown-names")["team"], {})["try_each"]
    for make, nearest in zip(built, ("a", "r, a", "b"), strict=True):
        with pytest.raises(WrongUse, match=f"they are: {nearest}"):
            make()
    house = House(asked())
    await house.hears("t")
    (reason,) = await house.stops()
    assert "zed" in reason


@needs_cases
def test_a_policy_without_its_call_is_refused() -> None:
    with pytest.raises(WrongUse, match=r"has to be called: auto\(...\)"):
        team_of(_given("core-speakers-without-call")["team"], {})


def test_no_line_of_the_page_of_public_names_has_a_code_that_readers_cannot_look_up() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    assert re.findall(r"\b[CPM][1-9]\d?\b:?", page) == []


async def test_a_board_that_notes_its_moves_knows_them_however_much_is_said_in_between() -> None:
    def board(turn: agents.Turn) -> list[str | Noted] | None:
        moves = turn.transcript.note("moves", [])
        if turn.transcript.last.text not in ("e2e4", "e7e5") or not isinstance(moves, list):
            return None
        known = [*moves, turn.transcript.last.text]
        return [Noted(key="moves", value=known), " ".join(map(str, known))]

    given = {"team": "", "steps": ["Ana: e2e4", {"append": 1800, "by": "Ben", "text": "chat"}, "Ana: e7e5"]}
    team = Team(agents=[function_agent("board", board)], termination=max_turns(1))
    played = await Played({**given, "team": "team = TEAM", "TEAM": team}).play()
    assert (await played.house.talk())[-1] == ("board", "e2e4 e7e5")


async def test_one_failure_is_said_once_and_names_who_failed() -> None:
    failing = [ModelFailed("m cannot be reached.", kind="server")] * 9
    house = House(Team(agents=[assistant("planner")]), models=failing)
    await house.hears("hello")
    told = [*[text for _, text in await house.talk()], *await house.stops()]
    assert sum("m cannot be reached" in one for one in told) == 1


@pytest.mark.parametrize(
    "given",
    [
        {  # an agent speaks twice in a row through a mention
            "team": "from agents import *\nteam = Team(agents=[function_agent(n, lambda t, n=n: n) for n in 'abc'], "
            "speakers=lambda t: 'a' if t.last.by != 'a' else None, termination=max_turns(2))",
            "steps": ["Ana: t", "Ana: @b you?"],
            "expect": {"speakers": ["a", "b"], "stops": 1},
        },
        {  # a private word stays private
            "team": "from agents import *\nteam = Team(agents=[assistant('alice'), assistant('bob')], "
            "speakers=first(mentioned, round_robin), termination=max_turns(2))",
            "steps": ["Ana, to alice only: @alice my key is 12", "Ana: @bob hello"],
            "model": ["12 it is", "hello"],
            "expect": {"bob_prompt_has_not": "12", "alice_prompt_has": "12"},
        },
        {  # a question by a model, answered on its card
            "team": "from agents import *\nteam = Team(agents=[assistant('a')], termination=max_turns(3))",
            "steps": ["Ana: report", "Ana answers the card: 2024"],
            "model": ["calls ask_person('Which year?', 'Ana')", "The report of 2024."],
            "expect": {"prompt_has": "2024", "speakers": ["a", "a"], "a_says_has": "2024"},
        },
    ],
)
async def test_further_cases_written_alike(given: dict[str, Any]) -> None:
    await (await Played(given).play()).check(given["expect"])


TEAM = [Profile(id=f"agent:{name}", name=name) for name in ("ana", "ben", "cid")]


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("＠ben お願いします", ["agent:ben"]),
        ("请@ben看一下", ["agent:ben"]),
        ("お願い、@cid。", ["agent:cid"]),
        ("@ben、@cid、見て", ["agent:ben", "agent:cid"]),
        ("> @ben said it\n\nmail me at x@ben.example", []),
        ("> 请@ben看一下", []),
        ("write to ben@cid.example or `@ana`", []),
    ],
)
def test_mentions_in_any_script_and_none_in_quotes_and_addresses(text: str, addressed: list[str]) -> None:
    assert [one.participant for one in mentions_in(text, TEAM)] == addressed


@pytest.mark.parametrize("text", ["!stop" + " " * 80_000, "!stop" + "\n" * 80_000 + "!", "/stop" + "\t " * 9_999])
def test_long_blanks_in_commands_are_read_at_once(text: str) -> None:
    begun = process_time()
    parse(text, bare_slash=True)
    assert process_time() - begun < 1  # seconds, where the square of the length would take minutes


@pytest.mark.parametrize("text", ["a" * 80_000 + " ", "é" * 80_000, "ab\n" + "-" * 80_000])
def test_a_long_word_in_a_growing_draft_is_shortened_at_once(text: str) -> None:
    begun = process_time()
    whole_words(text)
    assert process_time() - begun < 1


@pytest.mark.parametrize(
    "text", ["1. Run: ```bash\necho hi\n```\nthen done", "So: ~~~\nx\n~~~\nend", "a ```py\nx = 1\n```\nb"]
)
def test_a_fence_in_mid_line_is_closed_where_discord_closes_it(text: str) -> None:
    assert discord_markdown(text).count("```") % 2 == 0
