"""P30: a config file is read strictly, and what is wrong with it is said all at once, in whole sentences."""

import os
import tomllib
from pathlib import Path

import pytest

from agents.errors import WrongUse
from bots.config import ConfigWrong, load
from bots.config.loader import parse
from bots.config.places import Place

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


def written(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def said_about(text: str) -> list[str]:
    return [str(problem) for problem in parse(tomllib.loads(text))[1]]


def test_p27_the_example_copied_unchanged_loads_without_a_token_or_a_key(tmp_path: Path):
    loaded = load(written(tmp_path, EXAMPLE.read_text(encoding="utf-8")))
    assert list(loaded.config.agents) == ["planner", "coder", "runner", "reviewer"]
    assert loaded.config.channels[0].team == "coding"
    assert loaded.config.models == {}
    assert loaded.config.sandbox.timeout_seconds == 30.0


def test_p30_the_example_with_every_comment_taken_as_written_loads_as_well():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [line[2:] if line.startswith("# ") and ("=" in line or line.startswith("# [")) else line for line in lines]
    text = "\n".join(line for line in bare if not line.startswith(("Tertulia's", 'team = "my_team', "and no key")))
    config, problems = parse(tomllib.loads(text))
    assert problems == ()
    assert config is not None
    assert config.slack is not None
    assert config.agents["coder"].discord is not None


def test_an_empty_file_is_valid(tmp_path: Path):
    assert load(written(tmp_path, "")).config.limits.usd_per_day == 2.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour = 1", 'the file has no key "colour".'),
        ("[agent.coder]", 'the file has no table "agent"; did you mean "agents"?'),
        ('[agents.coder]\ninstuctions = ""', '[agents.coder] has no key "instuctions"; did you mean "instructions"?'),
        (
            "[agents.coder]\nsettings = { temprature = 1 }",
            '[agents.coder.settings] has no key "temprature"; did you mean "temperature"?',
        ),
        (
            '[agents.coder]\nhuman_input_mode = "always"',
            '[agents.coder] human_input_mode should be ALWAYS, TERMINATE or NEVER, not "always".',
        ),
        ('[sandbox]\nmemory_mb = "512"', '[sandbox] memory_mb should be a whole number, not "512".'),
        ("[sandbox]\nmemory_mb = 1.5", "[sandbox] memory_mb should be a whole number, not 1.5."),
        ("[sandbox]\ntimeout_seconds = true", "[sandbox] timeout_seconds should be a number, not true."),
        ("[sandbox]\ntimeout_seconds = 0", "[sandbox] timeout_seconds should be greater than 0, not 0."),
        ("[web]\nenabled = 1", "[web] enabled should be true or false, not 1."),
        ("[store]\npath = 3", "[store] path should be a text in quotes, not 3."),
        ('[store]\npath = ""', "[store] path should not be empty."),
        (
            '[slack.http]\npublic_url = "tertulia.example"',
            '[slack.http] public_url should be an address such as "https://tertulia.example".',
        ),
        ('[slack.http]\npath = "/"', '[slack.http] path should be a path such as "/slack".'),
        ("sandbox = 3", "[sandbox] should be a table, not 3."),
        ("agents = 3", "[agents] should be a table, not 3."),
        ("[models.big]", "[models.big] lacks model; add it."),
        ("[slack]\n", "[slack] lacks bot_token; add it."),
        ('[channels]\nmatch = "web:a"', "[channels] is written with two brackets, [[channels]], once for each."),
        (
            '[[channels]]\nmatch = "web:a"\nteam = "a:b"',
            '[[channels]] number 1 match should be a list, such as ["web:a"].',
        ),
        ('[[channels]]\nmatch = []\nteam = "a:b"', "[[channels]] number 1 match should not be empty."),
        (
            '[models.big]\nmodel = "x"\nbase_url = "localhost"',
            '[models.big] base_url should be an address such as "http://127.0.0.1:11434/v1".',
        ),
        (
            '[agents.coder]\ntools = ["weather"]',
            '[agents.coder] tools, entry 1, should be "module:attribute", with my_module.py beside the config file.',
        ),
        ('[agents.coder]\ntools = "my_tools:weather"', "[agents.coder] tools should be a list, such as "),
        ("[people]\nusers = [3]", "[people] users, entry 1, should be a text such as"),
        ("[agents.coder]\nrole = 2026-11-22", "[agents.coder] role should be a text in quotes."),
    ],
)
def test_p30_each_mistake_is_named_with_its_place_and_the_nearest_name(text: str, sentence: str):
    assert any(said.startswith(sentence) for said in said_about(text)), said_about(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[agents.coder]\n[teams.t]\nagents = ["codr"]',
            '[teams.t] agents names "codr", which is no agent (there is coder); did you mean "coder"?',
        ),
        ('[teams.t]\nagents = ["x"]', '[teams.t] agents names "x", which is no agent (there is none at all).'),
        ("[teams.t]", '[teams.t] has no agents; list at least one, agents = ["planner"].'),
        ('[agents.a]\n[teams.t]\nagents = ["a", "a"]', '[teams.t] agents names "a" 2 times; once is enough.'),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\nspeakers = "rond_robin"',
            '[teams.t] speakers "rond_robin" is no way to choose; write auto, round_robin, random or manual, or '
            '"module:function"; did you mean "round_robin"?',
        ),
        (
            '[agents.a]\n[agents.b]\n[teams.t]\nagents = ["a"]\ntransitions = { a = ["b"] }',
            '[teams.t] transitions names "b", which is no agent of this team (there is a).',
        ),
        (
            '[teams.t]\nteam = "m:t"\nflow = "x"',
            "[teams.t] takes the whole team from Python, so flow would do nothing; remove it.",
        ),
        (
            '[agents.a]\nmodel = "big"',
            '[agents.a] model names "big", which is no model (there is default).',
        ),
        (
            '[models.a]\nmodel = "x"\nfallback = ["a"]',
            '[models.a] fallback names "a", which is no model (there is default).',
        ),
        (
            '[agents.a]\nkind = "code"\ntools = ["m:f"]\nmodel = "default"',
            '[agents.a] has kind = "code_runner", which does not use model or tools; remove one or the other.',
        ),
        (
            '[agents.a]\nkind = "user_proxy"\nsources = ["a"]\nview = { last = 3 }',
            '[agents.a] has kind = "user_proxy", which does not use view or sources; remove one or the other.',
        ),
        (
            '[agents.a]\nkind = "function"\ninstructions = "x"\nfunction = "m:f"',
            '[agents.a] has kind = "function", which does not use instructions; remove one or the other.',
        ),
        (
            '[agents.a]\nkind = "function"',
            '[agents.a] has kind = "function" and no function; add function = "module:name".',
        ),
        (
            '[agents.a]\nkind = "runner"',
            '[agents.a] kind should be assistant, user_proxy, code_runner, function or team, not "runner"',
        ),
        ("[agents.a]\nview = {}", "[agents.a] view should have one key, last, head_and_tail or token_budget."),
        (
            "[agents.a]\nview = { last = 3, token_budget = 9 }",
            "[agents.a] view should have one key, last, head_and_tail or token_budget.",
        ),
        (
            '[agents.coder]\n[agents.r]\nkind = "code_runner"\nsources = ["codr"]',
            '[agents.r] sources names "codr", which is no agent (there is coder); did you mean "coder"?',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\nallow_repeated_speaker = ["b"]',
            '[teams.t] allow_repeated_speaker names "b", which is no agent of this team (there is a).',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\nallow_repeated_speaker = "a"',
            '[teams.t] allow_repeated_speaker should be true, false or a list of agents, such as ["coder"].',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\nspeakers = "random"\nallow_repeated_speaker = true',
            '[teams.t] allow_repeated_speaker is for speakers = "auto" alone; remove one or the other.',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\ntermination = { by = "a" }',
            '[teams.t] termination by needs a text that this agent says; add text = "DONE".',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\ntermination = { anywhere = true }',
            '[teams.t] termination anywhere needs a text to look for; add text = "DONE".',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\ntermination = { text = "X", by = "b" }',
            '[teams.t] termination by names "b", which is no agent of this team (there is a).',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\ntermination = { all = [{ last_speaker = "b" }, {}] }',
            '[teams.t] termination all, entry 1, last_speaker names "b", which is no agent of this team (there is a).',
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\ntermination = { any = [{ all = [{}] }] }',
            "[teams.t] termination any, entry 1, all, entry 1, is empty and would never hold; remove it.",
        ),
        (
            '[agents.a]\n[teams.t]\nagents = ["a"]\ntermination = { handed_to = "b" }',
            '[teams.t] termination handed_to names "b", which is no agent of this team (there is a).',
        ),
        (
            '[agents.a]\nhands_over_to = ["a"]',
            '[agents.a] hands_over_to names "a", which is no agent (there is none at all).',
        ),
        (
            '[agents.a.slack]\nbot_token = "env:A"',
            "[agents.a.slack] needs the host that hears for all agents; add a [slack] table with its token.",
        ),
        ('[agents."two words"]', "[agents.two words] cannot be an agent's name; use a letter"),
        ("[agents.Tertulia]", "[agents.Tertulia] cannot be an agent's name"),
        (
            '[[channels]]\nmatch = ["web:a"]\nteam = "none"',
            '[[channels]] number 1 team names "none", which is no team',
        ),
        (
            '[[channels]]\nmatch = ["web:a"]\nteam = "m:t"\n[[channels]]\nmatch = ["web:a"]\nteam = "m:t"',
            '[[channels]] has 2 tables for "web:a"; keep one of them.',
        ),
        (
            '[web]\nhost = "0.0.0.0"',
            '[web] host "0.0.0.0" lets other machines in, and there is no token; set token = "env:NAME" beside it.',
        ),
        ('[web]\nhost = "example.org"', '[web] host "example.org" lets other machines in'),
        (
            '[slack]\nbot_token = "env:A"',
            "[slack] lacks app_token; add it for Socket Mode, or signing_secret where Slack is to call over HTTP.",
        ),
        (
            '[slack]\nbot_token = "env:A"\napp_token = "env:A"\nsigning_secret = "env:A"',
            "[slack] has app_token, for Socket Mode, and signing_secret, for HTTP; keep what the app is set up for.",
        ),
        (
            '[slack]\nbot_token = "env:A"\napp_token = "env:A"\n'
            '[agents.a.slack]\nbot_token = "env:A"\nsigning_secret = "env:A"',
            "[agents.a.slack] signing_secret is for HTTP, and nothing says where Slack reaches Tertulia; "
            "set [slack.http] public_url.",
        ),
        ('[slack]\nclient_id = "1.2"', "[slack] has client_id and lacks client_secret; add it."),
        ('[slack]\nclient_secret = "env:A"', "[slack] has client_secret and lacks client_id; add it."),
        (
            '[slack]\nclient_id = "1.2"\nclient_secret = "env:A"\nbot_token = "env:A"',
            "[slack] has bot_token, for one workspace, and client_id, for all that install the app; keep one of them.",
        ),
        (
            '[slack]\nclient_id = "1.2"\nclient_secret = "env:A"\napp_token = "env:A"',
            "[slack] has client_id, and people install the app over HTTP; set signing_secret instead of app_token.",
        ),
        (
            '[slack]\nclient_id = "1.2"\n[people]\nusers = ["slack:U1"]',
            '[people] users names "U1" without its workspace, and any may install the app; write "slack:T012AB3CD/U1".',
        ),
        (
            '[slack]\nclient_id = "1.2"\n'
            '[[channels]]\nmatch = ["slack:*"]\nteam = "a:b"\napprovers = ["slack:group:S1"]',
            '[[channels]] number 1 approvers names "S1" without its workspace, and any may install the app; '
            'write "slack:group:T012AB3CD/S1".',
        ),
        (
            '[slack]\nclient_id = "1.2"\n[[channels]]\nmatch = ["slack:C1"]\nteam = "a:b"',
            '[[channels]] number 1 match names "slack:C1", which may be a channel of any workspace that installs the '
            "app; let its admin write `use TEAM` there, or name channels of all of them.",
        ),
        (
            '[slack]\nclient_id = "1.2"\n[people]\nadmins = ["slack:workspace"]',
            '[people] admins has "slack:workspace", and any workspace may install the app; '
            'name one, "slack:workspace:T012AB3CD".',
        ),
    ],
)
def test_p30_what_does_not_fit_together_is_named(text: str, sentence: str):
    assert any(said.startswith(sentence) for said in said_about(text)), said_about(text)


