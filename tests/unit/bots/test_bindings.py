"""Which channel has which team, and who may do what there."""

from pathlib import Path

import pytest

from agents import Team, function_agent
from agents.budget.limits import Limits
from agents.errors import WrongUse
from agents.ports import Cap
from agents.testing import MemoryFacts
from agents.turn.turn import Brief
from bots.bindings import HERE, NAMESPACE, ChannelBindings, place_of
from bots.config import Loaded, load
from bots.config.places import Place
from bots.team_builder import Teams

CONFIG = """
[agents.planner]
[agents.coder]
[teams.one]
agents = ["planner"]
[[channels]]
match = ["slack:#data-team"]
team = "one"
attention = "always"
budget = { usd_per_day = 5.0 }
[[channels]]
match = ["slack:C0HELP"]
team = "one"
[[channels]]
match = ["slack:#talk"]
team = "one"
conversation = "channel"
[people]
users = ["slack:workspace"]
admins = ["slack:U012AB3CD"]
[limits]
usd_per_day = 2.0
usd_per_person_per_day = 0.5
agent_turns_without_a_person = 7
"""


async def bindings(
    folder: Path, *, facts: MemoryFacts | None = None, at_most: float | None = None, more: str = ""
) -> ChannelBindings:
    path = folder / "config.toml"
    path.write_text(more + CONFIG, encoding="utf-8")
    loaded = load(path)
    teams = Teams(loaded)
    made = ChannelBindings(
        loaded.config, teams, facts or MemoryFacts(), brief=Brief(), fallback=teams.of("pair"), at_most=at_most
    )
    await made.load()
    return made


async def test_a_message_begins_a_thread_by_itself_only_where_everything_is_for_the_team(tmp_path: Path) -> None:
    known = await bindings(tmp_path)
    await known.locate("slack:T1/C1", Place(platform="slack", id="C1", name="data-team"))
    assert known.opens_threads("slack:T1/C1")
    assert not known.opens_threads("slack:T1/C0HELP")
    assert not known.opens_threads("slack:T1/C0NOBODYS")


async def test_p44_the_config_binds_by_id_with_its_attention_and_budget(tmp_path: Path) -> None:
    bound = (await bindings(tmp_path)).of("slack:T1/C0HELP/1700.1")
    assert bound is not None
    assert bound.team.name == "one"
    assert bound.attention == "thread"
    assert set(bound.guests) == {"coder"}


async def test_p8_the_houses_limits_stand_beside_the_teams(tmp_path: Path) -> None:
    made = await bindings(tmp_path, at_most=0.25)
    bound = made.of("slack:T1/data-team")
    assert bound is not None
    limits = bound.team.limits
    assert limits.usd_per_day == 5.0
    assert limits.person.usd == 0.5
    assert limits.installation.usd == 0.25
    assert limits.agent_turns_without_a_person == 7


