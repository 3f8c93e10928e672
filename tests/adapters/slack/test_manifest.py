"""What the manifests hold (R25)."""

from typing import Any

import pytest

from adapters.slack.manifest import HOST_SCOPES, OWN_SCOPES, host_manifest, own_manifest
from agents.turn.ready_made import profile_of


def test_r25_over_http_slack_is_told_where_to_reach_us():
    url = "https://tertulia.example/slack/events"
    manifest: Any = host_manifest("Tertulia", "A team.", events_url=url)
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["settings"]["event_subscriptions"]["request_url"] == url
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert manifest["features"]["slash_commands"][0]["url"] == url


def test_r25_what_is_too_long_for_slack_is_cut():
    manifest: Any = own_manifest(profile_of("a" * 60, "word " * 100))
    assert len(manifest["display_information"]["name"]) == 35
    assert len(manifest["display_information"]["description"]) == 140
    assert len(manifest["features"]["agent_view"]["agent_description"]) == 300


@pytest.mark.parametrize("scopes", [HOST_SCOPES, OWN_SCOPES])
def test_r25_every_scope_has_its_reason(scopes: dict[str, str]):
    assert all(len(reason.split()) > 3 for reason in scopes.values())


def test_r25_an_agents_own_app_cannot_read_channels():
    assert not {"channels:history", "groups:history", "mpim:history"} & OWN_SCOPES.keys()