def test_p30_all_mistakes_of_a_file_are_said_at_once_and_channels_keep_their_numbers(tmp_path: Path):
    text = """
        [agents.coder]
        rool = "x"
        [teams.t]
        agents = ["coder", "runer"]
        [[channels]]
        match = ["slak:#x"]
        team = "t"
        [[channels]]
        match = ["web:a"]
        team = "missing"
        [sandbox]
        approval = "sometimes"
    """
    with pytest.raises(ConfigWrong) as caught:
        load(written(tmp_path, text))
    places = [problem.where for problem in caught.value.problems]
    assert places == [
        "[agents.coder]",
        "[[channels]] number 1 match, entry 1,",
        "[sandbox] approval",
        "[teams.t] agents",
        "[[channels]] number 2 team",
    ]
    assert str(caught.value).count("config.toml: ") == 5


def test_what_is_wrong_with_a_list_entry_is_said_once():
    assert len(said_about('[[channels]]\nmatch = ["slak:#x"]\nteam = "m:t"')) == 1


def test_a_file_that_is_no_toml_says_where(tmp_path: Path):
    with pytest.raises(ConfigWrong, match=r"config\.toml: the file is not valid TOML: .*line 2"):
        load(written(tmp_path, "[web]\nport == 3"))


def test_no_file_names_the_command_that_writes_one(tmp_path: Path):
    with pytest.raises(WrongUse, match="`tertulia init` writes one"):
        load(tmp_path / "config.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(WrongUse, match="cannot be read"):
        load(path)


def test_relative_paths_are_beside_the_config_file(tmp_path: Path):
    loaded = load(written(tmp_path, '[store]\npath = "data/rooms.db"'))
    assert loaded.located(loaded.config.store.path) == tmp_path.resolve() / "data" / "rooms.db"
    assert loaded.located(os.sep + "elsewhere.db") == Path(os.sep + "elsewhere.db")


def test_p45_a_channel_has_its_own_people_where_it_says_so(tmp_path: Path):
    loaded = load(
        written(
            tmp_path,
            """
            [people]
            users = ["slack:workspace"]
            admins = ["slack:U1"]
            [slack]
            bot_token = "env:A"
            app_token = "env:B"
            [[channels]]
            match = ["slack:#ops"]
            team = "my_team:team"
            users = ["slack:group:S1"]
            [[channels]]
            match = ["slack:*"]
            team = "my_team:team"
            admins = ["slack:U2"]
            """,
        )
    )
    config = loaded.config
    ops = config.permissions(config.channel(Place(platform="slack", id="C1", name="ops")))
    other = config.permissions(config.channel(Place(platform="slack", id="C2", name="random")))
    unbound = config.permissions(config.channel(Place(platform="discord", id="1")))
    assert (ops.users, ops.admins, ops.bound) == ({"slack:group:S1"}, {"slack:user:U1"}, True)
    assert (other.admins, other.owners) == ({"slack:user:U2"}, {"slack:user:U1"})
    assert (other.users, other.bound) == ({"slack:workspace"}, True)
    assert (unbound.users, unbound.bound) == ({"slack:workspace"}, False)
    assert config.permissions(None, bound=True).bound
