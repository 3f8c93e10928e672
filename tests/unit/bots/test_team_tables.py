"""C56: a table says what Python says: kinds of agents, endings, views, deadlines."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agents import (
    Team,
    WrongUse,
    assistant,
    first,
    function_agent,
    handed_over,
    head_and_tail,
    last,
    mentioned,
    round_robin,
    said,
    token_budget,
)
from agents.log.events import ToolReturned
from agents.people import Cut
from agents.ports import CodeRun, ModelRequest, RunResult
from agents.testing import FakeModel, FakeSandbox, calling, run_team, scripted
from bots.config import load
from bots.team_builder import Teams

WRITERS = '[agents.writer]\n[agents.critic]\n[teams.t]\nagents = ["writer", "critic"]\nspeakers = "round_robin"\n'


def team_of(folder: Path, text: str, **modules: str) -> Team:
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return Teams(load(path)).of("t")


async def texts(team: Team, answers: Sequence[object], **more: object) -> list[tuple[str, str]]:
    run = await run_team(team, "Begin.", model=scripted(answers), **more)  # type: ignore[arg-type]
    return [(message.name, message.text) for message in run.messages[1:]]


BOARD = """
from agents import Noted, Turn
from agents.log.files import NamedFile

def board(turn: Turn):
    return ["A move.", NamedFile(name="board.txt", media_type="text/plain", content=b"x")]
