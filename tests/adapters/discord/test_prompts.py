"""What a model reads of a conversation on Discord: names instead of numbers, and what is replied to."""

import pytest

from agents import Team, first, mentioned, round_robin
from agents.log.events import Asked, Said
from agents.log.participants import is_person
from agents.turn.model_reply import Thinking, introduction
from agents.turn.turn import Acts, Turn
from tests.adapters.discord.serving import Server, a_server
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)
from tests.unit.house import Plain

pytestmark = pytest.mark.usefixtures("nowhere")


async def _reads(turn: Turn) -> Acts:
    if not is_person(turn.transcript.last.by):
        return
    words = "\n".join(f"{one.name}: {one.text}" for one in turn.prompt())
    yield Said(text=f"~~~\n{introduction(turn, Thinking())}\n{words}\n~~~")


async def _asks_in_private(turn: Turn) -> Acts:
    if turn.answers:
        yield Said(text=f"So: {turn.answers[-1].answer.words}", audience=turn.answers[-1].asked.audience)
    elif turn.transcript.last.by != turn.profile.id:
        ana = turn.transcript.people[0].id
        yield Asked(text="Which one?", of=(ana,), options=("Red", "Blue"), audience=(ana,))


reading = Team(name="reading", agents=[Plain("coder", _reads)], speakers=first(mentioned, round_robin))
"""The coder repeats what its model would read."""

private = Team(name="private", agents=[Plain("coder", _asks_in_private)], speakers=first(mentioned, round_robin))
"""The coder asks whoever came first, alone."""

READING, PRIVATE = "tests.adapters.discord.test_prompts:reading", "tests.adapters.discord.test_prompts:private"


async def prompt(server: Server, message: int) -> str:
    """What the coder had read when it answered in the thread that the message opened."""
    thread = await server.thread(message)
    await server.fake.until(lambda: "~~~" in "".join(server.words(thread)) or "```" in "".join(server.words(thread)))
    return "\n".join(server.words(thread))


async def test_c50_people_are_read_by_the_names_that_others_see_on_discord(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server, server.serving():
        await server.say("I like MongoDB", server.bob, server.shared)
        asked = f"<@{server.host.user.id}> is <@{server.bob.id}> right about this?"
        read = await prompt(server, await server.say(asked, channel=server.shared))
    assert "Bob: (background) I like MongoDB" in read
    assert "Ana: @Tertulia is @Bob right about this?" in read
    assert "- Bob: a person" in read
    assert str(server.bob.id) not in read
    assert str(server.ana.id) not in read


async def test_c50_two_people_of_one_name_are_told_apart_on_discord(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server, server.serving():
        other = server.fake.add_member(server.guild, "Bob", roles=[server.member])
        await server.say("I like MongoDB", server.bob, server.shared)
        await server.say("I do not", other, server.shared)
        asked = f"<@{server.host.user.id}> is <@{other.id}> right?"
        read = await prompt(server, await server.say(asked, channel=server.shared))
    assert "Bob: (background) I like MongoDB" in read
    assert "Bob (2): (background) I do not" in read
    assert "Ana: @Tertulia is @Bob (2) right?" in read


async def test_i2_what_is_replied_to_is_read_where_the_mention_opens_a_thread(tmp_path) -> None:
    async with a_server(tmp_path, team=READING) as server, server.serving():
        near = await server.say("We should use MongoDB", server.bob, server.shared)
        await server.say("Postgres is fine", server.bob, server.shared)
        asked = f"<@{server.host.user.id}> is this right?"
        read = await prompt(server, await server.say(asked, channel=server.shared, reply_to=near))
    assert "Ana: (replying to Bob: We should use MongoDB) @Tertulia is this right?" in read


async def test_c46_a_question_for_one_person_alone_comes_and_is_answered_in_a_direct_message(tmp_path) -> None:
    async with a_server(tmp_path, team=PRIVATE) as server, server.serving():
        await server.say("hello")
        await server.fake.until(lambda: server.ana.id in server.host.dms)
        told = server.fake.world.dm(server.host, server.ana)
        await server.fake.until(lambda: bool(server.fake.messages(told)))
        (card,) = server.fake.messages(told)
        (button, *_) = card.components[0]["components"]
        await server.fake.click(server.ana, told, card.id, button["custom_id"])
        await server.fake.until(lambda: any("So: Red" in one.content for one in server.fake.messages(told)))
        assert server.words() == ["hello"]
