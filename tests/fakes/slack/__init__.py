"""A strict Slack on 127.0.0.1 for tests: Web API, Socket Mode, signed HTTP events, interactions, streams, limits."""

from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import AGENT_EVENTS, AGENT_SCOPES, HOST_EVENTS, HOST_SCOPES, FakeApp, FakeFile, FakeMessage

__all__ = [
    "AGENT_EVENTS",
    "AGENT_SCOPES",
    "HOST_EVENTS",
    "HOST_SCOPES",
    "FakeApp",
    "FakeFile",
    "FakeMessage",
    "FakeSlack",
]