"""


async def test_c56_a_function_beside_the_config_is_an_agent(tmp_path: Path) -> None:
    text = (
        '[agents.board]\nkind = "function"\nfunction = "board_here:board"\naliases = ["b"]\n[teams.t]\n'
        'agents = ["board"]\ntermination = { max_turns = 1 }\n'
    )
    team = team_of(tmp_path, text, board_here=BOARD)
    assert team.agents[0].profile.aliases == ("b",)
    run = await run_team(team, "Begin.")
    assert [file.name for file in run.files] == ["board.txt"]


@pytest.mark.parametrize(
    "line",
    [
        'kind = "function"\nfunction = "values_there:number"',
        'on_messages = "values_there:number"',
        'before_send = "values_there:number"',
    ],
)
def test_c56_what_is_no_function_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(WrongUse, match="values_there:number is a int, which cannot be called; write a function"):
        team_of(tmp_path, f'[agents.a]\n{line}\n[teams.t]\nagents = ["a"]\n', values_there="number = 3\n")


async def test_c56_a_user_proxy_asks_and_its_deadline_holds(tmp_path: Path) -> None:
    text = (
        '[agents.boss]\nkind = "user_proxy"\nanswer_minutes = 30\non_deadline = "stop"\nasks = ["person:web/ana"]\n'
        '[teams.t]\nagents = ["boss"]\nspeakers = "round_robin"\n'
    )
    run = await run_team(team_of(tmp_path, text), "Begin.", replies=[None])
    (question,) = run.questions
    assert question.asked.of == ("person:web/ana",)
    assert question.asked.deadline == question.at + 30 * 60
    assert run.stop_reason == "Nobody answered in time."


async def test_c56_a_user_proxy_may_ask_in_another_mode_and_run_code(tmp_path: Path) -> None:
    text = (
        '[agents.coder]\n[agents.boss]\nkind = "user_proxy"\nhuman_input_mode = "NEVER"\nruns_code = true\n[teams.t]\n'
        'agents = ["coder", "boss"]\nspeakers = "round_robin"\ntermination = { max_turns = 2 }\n'
    )
    ran: list[CodeRun] = []

    def sandbox(request: CodeRun) -> RunResult:
        ran.append(request)
        return RunResult(status="ok", exit_code=0, output="1")

    await texts(team_of(tmp_path, text), ["```python\nprint(1)\n```"], sandbox=FakeSandbox(sandbox))
    assert len(ran) == 1


@pytest.mark.parametrize(("sources", "runs"), [('["writer"]', 1), ('["critic"]', 0)])
async def test_c56_a_code_runner_runs_what_its_sources_write(tmp_path: Path, sources: str, runs: int) -> None:
    text = (
        f'[agents.writer]\n[agents.critic]\n[agents.runner]\nkind = "code_runner"\nsources = {sources}\n[teams.t]\n'
        'agents = ["writer", "runner"]\nspeakers = "round_robin"\ntermination = { max_turns = 2 }\n'
    )
    ran: list[CodeRun] = []

    def sandbox(request: CodeRun) -> RunResult:
        ran.append(request)
        return RunResult(status="ok", exit_code=0, output="1")

    await texts(team_of(tmp_path, text), ["```python\nprint(1)\n```"], sandbox=FakeSandbox(sandbox))
    assert len(ran) == runs


def test_c56_people_may_be_handed_over_to_and_may_be_sources(tmp_path: Path) -> None:
    text = (
        '[agents.a]\nhands_over_to = ["person:web/ana", "stop"]\n[agents.b]\nkind = "code_runner"\n'
        'sources = ["a", "person:web/ana"]\n[teams.t]\nagents = ["a", "b"]\n'
    )
    assert [agent.profile.handle for agent in team_of(tmp_path, text).agents] == ["a", "b"]


def test_c56_the_kinds_of_earlier_files_are_read(tmp_path: Path) -> None:
    text = '[agents.a]\nkind = "model"\n[agents.b]\nkind = "code"\n[teams.t]\nagents = ["a", "b"]\n'
    assert [agent.profile.role for agent in team_of(tmp_path, text).agents] == ["", "Runs code."]


@pytest.mark.parametrize(
    ("ends", "answers", "reason"),
    [
        ('{ text = "DONE", by = "critic" }', ["DONE", "no", "no", "DONE"], "critic said DONE."),
        (
            '{ all = [{ text = "GOOD", by = "critic" }, { last_speaker = "writer" }], max_turns = 9 }',
            ["a", "GOOD", "b"],
            "critic said GOOD. writer has spoken.",
        ),
        ('{ any = [{ text = "ONE" }, { text = "TWO" }] }', ["a", "TWO"], "critic said TWO."),
        (
            '{ all = [{ any = [{ text = "ONE" }, { text = "TWO" }] }, { text = "THREE" }] }',
            ["THREE", "TWO"],
            "critic said TWO. writer said THREE.",
        ),
        ('{ last_speaker = "critic" }', ["a", "b"], "critic has spoken."),
        ('{ function = "ends_here:done" }', ["a", "b", "c"], "Three were said."),
        (
            "{ max_messages = 3, max_tokens = 1000, max_usd = 9, max_seconds = 9 }",
            ["a", "b"],
            "The limit of 3 messages is reached.",
        ),
    ],
)  # fmt: skip
async def test_c56_endings_are_written_as_in_python(tmp_path: Path, ends: str, answers: list[str], reason: str) -> None:
    done = "def done(transcript):\n    return 'Three were said.' if len(transcript.messages) > 3 else None\n"
    team = team_of(tmp_path, f"{WRITERS}termination = {ends}\n", ends_here=done)
    assert (await run_team(team, "Begin.", model=scripted([*answers, "never"]))).stop_reason == reason


@pytest.mark.parametrize(
    ("agent", "ends", "reason"),
    [
        ('hands_over_to = ["stop", "critic"]', '{ handed_to = "critic" }', "The floor was handed over to critic."),
        ('tools = ["tools_there:publish"]', '{ tool_called = "publish" }', "The tool publish was called."),
    ],
)
async def test_c56_handoffs_and_tools_end_as_in_python(tmp_path: Path, agent: str, ends: str, reason: str) -> None:
    text = (
        f'[agents.critic]\n[agents.writer]\n{agent}\n[teams.t]\nagents = ["writer", "critic"]\ntermination = {ends}\n'
    )
    team = team_of(tmp_path, text, tools_there="def publish() -> str:\n    return 'out'\n")
    called = "transfer_to_critic" if "critic" in ends else "publish"
    run = await run_team(team, "@writer begin.", model=scripted([calling(called), "Over."]))
    assert run.stop_reason == reason
    assert any(isinstance(record.event, ToolReturned) for record in run.records)


@pytest.mark.parametrize(
    ("written", "view"),
    [
        ("view = { last = 4 }", last(4)),
        ("view = { head_and_tail = [1, 2] }", head_and_tail(1, 2)),
        ("view = { token_budget = 300 }", token_budget(300)),
    ],
)
async def test_c56_a_view_is_written_as_in_python(tmp_path: Path, written: str, view: Cut) -> None:
    async def read_by(team: Team) -> list[str]:
        model = FakeModel(lambda request: "Word.")
        await run_team(team, "Begin.", model=model, replies=[str(number) for number in range(20)])
        return [one.text for one in model.requests[-1].messages[1:]]

    table = await read_by(team_of(tmp_path, f'[agents.a]\n{written}\n[teams.t]\nagents = ["a"]\n'))
    assert table == await read_by(Team(agents=[assistant("a", view=view)]))
    assert len(table) < len(await read_by(Team(agents=[assistant("a")])))


async def test_c56_hooks_beside_the_config_change_what_is_read_and_said(tmp_path: Path) -> None:
    hooks = (
        "from msgspec.structs import replace\n"
        "def shout(said):\n    return replace(said, text=said.text.upper())\n"
        "def newest(messages):\n    return messages[-1:]\n"
    )
    text = (
        '[agents.a]\non_messages = "hooks_here:newest"\nbefore_send = "hooks_here:shout"\nasks_people = false\n'
        '[teams.t]\nagents = ["a"]\ntermination = { max_turns = 1 }\n'
    )
    requests: list[ModelRequest] = []

    def answer(request: ModelRequest) -> str:
        requests.append(request)
        return "yes"

    run = await run_team(team_of(tmp_path, text, hooks_here=hooks), "Begin.", model=FakeModel(answer))
    assert run.messages[-1].text == "YES"
    assert requests[0].tools == ()


@pytest.mark.parametrize(("repeats", "speakers"), [("true", ("a", "a")), ('["a"]', ("a", "a")), ("false", ("a", "b"))])
async def test_c56_the_last_speaker_may_be_chosen_again_where_that_is_written(
    tmp_path: Path, repeats: str, speakers: tuple[str, ...]
) -> None:
    text = (
        '[agents.a]\n[agents.b]\n[teams.t]\nagents = ["a", "b"]\n'
        f"allow_repeated_speaker = {repeats}\ntermination = {{ max_turns = 2 }}\n"
    )

    def answer(request: ModelRequest) -> str:
        return '{"speaker": "a"}' if request.schema else "word"

    run = await run_team(team_of(tmp_path, text), "Begin.", model=FakeModel(answer))
    assert run.speakers == speakers


async def test_c32_the_same_three_agents_speak_alike_by_table_and_in_python(tmp_path: Path) -> None:
    text = (
        '[agents.planner]\n[agents.coder]\n[agents.runner]\nkind = "function"\nfunction = "runs_here:run"\n[teams.t]\n'
        'agents = ["planner", "coder", "runner"]\nspeakers = "round_robin"\ntermination = { text = "DONE" }\n'
    )
    table = team_of(tmp_path, text, runs_here="def run(transcript):\n    return 'ran'\n")
    python = Team(
        agents=[assistant("planner"), assistant("coder"), function_agent("runner", lambda t: "ran")],
        speakers=first(mentioned, handed_over, round_robin),
        termination=said("DONE"),
    )
    answers = ["plan", "code", "DONE"]
    runs = [await run_team(team, "Begin.", model=scripted(answers)) for team in (table, python)]
    assert runs[0].speakers == runs[1].speakers == ("planner", "coder", "runner", "planner")


EDITORIAL = (
    '[agents.writer]\n[agents.critic]\n[agents.writing]\nkind = "team"\nteam = "pair_of_two"\nrole = "Writes."\n'
    'avatar = ":books:"\naliases = ["w"]\n[teams.pair_of_two]\nagents = ["writer", "critic"]\n'
    'speakers = "round_robin"\ntermination = { text = "APPROVED" }\n'
    '[teams.t]\nagents = ["writing"]\ntermination = { max_turns = 1 }\n'
)


async def test_c56_a_team_of_the_config_takes_part_as_one_agent(tmp_path: Path) -> None:
    team = team_of(tmp_path, EDITORIAL)
    profile = team.agents[0].profile
    assert (profile.role, profile.avatar, profile.aliases) == ("Writes.", ":books:", ("w",))
    assert await texts(team, ["The sea.", "It is good. APPROVED"]) == [("writing", "It is good. APPROVED")]


async def test_c56_an_agent_may_be_a_team_from_python_or_one_in_which_a_team_takes_part(tmp_path: Path) -> None:
    inner = (
        "from agents import Team, assistant, max_turns\nteam = Team(agents=[assistant('a')], termination=max_turns(1))"
    )
    text = (
        '[agents.deep]\nkind = "team"\nteam = "inner_here:team"\n[agents.middle]\nkind = "team"\nteam = "m"\n'
        '[teams.m]\nagents = ["deep"]\ntermination = { max_turns = 1 }\n'
        '[teams.t]\nagents = ["middle"]\ntermination = { max_turns = 1 }\n'
    )
    assert await texts(team_of(tmp_path, text, inner_here=inner), ["Deep words."]) == [("middle", "Deep words.")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[agents.x]\nkind = "team"\nteam = "t"\n[teams.t]\nagents = ["x"]',
            r'\[agents.x\] team names "t", in which it takes part itself \(x > t > x\); take it out',
        ),
        (
            '[agents.x]\nkind = "team"\nteam = "s"\n[agents.y]\nkind = "team"\nteam = "t"\n[agents.z]\n'
            '[teams.s]\nagents = ["z", "y"]\n[teams.t]\nagents = ["x"]',
            r'\[agents.x\] team names "s", in which it takes part itself \(x > s > y > t > x\); take it out',
        ),
        (
            '[agents.outside]\nkind = "team"\nteam = "t"\n[agents.x]\nkind = "team"\nteam = "t"\n'
            '[teams.t]\nagents = ["x"]',
            r'\[agents.x\] team names "t", in which it takes part itself \(x > t > x\); take it out',
        ),
        (
            '[agents.x]\nkind = "team"\nteam = "tt"\n[agents.y]\n[teams.t]\nagents = ["x", "y"]',
            r'\[agents.x\] team names "tt", which is no team \(there is coding, pair or t\); did you mean "t"\?',
        ),
        (
            '[agents.x]\nkind = "team"\n[teams.t]\nagents = ["x"]',
            r'\[agents.x\] has kind = "team" and no team; add team = "name"',
        ),
        (
            '[agents.x]\nteam = "t"\n[teams.t]\nagents = ["x"]',
            r'\[agents.x\] has team and no kind; add kind = "team"',
        ),
        (
            '[agents.x]\nteam = "t"\nsources = ["y"]\n[agents.y]\n[teams.t]\nagents = ["y"]',
            r'\[agents.x\] has kind = "assistant", which does not use sources or team; remove one or the other',
        ),
    ],
)
def test_c56_a_team_that_takes_part_in_itself_or_that_nobody_knows_is_refused(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(WrongUse, match=sentence):
        team_of(tmp_path, text)
