"""App manifests: what a Slack app must be allowed and told, each scope with its reason.

Source: docs.slack.dev, "App manifest reference"; the format is the one of Slack's published JSON schema.
"""

from collections.abc import Mapping, Sequence

from agents.log.participants import Profile

HOST_SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hears when it is mentioned where it is not a member yet",
    "channels:history": "hears what is said in public channels it is a member of",
    "groups:history": "hears what is said in private channels it is a member of",
    "im:history": "hears direct messages to it",
    "mpim:history": "hears group messages it takes part in",
    "channels:read": "knows public channels by name, so that the config can name them",
    "groups:read": "knows private channels by name",
    "im:read": "knows that a conversation is a direct message",
    "mpim:read": "knows that a conversation is a group message",
    "im:write": "sends a person a file that was asked for, such as an export",
    "chat:write": "posts, edits, streams and shows who is thinking",
    "chat:write.customize": "posts under each agent's own name and face; without it names stand before the text",
    "reactions:read": "takes a stop sign under a message as a stop",
    "files:read": "reads files that people share with the team",
    "files:write": "posts plots and other files that agents make",
    "users:read": "calls people by their names",
    "usergroups:read": "knows who is in a user group that the config names under [people]",
    "commands": "takes /tertulia and what is written after it",
}
"""The host app's bot scopes, each with what stops without it."""

OWN_SCOPES: Mapping[str, str] = {
    "chat:write": "posts, edits and streams as the agent itself",
    "app_mentions:read": "hears mentions of the agent where the host app is not a member",
    "im:history": "hears direct messages to the agent",
    "im:read": "knows that a conversation is a direct message",
    "im:write": "answers in a direct message that a person opens with the agent",
    "files:write": "posts plots and other files as the agent",
    "users:read": "calls people by their names",
}
"""The bot scopes of an agent's own app. It does not hear channels: the host app hears for all."""

_LIFE = ("app_uninstalled", "tokens_revoked")

HOST_EVENTS: Sequence[str] = (
    "message.channels", "message.groups", "message.im", "message.mpim", "app_mention", "reaction_added",
    "member_joined_channel", "member_left_channel", "channel_left", "channel_archive", "channel_rename", "group_rename",
    "app_home_opened", "agent_session_stopped", *_LIFE,
)  # fmt: skip
"""What the host app subscribes to."""

OWN_EVENTS: Sequence[str] = ("app_mention", "message.im", "agent_session_stopped", *_LIFE)
"""What an agent's own app subscribes to."""

COMMAND = "/tertulia"

_LONGEST_NAME, _LONGEST_DESCRIPTION, _LONGEST_ABOUT = 35, 140, 300


def host_manifest(name: str, about: str, *, events_url: str = "", redirect_url: str = "") -> dict[str, object]:
    """The host app's manifest: over Socket Mode, or over HTTP where ``events_url`` says where Slack reaches us.

    ``redirect_url`` is where browsers come back to that install the app in their workspaces.
    """
    url = {"url": events_url} if events_url else {}
    command = {"command": COMMAND, "description": "Steer the team", "usage_hint": "help", "should_escape": True, **url}
    manifest = _manifest(name, about, HOST_SCOPES, HOST_EVENTS, events_url)
    redirect = {"redirect_urls": [redirect_url]} if redirect_url else {}
    return {
        **manifest,
        "oauth_config": {**redirect, "scopes": {"bot": list(HOST_SCOPES)}},
        "features": {**_features(name, about), "slash_commands": [command]},
    }


def own_manifest(agent: Profile, *, events_url: str = "") -> dict[str, object]:
    """The manifest of the app that is one agent."""
    return _manifest(agent.name, agent.role, OWN_SCOPES, OWN_EVENTS, events_url)


def _manifest(
    name: str, about: str, scopes: Mapping[str, str], events: Sequence[str], events_url: str
) -> dict[str, object]:
    request = {"request_url": events_url} if events_url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {"name": name[:_LONGEST_NAME], "description": about[:_LONGEST_DESCRIPTION]},
        "features": _features(name, about),
        "oauth_config": {"scopes": {"bot": list(scopes)}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(events)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not events_url,
            "token_rotation_enabled": False,
        },
    }


def _features(name: str, about: str) -> dict[str, object]:
    return {
        "bot_user": {"display_name": name, "always_online": True},
        "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "agent_view": {"agent_description": about[:_LONGEST_ABOUT]},
    }
