"""The coding team in a Discord channel with two people, from the first mention to the end (P1, P3, P5, P24, P26)."""

from pathlib import Path

import pytest

from agents.log.code_blocks import CodeBlock
from agents.log.events import Asked, Edited, Said, Stopped, ToolReturned
from agents.log.files import NamedFile
from agents.ports import RunResult
from agents.testing import FakeSandbox
from bots.wiring import Plan
from tests.adapters.discord.serving import Server, a_server
from tests.fakes.discord.values import FakeMessage
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def _ran(block: CodeBlock) -> RunResult:
    if "savefig" in block.code:
        plot = NamedFile(name="sin.png", media_type="image/png", content=PNG)
        output = "saved sin.png: 400 points between -1.00 and 1.00"
        return RunResult(status="ok", exit_code=0, output=output, files=(plot,))
    primes = "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71"
    return RunResult(status="ok", exit_code=0, output=primes)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> FakeSandbox:
    """A sandbox that gives what the script's programs would."""
    fake = FakeSandbox(_ran)

    async def given(*_: object) -> FakeSandbox:
        return fake

    monkeypatch.setattr("bots.wiring._sandbox", given)
    return fake


def _card(server: Server) -> FakeMessage | None:
    return next((one for one in reversed(server.answers()) if one.components), None)


def _button(card: FakeMessage, label: str) -> str:
    return next(one["custom_id"] for row in card.components for one in row["components"] if one["label"] == label)


async def _finished(server: Server, times: int) -> None:
    await server.fake.until(lambda: sum("Finished." in one for one in server.words()) == times, 20)


async def test_the_coding_team_works_in_a_channel_and_everybody_keeps_their_own_face(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    extra = '[sandbox]\napproval = "always"'
    async with a_server(tmp_path, own=["coder"], team="coding", extra=extra) as server:
        server.plan = Plan(scripted=True)
        fake = server.fake
        async with server.serving():
            task = await server.say(f"{server.host.mention} plot sin(x) from 0 to 10")
            await fake.until(lambda: _card(server) is not None)
            card = _card(server)
            assert card is not None
            await fake.click(server.ana, server.lobby, card.id, _button(card, "Approve"))
            assert "Only an approver" in fake.whispers(server.ana)[0].content
            assert sandbox.runs == []
        async with server.serving():
            await fake.click(server.bob, server.lobby, card.id, _button(card, "Approve"))
            await _finished(server, 1)
            assert len(sandbox.runs) == 1
            assert not card.components
            assert "Bob: Approve" in card.content
            (plot,) = [file for one in server.answers() for file in one.attachments]
            assert (plot.name, plot.content) == ("sin.png", PNG)

            faces = {one.author_name: one.webhook_id is None for one in server.answers()}
            assert faces.keys() == {"planner", "coder", "runner", "reviewer", "Tertulia"}
            assert [name for name, is_bot in faces.items() if is_bot] == ["coder", "Tertulia"]

            await fake.edit(server.lobby, task, f"{server.host.mention} plot cos(x) from 0 to 10")
            await server.say("!status")  # what comes after the edit is answered after it
            await fake.until(lambda: server.ana.id in server.host.dms)
            sessions = server.sessions
            await fake.gateway.drop(server.host, lose_session=True)
            gone = await server.say("never mind this")
            await fake.delete(server.lobby, gone)
            await server.say("list the first 20 primes")
            await fake.until(lambda: server.sessions > sessions, 20)
            await fake.until(lambda: _card(server) is not None, 20)
            second = _card(server)
            assert second is not None
            await fake.click(server.bob, server.lobby, second.id, _button(second, "Approve"))
            await _finished(server, 3)  # the edited task made the script answer, too

            records = await server.records()
            people = [one.event.text for one in records if isinstance(one.event, Said) and one.by.startswith("person:")]
            assert people == ["@Tertulia plot sin(x) from 0 to 10", "list the first 20 primes"]
            assert [one.event.text for one in records if isinstance(one.event, Edited)] == [
                "@Tertulia plot cos(x) from 0 to 10"
            ]
            assert len([one for one in records if isinstance(one.event, ToolReturned)]) == 2
            spoken = [one for one in records if isinstance(one.event, Said | Asked | Stopped)]
            assert len([one for one in spoken if not one.by.startswith("person:")]) == len(server.answers())
