"""``tertulia manifest slack`` prints what Slack makes an app of (R25)."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.slack.manifest import HOST_EVENTS, HOST_SCOPES, OWN_EVENTS, OWN_SCOPES
from agents.errors import WrongUse
from bots.commands.manifest import slack
from tests.unit.bots.test_config_loader import written

CONFIG = """
[agents.coder]
role = "Writes Python."
"""


def printed(capsys: pytest.CaptureFixture[str], config: Path, *, agent: str = "", link: bool = False) -> str:
    assert slack(config, agent=agent, name="Tertulia", link=link) == 0
    out, err = capsys.readouterr()
    assert "xoxb-" in err
    return out


def test_r25_the_host_app_hears_and_speaks_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    manifest = json.loads(printed(capsys, written(tmp_path, CONFIG)))
    assert manifest["oauth_config"]["scopes"]["bot"] == list(HOST_SCOPES)
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(HOST_EVENTS)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["features"]["slash_commands"][0]["command"] == "/tertulia"
    assert manifest["display_information"]["name"] == "Tertulia"


def test_r25_an_agents_own_app_does_not_hear_channels(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    manifest = json.loads(printed(capsys, written(tmp_path, CONFIG), agent="coder"))
    assert manifest["oauth_config"]["scopes"]["bot"] == list(OWN_SCOPES)
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(OWN_EVENTS)
    assert not any(one.startswith("message.channels") for one in OWN_EVENTS)
    assert manifest["display_information"] == {"name": "coder", "description": "Writes Python."}
    assert "slash_commands" not in manifest["features"]


def test_r25_the_link_holds_the_same_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    config = written(tmp_path, CONFIG)
    whole = json.loads(printed(capsys, config))
    query = parse_qs(urlsplit(printed(capsys, config, link=True).strip()).query)
    assert json.loads(query["manifest_json"][0]) == whole
    assert query["new_app"] == ["1"]


def test_r25_an_unknown_agent_is_named_with_those_that_are_known(tmp_path: Path):
    with pytest.raises(WrongUse, match="no agent 'codr'; name one of: coder"):
        slack(written(tmp_path, CONFIG), agent="codr", name="Tertulia", link=False)


OVER_HTTP = """
[slack]
bot_token = "env:NOT_YET"
signing_secret = "env:NOT_YET"
[slack.http]
public_url = "https://tertulia.example/"
[agents.coder]
[agents.writer]
[agents.writer.slack]
bot_token = "env:NOT_YET"
app_token = "env:NOT_YET"
"""


@pytest.mark.parametrize(
    ("agent", "url"),
    [
        ("", "https://tertulia.example/slack/events"),
        ("coder", "https://tertulia.example/slack/events/coder"),
        ("writer", None),
    ],
)
def test_r25_r11_over_http_the_manifest_says_where_slack_calls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], agent: str, url: str | None
):
    manifest = json.loads(printed(capsys, written(tmp_path, OVER_HTTP), agent=agent))
    settings = manifest["settings"]
    assert settings["event_subscriptions"].get("request_url") == url
    assert settings["interactivity"].get("request_url") == url
    assert settings["socket_mode_enabled"] is (url is None)


def test_r25_without_a_config_the_manifest_is_for_socket_mode(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert json.loads(printed(capsys, tmp_path / "none.toml"))["settings"]["socket_mode_enabled"] is True


def test_r25_r28_an_app_that_people_install_says_where_their_browsers_come_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    by_people = OVER_HTTP.replace('bot_token = "env:NOT_YET"', 'client_id = "1.2"\nclient_secret = "env:NOT_YET"', 1)
    config = written(tmp_path, by_people)
    assert slack(config, agent="", name="Tertulia", link=False) == 0
    out, err = capsys.readouterr()
    oauth = json.loads(out)["oauth_config"]
    assert oauth["redirect_urls"] == ["https://tertulia.example/slack/oauth_redirect"]
    assert oauth["scopes"]["bot"] == list(HOST_SCOPES)
    assert "client id, client secret and signing secret under [slack]" in err
    assert "redirect_urls" not in json.loads(printed(capsys, config, agent="coder"))["oauth_config"]
