"""Slack: a team of agents in channels, threads and direct messages, each under its own face.

`open_slack` puts it in front of a `SlackHouse`; what it yields hears (`Slack.run`) and sends (`Slack.platform`).
"""

from adapters.slack.apps import Tokens as Tokens
from adapters.slack.house import SlackHouse as SlackHouse
from adapters.slack.http_server import Http as Http
from adapters.slack.inspection import Missing as Missing
from adapters.slack.inspection import inspect_apps as inspect_apps
from adapters.slack.inspection import inspect_installing as inspect_installing
from adapters.slack.inspection import inspect_way_in as inspect_way_in
from adapters.slack.oauth import OAuth as OAuth
from adapters.slack.places import PLATFORM as PLATFORM
from adapters.slack.serving import PING_SECONDS as PING_SECONDS
from adapters.slack.serving import Setting as Setting
from adapters.slack.serving import Slack as Slack
from adapters.slack.serving import open_slack as open_slack
