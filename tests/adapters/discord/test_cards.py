"""Questions as cards: who may answer, how often, how late; and commands (D18-D20)."""

import pytest

from agents.log.events import Answered
from agents.people.door import Door
from tests.adapters.discord.serving import Server, a_server
from tests.fakes.discord.values import FakeMessage
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

CURIOUS = "tests.adapters.discord.teams:curious"


def buttons(message: FakeMessage) -> dict[str, str]:
    return {one["label"]: one["custom_id"] for row in message.components for one in row["components"]}


async def asked(server: Server, text: str = "ask approval Approve Reject") -> FakeMessage:
    """The card that the coder puts into the lobby."""
    await server.say(text)
    await server.fake.until(lambda: any(one.components for one in server.answers()))
    return next(one for one in reversed(server.answers()) if one.components)


async def press(server: Server, card: FakeMessage, label: str, who):
    return await server.fake.click(who, card.channel, card.id, buttons(card)[label])


async def answers(server: Server) -> list[Answered]:
    return [one.event for one in await server.records() if isinstance(one.event, Answered)]


@pytest.mark.parametrize("own", [[], ["coder"]])
async def test_d18_the_right_person_presses_and_the_card_says_so(tmp_path, own) -> None:
    async with a_server(tmp_path, own, team=CURIOUS) as server, server.serving():
        card = await asked(server)
        assert list(buttons(card)) == ["Approve", "Reject"]
        answer = await press(server, card, "Approve", server.bob)
        assert answer.seconds < 3
        await server.fake.until(lambda: not card.components and "So: Approve" in server.words())
        assert "Bob: Approve" in card.content


