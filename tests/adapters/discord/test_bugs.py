"""A bug that one message meets keeps no other from being heard, and is told with the message's id (D22)."""

import pytest
from structlog.testing import capture_logs

from adapters.discord import timelines
from adapters.discord.incoming import Incoming
from agents.testing import until
from tests.adapters.discord.serving import a_server
from tests.adapters.discord.test_connection import echoed, heard
from tests.adapters.discord.test_missed import at_once  # noqa: F401 (a fixture)
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")


def poisoned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let what says ``poison`` meet a bug; what did."""
    taken, met = Incoming.message, list[int]()

    async def taking(intake, message, bot):
        if "poison" in message.content:
            met.append(message.id)
            raise ZeroDivisionError("a bug")
        await taken(intake, message, bot)

    monkeypatch.setattr(Incoming, "message", taking)
    return met


async def test_d22_a_bug_with_one_missed_message_is_told_and_the_others_are_heard(tmp_path, monkeypatch) -> None:
    met = poisoned(monkeypatch)
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        bad = await server.say("poison")
        await server.say("two")
        with capture_logs() as logs:
            async with server.serving():
                await echoed(server, "two")
                await server.say("@coder three")
                await echoed(server, "@coder three")
                assert await heard(server) == ["one", "two", "@coder three"]
        (told,) = [one for one in logs if one["event"] == "discord_message_failed"]
        assert (told["message"], told["channel"], told["log_level"]) == (bad, server.lobby.id, "error")
        assert met == [bad]


async def test_d22_what_a_bug_kept_from_being_heard_is_tried_again_at_the_next_start(tmp_path, monkeypatch) -> None:
    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
            with monkeypatch.context() as patched:
                met = poisoned(patched)
                await server.say("poison two")
                await server.say("poison three")
                await until(lambda: len(met) == 2)
            await server.say("@coder four")
            await echoed(server, "@coder four")
        async with server.serving():
            await echoed(server, "poison three")
            await server.say("@coder five")
            await echoed(server, "@coder five")
            assert await heard(server) == ["one", "@coder four", "poison two", "poison three", "@coder five"]


async def test_d22_a_bug_in_a_history_or_a_review_ends_nothing(tmp_path, monkeypatch) -> None:
    async def failing(*args):
        raise KeyError("what Discord left out")
        yield

    async with a_server(tmp_path) as server:
        async with server.serving():
            await server.say("one")
            await echoed(server, "one")
        await server.say("two")
        with monkeypatch.context() as patched, capture_logs() as logs:
            patched.setattr(timelines, "messages_after", failing)
            patched.setattr("adapters.discord.listener.review", failing)
            async with server.serving():
                await server.say("@coder three")
                await echoed(server, "@coder three")
        assert {"discord_history_failed", "discord_review_failed"} <= {one["event"] for one in logs}
        async with server.serving():
            await echoed(server, "two")
