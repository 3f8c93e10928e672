"""What `tertulia doctor` says of Slack, and that the manifests ask for what the code uses (P29, R3, R25)."""

import re
from pathlib import Path

from adapters.slack.events import SPOKEN
from adapters.slack.incoming import HEARD
from adapters.slack.manifest import HOST_EVENTS, HOST_SCOPES, OWN_SCOPES
from bots.checks import Probes
from bots.config import Loaded, load
from bots.doctor import CHECKS, examine
from tests.adapters.slack.living import World, workspace
from tests.unit.bots.test_config_loader import written


async def told(world: World) -> list[tuple[str, str]]:
    loaded = load(written(world.folder, world.config()))
    findings = await examine(loaded, Probes(), {"slack": CHECKS["slack"]})
    return [(one.status, one.text) for one in findings]


async def test_p29_doctor_says_that_all_is_well(folder: Path):
    async with workspace(folder, own=["coder"]) as world:
        world.host.installs["T1"].scopes = tuple(HOST_SCOPES)
        assert await told(world) == [
            ("ok", "The app of [slack] is installed in the workspace T1 with every scope it needs."),
            ("ok", "The host app is in data-team."),
            ("ok", "The app of [agents.coder.slack] is installed in the workspace T1 with every scope it needs."),
        ]


async def test_p29_doctor_names_missing_scopes_with_their_reason_and_channels_to_join(folder: Path):
    more = '[[channels]]\nmatch = ["slack:#random", "slack:#nowhere", "slack:#any-*"]\nteam = "coding"'
    async with workspace(folder, more=more) as world:
        world.slack.add_channel("T1", "random", members=[world.ben])
        world.host.installs["T1"].scopes = tuple(one for one in HOST_SCOPES if one != "files:write")
        (scopes, *channels) = await told(world)
        assert scopes[0] == "warning"
        assert "lacks files:write (posts plots and other files that agents make)" in scopes[1]
        assert channels == [
            ("ok", "The host app is in data-team."),
            ("warning", "The host app is not in random; invite it there with /invite."),
            ("warning", "The host app sees no channel nowhere; invite it there with /invite."),
        ]


async def test_p29_doctor_names_the_table_of_a_dead_token(folder: Path):
    async with workspace(folder) as world:
        world.host.installs["T1"].revoked = "token_revoked"
        ((status, text),) = await told(world)
        assert status == "problem"
        assert text.startswith("[slack] bot_token: Slack does not accept the bot token any more")


async def test_p29_doctor_says_when_slack_does_not_answer(folder: Path):
    async with workspace(folder) as world:
        world.slack.faults.server_error("auth.test")
        ((status, text),) = await told(world)
        assert (status, "HTTP 503" in text) == ("problem", True)


async def test_p29_without_slack_doctor_says_nothing_of_it():
    assert await examine(Loaded(), Probes(), {"slack": CHECKS["slack"]}) == ()


def test_r25_every_event_that_does_something_is_subscribed():
    subscribed = {one.partition(".")[0] for one in HOST_EVENTS}
    assert set(HEARD) <= subscribed
    assert None in SPOKEN


def test_p38_the_guide_names_every_scope_with_its_reason_and_its_configs_load(tmp_path: Path):
    guide = (Path(__file__).parents[3] / "docs" / "slack.md").read_text(encoding="utf-8")
    for scope, reason in (*HOST_SCOPES.items(), *OWN_SCOPES.items()):
        assert f"| `{scope}` | {reason} |" in guide
    (whole, http, several, agent) = re.findall(r"^```toml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert load(written(tmp_path, several)).config.people.admins[0].name == "slack:user:T012AB3CD/U012AB3CD"
    slack = load(written(tmp_path, http)).config.slack
    assert slack is not None
    assert slack.http.public_url == "https://tertulia.example"
    config = load(written(tmp_path, whole + agent)).config
    assert config.agents["coder"].slack is not None
    assert [str(one) for one in config.channels[0].match] == ["slack:#data-team", "slack:dm"]


async def test_p29_r11_doctor_says_whether_slacks_requests_arrive(folder: Path):
    async with workspace(folder, way="http", public_url="http://127.0.0.1:9") as world:
        world.host.installs["T1"].scopes = tuple(HOST_SCOPES)
        (*_, (status, text)) = await told(world)
        assert status == "warning"
        assert text.startswith("http://127.0.0.1:9/slack/events does not lead to 127.0.0.1:0 (")
