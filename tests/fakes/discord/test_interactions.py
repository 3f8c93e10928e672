"""Commands, buttons, menus and forms: real clients answer them in time, late, twice or not at all."""

import asyncio
import re

import discord
import pytest
from discord import app_commands

from tests.fakes.discord import FakeDiscord, NotAnswered
from tests.fakes.discord.living import QuickClient

NONE = discord.AllowedMentions.none()


class Question(discord.ui.DynamicItem[discord.ui.Button], template=r"hi:(?P<run>\d+):(?P<act>ok|no)"):
    """A button that is answered whoever posted it and whenever."""

    def __init__(self, run: int, act: str):
        super().__init__(discord.ui.Button(label=act, custom_id=f"hi:{run}:{act}"))
        self.run, self.act = run, act

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: discord.ui.Item, match: re.Match[str]):
        return cls(int(match["run"]), match["act"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"{self.act} {self.run}", view=None, allowed_mentions=NONE)


def question(run: int = 7) -> discord.ui.View:
    """Buttons of which the client keeps nothing once the view is stopped."""
    view = discord.ui.View(timeout=None)
    for act in ("ok", "no"):
        view.add_item(discord.ui.Button(label=act, custom_id=f"hi:{run}:{act}"))
    return view


class Form(discord.ui.Modal, title="Reply"):
    words = discord.ui.TextInput(label="Words", custom_id="words", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(self.words.value, ephemeral=True, allowed_mentions=NONE)


async def ask(place: discord.abc.Messageable) -> int:
    """Post a question whose buttons the client has forgotten, as after a restart."""
    view = question()
    message = await place.send("May I?", view=view)
    view.stop()
    return message.id


def answering(client: QuickClient, answer) -> None:
    """Let a client answer every interaction by this function."""

    @client.event
    async def on_interaction(interaction: discord.Interaction):
        await answer(interaction)


async def test_d18_a_button_works_after_the_client_forgot_the_message(discord_, channel, place, client, ana):
    asked = await ask(place)
    client.add_dynamic_items(Question)
    answer = await discord_.click(ana, channel, asked, "hi:7:ok")
    assert (answer.type, answer.data["content"]) == (7, "ok 7")
    assert answer.seconds < 3
    assert discord_.messages(channel)[0].content == "ok 7"
    with pytest.raises(ValueError, match="no component"):
        await discord_.click(ana, channel, asked, "hi:7:ok")
    assert discord_.violations == []


async def test_d19_what_nobody_answers_fails_for_the_person(discord_, channel, place, ana, client, bot):
    asked = await ask(place)
    late: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def dawdle(interaction: discord.Interaction) -> None:
        discord_.advance(3.1)
        with pytest.raises(discord.NotFound) as refused:
            await interaction.response.send_message("too late", allowed_mentions=NONE)
        late.set_result(refused.value.code)

    answering(client, dawdle)
    with pytest.raises(NotAnswered, match="Tertulia did not answer ana"):
        await discord_.click(ana, channel, asked, "hi:7:no")
    assert await asyncio.wait_for(late, 5) == 10062


async def test_d19_a_second_answer_is_refused(discord_, channel, place, ana, client):
    asked = await ask(place)
    again: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        interaction.response._response_type = None
        with pytest.raises(discord.HTTPException) as refused:
            await interaction.response.defer()
        again.set_result(refused.value.code)

    answering(client, twice)
    answer = await discord_.click(ana, channel, asked, "hi:7:ok")
    assert (answer.type, await asyncio.wait_for(again, 5)) == (6, 40060)


async def test_d18_a_form_is_shown_filled_in_and_answered_to_one_person(discord_, channel, place, ana, client):
    asked = await ask(place)

    async def show(interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(Form(custom_id="reply:7"))

    answering(client, show)
    shown = await discord_.click(ana, channel, asked, "hi:7:no")
    assert (shown.type, shown.data["title"]) == (9, "Reply")
    with pytest.raises(ValueError, match="does not take 21 characters"):
        await discord_.submit_modal(ana, "reply:7", {"words": "x" * 21})
    answer = await discord_.submit_modal(ana, "reply:7", {"words": "not yet"})
    assert answer.message.seen_by == ana.id
    assert [one.content for one in discord_.whispers(ana)] == ["not yet"]
    assert [one.content for one in discord_.messages(channel)] == ["May I?"]
    assert discord_.violations == []


async def test_a_menus_choice_is_told(discord_, channel, place, ana, client):
    view = discord.ui.View(timeout=None)
    options = [discord.SelectOption(label=one) for one in ("red", "blue")]
    view.add_item(discord.ui.Select(custom_id="colour", options=options))
    message = await place.send("Which?", view=view)

    async def tell(interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=interaction.data["values"][0], view=None, allowed_mentions=NONE)

    answering(client, tell)
    answer = await discord_.click(ana, channel, message.id, "colour", ["blue"])
    assert answer.message.content == "blue"
    assert discord_.violations == []


async def test_d20_a_command_with_subcommands_is_registered_and_given(discord_, guild, channel, client, ana, bot):
    tree = app_commands.CommandTree(client)
    group = app_commands.Group(name="tertulia", description="What Tertulia can do")

    @group.command(description="Bind this channel")
    async def use(interaction: discord.Interaction, team: str, notice: bool = True) -> None:
        assert interaction.user.id == ana.id
        await interaction.response.send_message(f"{team} {notice}", ephemeral=True, allowed_mentions=NONE)

    tree.add_command(group)
    await tree.sync()
    tree.copy_global_to(guild=discord.Object(guild.id))
    await tree.sync(guild=discord.Object(guild.id))
    answer = await discord_.command(ana, channel, "tertulia use", {"team": "coding", "notice": False})
    assert (answer.type, answer.message.content) == (4, "coding False")
    with pytest.raises(ValueError, match="needs \\['team'\\]"):
        await discord_.command(ana, channel, "tertulia use")
    with pytest.raises(ValueError, match="no subcommand 'leave'"):
        await discord_.command(ana, channel, "tertulia leave")
    with pytest.raises(ValueError, match="registered"):
        await discord_.command(ana, channel, "elsewhere")
    fetched = await tree.fetch_commands()
    await fetched[0].delete()
    assert (bot.commands, [one["name"] for one in bot.guild_commands[guild.id]]) == ([], ["tertulia"])
    assert discord_.violations == []


async def test_d20_an_unchanged_commands_id_stays_and_a_bad_name_is_refused(discord_, client, bot):
    app_id = bot.application_id
    (first,) = await client.http.bulk_upsert_global_commands(app_id, [{"name": "go", "description": "Go."}])
    (second,) = await client.http.bulk_upsert_global_commands(app_id, [{"name": "go", "description": "Go on."}])
    assert first["id"] == second["id"]
    with pytest.raises(discord.HTTPException) as refused:
        await client.http.bulk_upsert_global_commands(app_id, [{"name": "Go", "description": "Go."}])
    assert refused.value.code == 50035


async def test_d19_a_deferred_answer_is_given_within_fifteen_minutes(discord_, channel, place, ana, client):
    asked = await ask(place)
    kept: asyncio.Future[discord.Interaction] = asyncio.get_running_loop().create_future()

    async def think(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        kept.set_result(interaction)

    answering(client, think)
    answer = await discord_.click(ana, channel, asked, "hi:7:ok")
    assert (answer.type, answer.message.content) == (5, "")
    interaction = await asyncio.wait_for(kept, 5)
    await interaction.edit_original_response(content="thought", allowed_mentions=NONE)
    await interaction.followup.send("and more", ephemeral=True, allowed_mentions=NONE, wait=True)
    loud = await interaction.followup.send("and loud", allowed_mentions=NONE, wait=True)
    assert [one.content for one in discord_.whispers(ana)] == ["thought", "and more"]
    assert [one.content for one in discord_.messages(channel)] == ["May I?", "and loud"]
    await loud.delete()
    assert (await interaction.original_response()).content == "thought"
    await interaction.delete_original_response()
    discord_.advance(15 * 60 + 1)
    with pytest.raises(discord.HTTPException) as refused:
        await interaction.followup.send("too late", allowed_mentions=NONE, wait=True)
    assert refused.value.code == 50027
    assert discord_.violations == []


async def test_d18_a_button_in_a_direct_message_tells_who_pressed(discord_, ana, bot, client):
    room = discord_.add_dm(bot, ana)
    user = await client.fetch_user(ana.id)
    asked = await ask(user)
    who: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def note(interaction: discord.Interaction) -> None:
        who.set_result(interaction.user.id)
        await interaction.response.defer()

    answering(client, note)
    await discord_.click(ana, room, asked, "hi:7:ok")
    assert await asyncio.wait_for(who, 5) == ana.id


async def test_a_webhook_of_a_bot_brings_it_the_clicks(discord_, channel, place, ana, client):
    webhook = await place.create_webhook(name="Tertulia")
    sent = await webhook.send("May I?", view=question(), wait=True, allowed_mentions=NONE)
    client.add_dynamic_items(Question)
    answer = await discord_.click(ana, channel, sent.id, "hi:7:ok")
    assert answer.message.content == "ok 7"


async def test_a_person_cannot_click_what_is_not_there(discord_, channel, place, ana, guild):
    bea = discord_.add_member(guild, "bea")
    plain = await discord_.say(channel, ana, "no buttons")
    for message_id, complaint in ((plain, "no component"), (1, "sees no message 1")):
        with pytest.raises(ValueError, match=complaint):
            await discord_.click(bea, channel, message_id, "hi:7:ok")
    with pytest.raises(ValueError, match="was shown no form"):
        await discord_.submit_modal(bea, "reply:7", {})


async def test_two_fakes_do_not_know_each_others_interactions(discord_: FakeDiscord, channel, place, ana, client):
    asked = await ask(place)
    client.add_dynamic_items(Question)
    await discord_.click(ana, channel, asked, "hi:7:no")
    async with FakeDiscord.open() as other:
        assert other.interactions.all == []
        assert other.api_url != discord_.api_url
    assert discord_.api_url == discord.http.Route.BASE
