"""``tertulia manifest slack``: the app manifest to paste where Slack makes a new app."""

import json
import sys
from pathlib import Path
from urllib.parse import urlencode

from adapters.slack import Http
from adapters.slack.manifest import host_manifest, own_manifest
from agents.errors import WrongUse
from bots.config import Loaded, load
from bots.config.tables import SlackTable
from bots.team_builder import Teams

ABOUT = "A team of AI agents in your channel: mention it once, then simply write."
NEW_APP = "https://api.slack.com/apps?"


def slack(config: Path, *, agent: str, name: str, link: bool) -> int:
    """Print the host app's manifest, or an agent's, or the address that opens it. Raises `WrongUse`.

    Where the config has the app reached over HTTP, the manifest says where.
    """
    loaded = load(config) if agent or config.exists() else Loaded()
    url, back = _events_url(loaded, agent), _redirect_url(loaded, agent)
    manifest = _own(loaded, agent, url) if agent else host_manifest(name, ABOUT, events_url=url, redirect_url=back)
    if link:
        print(NEW_APP + urlencode({"new_app": 1, "manifest_json": json.dumps(manifest, separators=(",", ":"))}))
    else:
        print(json.dumps(manifest, indent=2))
    table = f"[agents.{agent}.slack]" if agent else "[slack]"
    print(
        f"Make the app of it at api.slack.com/apps (Create New App, From a manifest). {_next(table, url, back)}",
        file=sys.stderr,
    )
    return 0


def _next(table: str, url: str, back: str) -> str:
    """What to do with the app that was made."""
    calls = f"Slack calls {url}."
    if back:
        return (
            f"Put its client id, client secret and signing secret under {table}; {calls} Manage Distribution opens it "
            "to other workspaces."
        )
    second = "signing secret" if url else "an app-level token with connections:write (xapp-)"
    return f"Install it; put its bot token (xoxb-) and {second} under {table}.{' ' + calls if url else ''}"


def _own(loaded: Loaded, name: str, events_url: str) -> dict[str, object]:
    agents = Teams(loaded).agents
    if name not in agents:
        raise WrongUse(f"The config has no agent {name!r}; name one of: {', '.join(sorted(agents))}.")
    return own_manifest(agents[name].profile, events_url=events_url)


def _events_url(loaded: Loaded, agent: str) -> str:
    """Where Slack calls the app; empty over Socket Mode. An agent's app without tokens yet is to be like the host's."""
    host = loaded.config.slack
    if host is None:
        return ""
    own = loaded.config.agents[agent].slack if agent in loaded.config.agents else None
    hears = own is not None and (own.app_token or own.signing_secret) is not None
    app = own if own is not None and hears else host
    http = _http(host)
    return http.outside(http.events(agent)) if app.signing_secret is not None else ""


def _redirect_url(loaded: Loaded, agent: str) -> str:
    """Where browsers come back to that install the host app; empty where it is for one workspace."""
    host = loaded.config.slack
    if agent or host is None or not host.client_id:
        return ""
    return _http(host).outside(_http(host).redirect)


def _http(host: SlackTable) -> Http:
    return Http(**host.http.model_dump())