async def test_p41_local_rooms_fall_back_to_a_team_that_always_listens(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    bound = made.of("web:anywhere")
    assert bound is not None
    assert (bound.team.name, bound.attention) == ("pair", "always")
    assert made.of("slack:T1/C9") is None


async def test_p44_an_admin_binds_and_unbinds_from_inside_and_it_lasts(tmp_path: Path) -> None:
    facts = MemoryFacts()
    made = await bindings(tmp_path, facts=facts)
    assert "coding is here now" in await made.use("slack:T1/C9", "coding")
    again = await bindings(tmp_path, facts=facts)
    bound = again.of("slack:T1/C9")
    assert bound is not None
    assert bound.team.name == "coding"
    assert (await again.where())["slack:T1/C9"] == "coding"
    assert "No team is here" in await again.leave("slack:T1/C9")
    assert again.of("slack:T1/C9") is None


async def test_p44_the_config_wins_and_says_so(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    with pytest.raises(WrongUse, match="The config puts the team one here"):
        await made.use("slack:T1/C0HELP", "coding")
    with pytest.raises(WrongUse, match="The config puts the team one here"):
        await made.leave("slack:T1/C0HELP")
    with pytest.raises(WrongUse, match="There is no team"):
        await made.use("slack:T1/C9", "nobody")


async def test_p45_permissions_come_from_the_config_and_this_machine_is_its_owners(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    slack = made.permissions("slack:T1/C0HELP")
    assert slack.bound
    assert slack.allow("user", {"slack:workspace"})
    assert not slack.allow("user", {HERE})
    web = made.permissions("web:lobby")
    assert all(web.allow(role, {HERE}) for role in ("user", "approver", "admin", "owner"))


async def test_p33_a_web_room_open_to_others_is_not_everybodys(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[web]\nhost = "0.0.0.0"\ntoken = "env:WEB_TOKEN"\n[agents.a]\n[teams.t]\nagents = ["a"]\n', encoding="utf-8"
    )
    loaded = load(tmp_path / "config.toml")
    teams = Teams(loaded)
    made = ChannelBindings(loaded.config, teams, MemoryFacts(), brief=Brief(), fallback=teams.of("t"))
    assert not made.permissions("web:lobby").allow("user", {HERE})


@pytest.mark.parametrize(
    ("room", "platform", "channel"),
    [("web:lobby", "web", "lobby"), ("slack:T1/C1", "slack", "C1"), ("slack:T1/C1/1.2", "slack", "C1")],
)
def test_a_rooms_id_names_its_place(room: str, platform: str, channel: str) -> None:
    place = place_of(room)
    assert (place.platform, place.id) == (platform, channel)


def test_nothing_configured_is_fine() -> None:
    assert Loaded().config.channels == ()


async def test_p44_a_channel_is_bound_by_the_name_that_its_platform_gave_it_and_so_are_its_threads(
    tmp_path: Path,
) -> None:
    made = await bindings(tmp_path)
    assert made.of("slack:T1/C7/1700.1") is None
    await made.locate("slack:T1/C7", Place(platform="slack", id="C7", name="data-team"))
    bound = made.of("slack:T1/C7/1700.1")
    assert bound is not None
    assert bound.attention == "always"
    assert made.permissions("slack:T1/C7").bound


async def test_p31_what_a_platform_calls_its_channels_is_known_after_a_restart(tmp_path: Path) -> None:
    facts = MemoryFacts()
    before = await bindings(tmp_path, facts=facts)
    await before.locate("slack:T1/C7", Place(platform="slack", id="C7", name="data-team"))
    after = await bindings(tmp_path, facts=facts)
    assert after.of("slack:T1/C7") is not None


async def test_p44_an_admin_in_a_thread_binds_the_channel_and_all_its_threads(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    await made.use("slack:T1/C9/1700.1", "one")
    assert made.of("slack:T1/C9") is not None
    assert made.of("slack:T1/C9/1800.1") is not None
    await made.leave("slack:T1/C9")
    assert made.of("slack:T1/C9/1700.1") is None


async def test_p13_a_shared_channel_has_threads_and_the_teams_own_is_one_conversation(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    await made.locate("slack:T1/C7", Place(platform="slack", id="C7", name="data-team"))
    await made.locate("slack:dm/D1", Place(platform="slack", id="D1", direct=True))
    rooms = ("slack:T1/C7", "slack:T1/C0HELP", "slack:dm/D1", "web:lobby")
    assert [made.conversation(room) for room in rooms] == ["channel", "thread", "channel", "channel"]


async def test_p13_the_config_says_what_a_conversation_is(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    await made.locate("slack:T1/C8", Place(platform="slack", id="C8", name="talk"))
    assert made.conversation("slack:T1/C8/1700.1") == "channel"


async def test_p44_a_team_that_left_the_config_is_in_no_channel_any_more_and_the_log_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    facts = MemoryFacts()
    await facts.put(NAMESPACE, "slack:T1/C9", "retired")
    made = await bindings(tmp_path, facts=facts)
    assert [made.of(room) for room in ("slack:T1/C9", "slack:T1/C9/1700.1", "slack:T1/C9/1800.1")] == [None] * 3
    (said,) = caplog.messages
    assert "No team is in slack:T1/C9 any more" in said
    assert "There is no team 'retired'" in said
    assert not made.permissions("slack:T1/C9").bound
    await made.use("slack:T1/C9", "one")
    assert made.of("slack:T1/C9/1700.1") is not None


LIMITED = Team(
    agents=[function_agent("echo", lambda transcript: transcript.last.text)],
    limits=Limits(
        usd_per_day=3.0,
        tokens_per_day=500,
        person=Cap(usd=0.1, tokens=70),
        installation=Cap(usd=1.0, tokens=1000),
    ),
)


def limits_of_a_python_team(folder: Path, config: str) -> Limits:
    """Those of `LIMITED` in a channel; the config begins in the channel's table."""
    channel = f'[[channels]]\nmatch = ["web:lobby"]\nteam = "{__name__}:LIMITED"\n'
    (folder / "config.toml").write_text(channel + config, encoding="utf-8")
    loaded = load(folder / "config.toml")
    made = ChannelBindings(loaded.config, Teams(loaded), MemoryFacts(), brief=Brief(), fallback=LIMITED, at_most=0.75)
    bound = made.of("web:lobby")
    assert bound is not None
    return bound.team.limits


def test_p8_of_the_houses_caps_and_a_teams_own_the_smaller_ones_count(tmp_path: Path) -> None:
    house = "[limits]\nusd_per_day = 2.0\ntokens_per_day = 900\nusd_per_person_per_day = 0.5\n"
    limits = limits_of_a_python_team(tmp_path, house)
    assert limits.person == Cap(usd=0.1, tokens=70)
    assert limits.installation == Cap(usd=0.75, tokens=900)


@pytest.mark.parametrize(
    ("budget", "usd", "tokens"),
    [("usd_per_day = 5.0", 5.0, 500), ("tokens_per_day = 40", 3.0, 40)],
)
def test_p8_a_channels_budget_is_the_rooms_in_what_it_names(
    tmp_path: Path, budget: str, usd: float, tokens: int
) -> None:
    limits = limits_of_a_python_team(tmp_path, f"budget = {{ {budget} }}\n")
    assert (limits.usd_per_day, limits.tokens_per_day) == (usd, tokens)


async def test_a_direct_message_with_an_agents_own_app_is_a_chat_of_two_also_after_a_restart(tmp_path: Path) -> None:
    facts = MemoryFacts()
    before = await bindings(tmp_path, facts=facts)
    await before.locate("slack:T1/D1", Place(platform="slack", id="D1", direct=True))
    assert before.of("slack:T1/D1") is None
    await before.pair("slack:T1/D1", "agent:coder")
    for made in (before, await bindings(tmp_path, facts=facts)):
        for room in ("slack:T1/D1", "slack:T1/D1/1700.1"):
            bound = made.of(room)
            assert bound is not None
            assert [one.profile.id for one in bound.team.agents] == ["agent:coder"]
            assert (bound.attention, set(bound.guests)) == ("always", {"planner"})
            assert made.permissions(room).bound
        with pytest.raises(WrongUse, match="a chat with coder alone"):
            await made.use("slack:T1/D1", "one")


async def test_a_chat_of_two_is_with_the_agent_of_the_team_that_direct_messages_have(tmp_path: Path) -> None:
    more = '[[channels]]\nmatch = ["slack:dm"]\nteam = "pair"\nbudget = { usd_per_day = 1.5 }\n'
    made = await bindings(tmp_path, more=more)
    await made.locate("slack:T1/D1", Place(platform="slack", id="D1", direct=True))
    whole = made.of("slack:T1/D1")
    assert whole is not None
    await made.pair("slack:T1/D1", "agent:coder")
    bound = made.of("slack:T1/D1")
    assert bound is not None
    assert list(bound.team.agents) == [one for one in whole.team.agents if one.profile.handle == "coder"]
    assert bound.team.limits.usd_per_day == 1.5


async def test_a_chat_of_two_with_an_agent_that_is_nowhere_has_no_team(tmp_path: Path) -> None:
    made = await bindings(tmp_path)
    await made.pair("slack:T1/D1", "agent:gone")
    assert made.of("slack:T1/D1") is None


@pytest.mark.parametrize(
    ("external", "users", "background"),
    [
        ("deny", {"slack:workspace"}, set[str]()),
        ("read", {"slack:workspace"}, {"slack:external"}),
        ("full", {"slack:workspace", "slack:external"}, set[str]()),
    ],
)
async def test_r9_people_from_outside_count_as_the_config_says_and_never_as_admins(
    tmp_path: Path, external: str, users: set[str], background: set[str]
) -> None:
    more = f'[slack]\nbot_token = "env:BOT"\napp_token = "env:APP"\nexternal = "{external}"\n'
    permissions = (await bindings(tmp_path, more=more)).permissions("slack:T1/C0HELP")
    assert (permissions.users, permissions.background) == (users, background)
    assert (permissions.approvers, permissions.admins) == (set(), {"slack:user:U012AB3CD"})
