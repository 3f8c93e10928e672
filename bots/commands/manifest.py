"""``tertulia manifest slack``: the app manifest to paste where Slack makes a new app (R25)."""

import json
import sys
from pathlib import Path
from urllib.parse import urlencode

from adapters.slack.manifest import host_manifest, own_manifest
from agents.errors import WrongUse
from bots.config import load
from bots.teaming import Teams

ABOUT = "A team of AI agents in your channel: mention it once, then simply write."
NEW_APP = "https://api.slack.com/apps?"


def slack(config: Path, *, agent: str, name: str, link: bool) -> int:
    """Print the host app's manifest, or an agent's, or the address that opens it. Raises `WrongUse`."""
    manifest = _own(config, agent) if agent else host_manifest(name, ABOUT)
    if link:
        print(NEW_APP + urlencode({"new_app": 1, "manifest_json": json.dumps(manifest, separators=(",", ":"))}))
    else:
        print(json.dumps(manifest, indent=2))
    table = f"[agents.{agent}.slack]" if agent else "[slack]"
    print(
        "Make the app of it at api.slack.com/apps (Create New App, From a manifest) and install it; put its bot token "
        f"(xoxb-) and an app-level token with connections:write (xapp-) under {table}.",
        file=sys.stderr,
    )
    return 0


def _own(config: Path, name: str) -> dict[str, object]:
    agents = Teams(load(config)).agents
    if name not in agents:
        raise WrongUse(f"The config has no agent {name!r}; name one of: {', '.join(sorted(agents))}.")
    return own_manifest(agents[name].profile)
