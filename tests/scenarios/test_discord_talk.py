"""People in a Discord channel interrupt, change and delete while agents speak (P5, P12, D5, D9, D12)."""

from pathlib import Path

import pytest

from adapters.discord.payloads import units
from agents.log.events import Deleted, Edited, Said, Summarised, TurnTaken
from agents.log.participants import SYSTEM
from agents.log.records import Entry
from tests.adapters.discord.serving import Server, a_server
from tests.adapters.discord.test_turns import logged
from tests.scenarios import discord_teams
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

TELLING = "tests.scenarios.discord_teams:telling"


async def test_p5_a_person_interrupts_and_the_partial_text_stays_marked_under_its_face(tmp_path: Path) -> None:
    stage = discord_teams.begin()
    stage.draft = "Once upon a time there was a table"
    async with a_server(tmp_path, team=TELLING, discord="streaming = true") as server, server.serving():
        await server.say("@coder tell me a story")
        await server.fake.until(lambda: any("Once upon" in one for one in server.words()))
        await server.say("@planner something shorter, please", server.bob)
        await server.fake.until(lambda: "Right away." in server.words())
        await server.fake.until(lambda: any("(interrupted)" in one for one in server.words()))
        (partial,) = [one for one in server.answers() if "Once upon" in one.content]
        assert (partial.author_name, partial.content) == ("coder", f"{stage.draft}\n\n*(interrupted)*")
        outcomes = [one.event.outcome for one in await server.records() if isinstance(one.event, TurnTaken)]
        assert outcomes[0] == "interrupted"


async def test_p5_stop_ends_the_turn_and_nothing_more_is_said(tmp_path: Path) -> None:
    stage = discord_teams.begin()
    async with a_server(tmp_path, own=["coder"], team=TELLING) as server, server.serving():
        await server.say("@coder tell me a story")
        await server.fake.until(lambda: any(one.route.endswith("/typing") for one in server.fake.requests))
        await server.say("!stop", server.bob)
        await logged(server, lambda records: any(isinstance(one.event, TurnTaken) for one in records))
        stage.go_on.set()
        await server.say("@planner are you there?")
        await server.fake.until(lambda: "Right away." in server.words())
        assert stage.final not in server.words()


async def test_p12_a_question_that_is_edited_and_deleted_while_it_is_answered_is_in_no_later_prompt(
    tmp_path: Path,
) -> None:
    stage = discord_teams.begin()
    async with a_server(tmp_path, team=TELLING) as server, server.serving():
        kept = await server.say("@coder my first-secret is out")
        gone = await server.say("and here is a second-secret", server.bob)
        await server.fake.until(lambda: any(one.route.endswith("/typing") for one in server.fake.requests))
        await server.fake.edit(server.lobby, kept, "@coder my umbrella is out")
        await server.fake.delete(server.lobby, gone)
        changes = Edited, Deleted
        await logged(server, lambda records: {type(one.event) for one in records} >= set(changes))
        stage.go_on.set()
        await server.fake.until(lambda: stage.final in server.words())
        stage.prompts.clear()
        await server.say("@coder and now?")
        await server.fake.until(lambda: server.words().count(stage.final) >= 2)
        told = "\n".join(stage.prompts[-1])
        assert "umbrella" in told
        assert "second-secret" not in told


async def test_p12_a_deleted_message_is_in_no_prompt_export_summary_or_file_afterwards(tmp_path: Path) -> None:
    stage = discord_teams.begin()
    stage.go_on.set()
    async with a_server(tmp_path, team=TELLING) as server, server.serving() as house:
        secret = await server.say("the password is swordfish")
        await server.fake.until(lambda: stage.final in server.words())
        (record,) = [one for one in await server.records() if one.source == f"discord:{secret}"]
        summary = Summarised(upto=record.seq, text="Ana's password is swordfish.")
        await house.ports.store.log.append(server.room, [Entry(event=summary, by=SYSTEM)])
        await server.fake.edit(server.lobby, secret, "the password is swordfishes")
        await logged(server, lambda records: any(isinstance(one.event, Edited) for one in records))
        await server.fake.delete(server.lobby, secret)
        await logged(server, lambda records: any(isinstance(one.event, Deleted) for one in records))
        stage.prompts.clear()
        await server.say("@coder what was it?")
        await server.fake.until(lambda: len(stage.prompts) > 0)
        assert "swordfish" not in str(stage.prompts)
        assert (await house.rooms.read(server.room)).summary is None
        await server.say("!export jsonl")
        await server.fake.until(lambda: _exports(server) != [])
        (export,) = _exports(server)
        assert "what was it?" in export
        assert "swordfish" not in export
    assert not any(b"swordfish" in one.read_bytes() for one in _database(tmp_path))


def _database(folder: Path) -> list[Path]:
    return sorted(folder.glob("rooms.db*"))


def _exports(server: Server) -> list[str]:
    direct = server.host.dms.get(server.ana.id)
    found = [] if direct is None else [file for one in server.fake.messages(direct) for file in one.attachments]
    return [file.content.decode() for file in found]


async def test_d9_d12_words_that_grow_past_two_thousand_with_emoji_and_fences_stay_whole(tmp_path: Path) -> None:
    stage = discord_teams.begin()
    code = "\n".join(f"print('{'🦊' * 9}{number}')" for number in range(60))
    stage.draft = f"Look: {'🎉' * 700}\n```python\n{code}\n"
    stage.final = f"{stage.draft}```\nThat is all. {'🎈' * 400}"
    async with a_server(tmp_path, team=TELLING, discord="streaming = true") as server, server.serving():
        await server.say("@coder show me")
        await server.fake.until(lambda: server.answers() != [])
        stage.go_on.set()
        await server.fake.until(lambda: any("That is all." in one for one in server.words()))
        posted = [text for one in server.answers() for text in (one.content, *one.edits)]
        assert all(units(one) <= 2000 and one.count("```") % 2 == 0 for one in posted)
        final = "".join(one.content for one in server.answers())
        assert [final.count(one) for one in ("🎉", "🦊", "🎈")] == [700, 540, 400]
        (said,) = [one.event for one in await server.records() if isinstance(one.event, Said) and one.by != SYSTEM
                   and one.by.startswith("agent:")]  # fmt: skip
        assert said.text == stage.final