async def test_d18_a_person_who_may_not_decide_is_told_so_alone_and_nothing_happens(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server, server.serving():
        card = await asked(server)
        await press(server, card, "Approve", server.ana)
        stranger = server.fake.add_member(server.guild, "Mallory")
        await press(server, card, "Approve", stranger)
        assert "Only an approver can decide" in server.fake.whispers(server.ana)[0].content
        assert "not among the people" in server.fake.whispers(stranger)[0].content
        assert await answers(server) == []
        assert buttons(card) != {}


async def test_d18_the_second_click_changes_nothing(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server, server.serving():
        eva = server.fake.add_member(server.guild, "Eva", roles=[server.moderator])
        card = await asked(server)
        held = server.fake.faults.slow_down("PATCH *", 0.5)
        await press(server, card, "Approve", server.bob)
        await press(server, card, "Approve", server.bob)
        await press(server, card, "Reject", eva)
        assert "Bob has already answered: Approve." in server.fake.whispers(eva)[0].content
        assert [one.option for one in await answers(server)][:1] == ["Approve"]
        await server.fake.until(lambda: held.struck > 0 and not card.components)


async def test_d18_a_card_works_days_later_and_after_a_restart(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server:
        async with server.serving():
            card = await asked(server)
        server.fake.advance(3 * 86_400)
        async with server.serving():
            await press(server, card, "Reject", server.bob)
            await server.fake.until(lambda: "So: Reject" in server.words())


async def test_d18_a_card_of_another_database_is_over_and_loses_its_buttons(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server:
        async with server.serving():
            card = await asked(server)
        for path in tmp_path.glob("rooms.db*"):
            path.unlink()
        async with server.serving():
            await press(server, card, "Approve", server.bob)
            await server.fake.until(lambda: server.fake.whispers(server.bob) != [])
            assert "not open any more" in server.fake.whispers(server.bob)[0].content
            assert buttons(card) == {}


async def test_d18_an_answer_in_words_is_given_in_a_form(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server, server.serving():
        card = await asked(server, "ask input Red Blue")
        assert list(buttons(card)) == ["Red", "Blue", "Answer…"]
        form = await press(server, card, "Answer…", server.ana)
        await server.fake.submit_modal(server.ana, form.data["custom_id"], {"words": "rather green"})
        await server.fake.until(lambda: "So: rather green" in server.words())


async def test_d18_a_form_that_was_open_during_a_restart_still_counts(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server:
        async with server.serving():
            card = await asked(server, "ask input Red")
            form = await press(server, card, "Answer…", server.ana)
        async with server.serving():
            await server.fake.submit_modal(server.ana, form.data["custom_id"], {"words": "green"})
            await server.fake.until(lambda: "So: green" in server.words())


async def test_d18_a_reply_to_the_card_answers_it(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server, server.serving():
        card = await asked(server, "ask input Red")
        await server.say("!status")
        await server.fake.until(lambda: server.ana.id in server.host.dms)
        await server.say("something else", reply_to=card.id)
        await server.fake.until(lambda: "So: something else" in server.words())


async def test_d19_a_click_that_cannot_be_written_down_is_told_in_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("adapters.discord.cards.SECONDS", 0.0)
    async with a_server(tmp_path, team=CURIOUS) as server, server.serving():
        card = await asked(server)
        answer = await press(server, card, "Approve", server.bob)
        assert answer.seconds < 3
        assert "click again" in server.fake.whispers(server.bob)[0].content


async def test_d19_a_click_where_nobody_serves_any_more_is_answered_all_the_same(tmp_path) -> None:
    async with a_server(tmp_path, team=CURIOUS) as server:
        async with server.serving():
            card = await asked(server, "ask input Red")
            form = await press(server, card, "Answer…", server.ana)
        server.config["discord"] = 'servers = ["1"]'
        async with server.serving():
            assert (await press(server, card, "Red", server.bob)).seconds < 3
            await server.fake.submit_modal(server.ana, form.data["custom_id"], {"words": "green"})
            for who in (server.bob, server.ana):
                await server.fake.until(lambda who=who: server.fake.whispers(who) != [])
                assert "not open any more" in server.fake.whispers(who)[0].content
            assert buttons(card) == {}


async def ready(server: Server) -> None:
    await server.fake.until(lambda: server.host.commands != [])


def tellings(server: Server) -> int:
    """How often Discord was told the commands."""
    return sum(one.method == "PUT" and "commands" in one.route for one in server.fake.requests)


async def test_d20_commands_are_told_once_and_again_only_when_they_changed(tmp_path, monkeypatch) -> None:
    async with a_server(tmp_path) as server:
        for _ in range(2):
            async with server.serving():
                await ready(server)
                await server.say("hello")
                await server.answered(len(server.answers()) + 1)
                await server.fake.command(server.bob, server.lobby, "tertulia status")
        assert tellings(server) == 1
        monkeypatch.setattr(Door, "commands", lambda _: (("help", "Says more now."),))
        async with server.serving():
            await server.fake.until(lambda: tellings(server) == 2)
            assert [one["name"] for one in server.host.commands[0]["options"]] == ["help"]


async def test_d20_commands_may_be_for_one_server_alone(tmp_path) -> None:
    async with a_server(tmp_path) as server:
        server.config["discord"] = f'commands_server = "{server.guild.id}"'
        async with server.serving():
            await server.fake.until(lambda: server.host.guild_commands.get(server.guild.id))
            assert server.host.commands == []
            answer = await server.fake.command(server.ana, server.lobby, "tertulia status")
            assert answer.seconds < 3


async def test_d20_a_command_is_answered_to_its_giver_alone(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await ready(server)
        answer = await server.fake.command(server.ana, server.lobby, "tertulia help", {"words": "stop"})
        assert answer.seconds < 3
        await server.fake.until(lambda: server.fake.whispers(server.ana)[-1].content != "")
        assert "End this turn" in server.fake.whispers(server.ana)[-1].content
        assert server.words() == []


@pytest.mark.parametrize(
    ("who", "command", "words", "part"),
    [
        ("ana", "use", "echo", "Only an admin"),
        ("ana", "budget", "much", "That is not how"),
        ("bob", "where", "", "discord:#lobby"),
        ("ana", "help", "", "halt"),
    ],
)
async def test_d20_commands_are_authorised_like_everything_else(tmp_path, who, command, words, part) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await ready(server)
        person = getattr(server, who)
        options = {"words": words} if words else {}
        await server.fake.command(person, server.lobby, f"tertulia {command}", options)
        await server.fake.until(lambda: part in server.fake.whispers(person)[-1].content)


async def test_d20_an_export_comes_as_a_file(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await ready(server)
        await server.say("hello")
        await server.answered(1)
        await server.fake.command(server.ana, server.lobby, "tertulia export")
        await server.fake.until(lambda: server.fake.whispers(server.ana)[-1].attachments != [])
