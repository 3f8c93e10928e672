"""A strict Slack on 127.0.0.1 for tests, which real slack_bolt and slack_sdk clients talk to over sockets.

``async with FakeSlack.open() as slack`` gives the server and the hands of its people: `furniture` sets up teams, apps,
people and channels; `crowd` writes, edits, comes and goes; `pressing` presses buttons, sends modals and types commands;
``slack.messages``, ``statuses``, ``requests``, ``unacked`` and ``strays`` are what can be looked at. ``slack.faults``
is trouble with requests, ``slack.sockets`` trouble with connections, ``slack.limits`` the rate limits, ``slack.clock``
the time. A mistake inside the fake is raised when it closes, so that it never looks like a sick Slack.

What Slack does not document, and is a cautious guess here: ``invalid_thread_ts`` for a thread_ts of the wrong form;
``cannot_reply_to_message`` for a reply's ts (Slack takes it and then shows nothing); how many blocks a markdown block
becomes; the size of metadata; the workspace's own cap on messages; ``not_an_agent_app``; events of a stream (one
message at its start, one change at its end).
"""

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
