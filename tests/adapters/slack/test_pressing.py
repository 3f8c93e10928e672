"""Cards, windows, commands and every way to stop (R26, R27)."""

import asyncio
from pathlib import Path

import pytest

from agents.log.events import Answered, Asked, Stopped
from agents.log.records import Entry
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import buttons, texts
from tests.adapters.slack.teams import Gate, gate
from tests.adapters.slack.test_receiving import events_in
from tests.fakes.slack import FakeMessage


@pytest.fixture(autouse=True)
def _a_new_gate():
    fresh = Gate()
    gate.reached, gate.go_on = fresh.reached, fresh.go_on


async def the_card(world: World, words: str) -> FakeMessage:
    await world.slack.say(world.channel, world.ben, f"{world.named()} begin")
    return await world.until_said(words)


def action(world: World, card: FakeMessage, label: str) -> str:
    return next(
        str(one["action_id"])
        for one in world.slack.buttons(world.channel, card.ts)
        if one["text"]["text"] == label
    )  # fmt: skip


def answers(world: World, card: FakeMessage) -> str:
    return f"slack:T1/{world.channel}/{card.thread_ts}"


async def test_r26_only_an_approver_decides_a_second_click_does_nothing_and_the_buttons_go(folder: Path):
    async with workspace(folder, team="approving") as world, world.served():
        card = await the_card(world, "May I run this?")
        assert (card.author, buttons(card)) == ("asker", ("Approve", "Reject"))
        approve = action(world, card, "Approve")
        answer = await world.slack.click(world.ben, world.channel, card.ts, action_id=approve)
        assert answer.answered
        assert "Only an approver can decide" in await world.whispered(world.ben)
        assert world.slack.ephemerals(world.channel, world.ben)[0].thread_ts == card.thread_ts
        for _ in range(2):
            assert (await world.slack.click(world.ana, world.channel, card.ts, action_id=approve)).answered
        await world.until_said("Heard 'Approve'.")
        await world.until(lambda: buttons(card) == ())
        assert texts(card) == ["May I run this?", "ana: Approve"]
        kept = [one for one in await events_in(world, answers(world, card)) if isinstance(one, Answered)]
        assert (len(kept), world.whispers(world.ana)) == (1, [])


async def test_r26_a_question_is_answered_by_a_button_of_a_room_that_was_restarted(folder: Path):
    async with workspace(folder, team="asking") as world:
        async with world.served():
            card = await the_card(world, "Which city?")
            assert buttons(card) == ("Madrid", "Lisbon", "Write an answer")
        async with world.served():
            await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Lisbon"))
            await world.until_said("Heard 'Lisbon'.")
            await world.until(lambda: buttons(card) == ())


async def test_r26_a_window_takes_a_free_answer(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Write an answer"))
        (view,) = world.slack.open_views
        assert (await world.slack.submit_view(world.ben, view.id, {"answer": "Oslo, of course"})).body is None
        await world.until_said("Heard 'Oslo, of course'.")
        assert world.slack.open_views == []


async def test_r26_a_window_that_comes_too_late_stays_open_and_says_why(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Write an answer"))
        await world.slack.click(world.ana, world.channel, card.ts, action_id=action(world, card, "Madrid"))
        await world.until_said("Heard 'Madrid'.")
        (view,) = world.slack.open_views
        answer = await world.slack.submit_view(world.ben, view.id, {"answer": "Oslo"})
        assert "ana has already answered: Madrid." in str(answer.body)


async def test_r26_a_button_of_a_question_that_is_over_says_so_to_whoever_presses_it(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        write, madrid = action(world, card, "Write an answer"), action(world, card, "Madrid")
        blocks = list(card.blocks)
        await world.slack.click(world.ana, world.channel, card.ts, action_id=madrid)
        await world.until_said("Heard 'Madrid'.")
        await world.until(lambda: buttons(card) == ())
        card.blocks = blocks  # a screen that was not refreshed
        await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Lisbon"))
        await world.slack.click(world.ben, world.channel, card.ts, action_id=write)
        await world.until(lambda: len(world.whispers(world.ben)) == 2)
        assert world.whispers(world.ben) == ["ana has already answered: Madrid.", "That question is not open any more."]


async def test_c36_buttons_of_a_question_that_was_withdrawn_say_that_it_is_out_of_date(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        write, madrid = action(world, card, "Write an answer"), action(world, card, "Madrid")
        blocks, room = list(card.blocks), answers(world, card)
        assert world.house is not None
        records = await world.house.ports.store.log.read(room)
        question = next(one for one in records if isinstance(one.event, Asked))
        withdrawn = Answered(question=question.seq, text="There is newer code now.", withdrawn=True)
        await world.house.ports.store.log.append(room, [Entry(event=withdrawn, by=question.by)])
        await world.until(lambda: buttons(card) == ())
        assert texts(card) == ["Which city?", "Out of date. There is newer code now."]
        card.blocks = blocks  # a screen that was not refreshed
        for pressed in (madrid, write):
            await world.slack.click(world.ben, world.channel, card.ts, action_id=pressed)
        await world.until(lambda: len(world.whispers(world.ben)) == 2)
        assert world.whispers(world.ben) == ["This question is out of date. There is newer code now."] * 2


async def test_r26_a_reply_in_the_thread_answers_too(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        await world.slack.say(world.channel, world.ben, "Lisbon", thread_ts=card.thread_ts)
        await world.until_said("Heard 'Lisbon'.")


async def test_r26_in_a_channel_that_is_one_conversation_a_reply_to_the_card_answers(folder: Path):
    async with workspace(folder, team="asking", channel_table='attention = "always"') as world, world.served():
        await world.slack.say(world.channel, world.ben, "begin")
        card = await world.until_said("Which city?")
        await world.slack.say(world.channel, world.ana, "Porto", thread_ts=card.ts)
        await world.until_said("Heard 'Porto'.")


async def test_r26_what_cannot_be_kept_in_time_is_said_to_the_person(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.slack.interactions.SECONDS", 0.05)
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        world.slack.faults.delay("users.info", 5.0)
        await world.slack.click(world.ana, world.channel, card.ts, action_id=action(world, card, "Madrid"))
        assert "could not be kept just now" in await world.whispered(world.ana)
        assert buttons(card) != ()


async def test_r26_buttons_of_others_and_broken_ones_do_nothing(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        value = str(world.slack.buttons(world.channel, card.ts)[0]["value"])
        for action_id in ("tertulia_answer:x", "tertulia_write:x", "unknown"):
            for broken in ("", "{}", "[1]", '{"room": 1, "question": 2}', value.replace(world.channel, "C9")):
                body = {
                    "type": "block_actions",
                    "user": {"id": world.ben},
                    "channel": {"id": world.channel},
                    "actions": [{"action_id": action_id, "value": broken, "action_ts": "1.1"}],
                }
                delivery = await world.slack.office.send(world.host, "interactive", body)
                await delivery.over.wait()
                assert (delivery.answered, delivery.body) == (True, None)
        await world.slack.office.send(world.host, "interactive", {"type": "view_submission", "view": {}})
        await world.settled()
        assert not [one for one in await events_in(world, answers(world, card)) if isinstance(one, Answered)]
        assert (world.slack.open_views, world.whispers(world.ben)) == ([], [])


async def test_r26_a_window_that_does_not_open_is_explained(folder: Path):
    async with workspace(folder, team="asking") as world, world.served():
        card = await the_card(world, "Which city?")
        world.slack.faults.refuse("views.open", "expired_trigger_id")
        await world.slack.click(world.ben, world.channel, card.ts, action_id=action(world, card, "Write an answer"))
        assert "The window did not open" in await world.whispered(world.ben)


async def growing(world: World) -> FakeMessage:
    await world.slack.say(world.channel, world.ben, f"{world.named()} write")
    await gate.reached.wait()
    return await world.until_said("This is a long beginning")


async def stopped_in(world: World, message: FakeMessage) -> bool:
    room = f"slack:T1/{world.channel}/{message.thread_ts}"
    return any(isinstance(one, Stopped) and one.kind == "person" for one in await events_in(world, room))


@pytest.mark.parametrize("way", ["button", "command", "text", "mention", "reaction", "native"])
async def test_r27_every_way_to_stop_ends_the_turn_and_its_status(folder: Path, way: str):
    async with workspace(folder, team="growing") as world, world.served():
        message = await growing(world)
        assert buttons(message) == ("Stop",)
        thread = str(message.thread_ts)
        await world.until(lambda: _processing(world))
        match way:
            case "button":
                button = action(world, message, "Stop")
                await world.slack.click(world.ben, world.channel, message.ts, action_id=button)
            case "command":
                answer = await world.slack.command(world.ben, world.channel, "/tertulia", "stop")
                assert answer.text == "Stopped. Write something to go on."
            case "text":
                await world.slack.say(world.channel, world.ben, "!stop", thread_ts=thread)
            case "mention":
                await world.slack.say(world.channel, world.ben, f"{world.named()} stop", thread_ts=thread)
            case "reaction":
                await world.slack.react(world.channel, message.ts, world.ben, "octagonal_sign")
            case _:
                await world.slack.stop_session(world.channel, thread, world.ben)
        async with asyncio.timeout(2):
            await world.until_said("Stopped.")
        assert await stopped_in(world, message)
        await world.until(lambda: not _processing(world) and buttons(message) == ())
        assert "(interrupted)" in texts(message)[0]
        assert world.slack.strays == []


def _processing(world: World) -> bool:
    sessions = [one for one in world.slack.statuses if one.method == "agents.sessions.setStatus"]
    return bool(sessions) and sessions[-1].status == "processing"


async def test_r19_r22_a_growing_text_is_one_message_that_the_final_words_take_over(folder: Path):
    async with workspace(folder, team="growing") as world, world.served():
        message = await growing(world)
        gate.go_on.set()
        done = await world.until_said("grows and ends.")
        assert (done.ts, done.author, buttons(done)) == (message.ts, "writer", ())


async def test_r20_the_agent_with_the_floor_is_shown_under_its_own_face_and_taken_away_at_the_end(folder: Path):
    async with workspace(folder, team="growing") as world, world.served():
        message = await growing(world)
        await world.until(lambda: world.slack.called("assistant.threads.setStatus"))
        first = world.slack.called("assistant.threads.setStatus")[0].args
        assert (first["status"], first["username"], first["icon_emoji"]) == ("is thinking…", "writer", ":robot_face:")
        gate.go_on.set()
        await world.until_said("grows and ends.")
        await world.until(lambda: world.slack.called("assistant.threads.setStatus")[-1].args.get("status", "") == "")
        assert world.slack.status(world.channel, str(message.thread_ts)) is None


async def test_r20_a_workspace_without_statuses_is_asked_once(folder: Path):
    async with workspace(folder) as world, world.served():
        world.slack.faults.refuse("*setStatus", "unknown_method", times=2)
        for number in range(3):
            await world.slack.say(world.channel, world.ben, f"{world.named()} number {number}")
            await world.until_said(f"number {number}")
        await world.settled()
        assert len([one for one in world.slack.requests if one.method.endswith("setStatus")]) <= 2


async def test_p16_commands_answer_the_person_alone_in_channel_thread_and_by_slash(folder: Path):
    async with workspace(folder) as world, world.served():
        assert "Nobody is speaking" in (await world.slack.command(world.ben, world.channel, "/tertulia", "status")).text
        assert "Show this" in (await world.slack.command(world.ben, world.channel, "/tertulia", "")).text
        assert "There is no command" in (await world.slack.command(world.ben, world.channel, "/tertulia", "dance")).text
        before = len(world.whispers(world.ben))
        ts = await world.slack.say(world.channel, world.ben, f"{world.named()} help")
        await world.slack.say(world.channel, world.ben, "!agents", thread_ts=ts)
        await world.slack.say(world.channel, world.ben, "!agents dance", thread_ts=ts)
        await world.until(lambda: len(world.whispers(world.ben)) == before + 3)
        notes = world.slack.ephemerals(world.channel, world.ben)[before:]
        assert [one.thread_ts for one in notes] == [None, ts, ts]
        assert "That is not how !agents is written" in notes[2].text
        assert world.said() == []


async def test_p6_halt_by_slash_holds_the_threads_of_the_channel_until_resume(folder: Path):
    async with workspace(folder) as world, world.served():
        ts = await world.slack.say(world.channel, world.ben, f"{world.named()} one")
        await world.until_said("one")
        assert "Halted" in (await world.slack.command(world.ben, world.channel, "/tertulia", "halt")).text
        await world.slack.say(world.channel, world.ben, "two", thread_ts=ts)
        await world.settled()
        assert len(world.said()) == 1
        assert "Resumed" in (await world.slack.command(world.ben, world.channel, "/tertulia", "resume")).text
        await world.until_said("two")


async def test_an_export_that_slack_does_not_take_is_said_so(folder: Path):
    async with workspace(folder) as world, world.served():
        world.slack.faults.refuse("files.getUploadURLExternal", "missing_scope", needed="files:write")
        assert (await world.slack.command(world.ben, world.channel, "/tertulia", "export jsonl")).answered
        await world.until(lambda: len(world.whispers(world.ben)) == 2)
        assert world.whispers(world.ben)[1].startswith("The file could not be sent to you. The app lacks the scope")


async def test_an_export_comes_as_a_file_in_a_direct_message(folder: Path):
    async with workspace(folder) as world, world.served():
        await world.slack.say(world.channel, world.ben, f"{world.named()} hello")
        await world.until_said("hello")
        assert (await world.slack.command(world.ben, world.channel, "/tertulia", "export jsonl")).answered
        direct = world.slack.add_dm("T1", [world.ben], [world.host])
        await world.until(lambda: world.said(direct))
        assert [file.name.endswith(".jsonl") for file in world.said(direct)[0].files] == [True]


@pytest.mark.parametrize(
    ("team", "shown"), [("coding_edits", "```python\nprint(1)\n```"), ("tooling", '{"to": "all"}')]
)
async def test_p26_an_approver_may_change_what_is_asked_about(folder: Path, team: str, shown: str):
    async with workspace(folder, team=team) as world, world.served():
        card = await the_card(world, "May I")
        await world.slack.click(world.ana, world.channel, card.ts, action_id=action(world, card, "Edit"))
        (view,) = world.slack.open_views
        assert view.view["blocks"][0]["element"]["initial_value"] == shown
        assert (await world.slack.submit_view(world.ana, view.id, {"answer": "something else"})).body is None
        await world.until(lambda: buttons(card) == ())
        (answered,) = [one for one in await events_in(world, answers(world, card)) if isinstance(one, Answered)]
        assert (answered.option, answered.text) == ("Edit", "something else")


async def test_p26_what_is_too_long_for_a_window_is_never_shown_cut(folder: Path):
    async with workspace(folder, team="coding_much") as world, world.served():
        card = await the_card(world, "May I")
        await world.slack.click(world.ana, world.channel, card.ts, action_id=action(world, card, "Edit"))
        assert "too long to be changed in Slack" in await world.whispered(world.ana)
        assert world.slack.open_views == []


async def test_r12_what_a_running_turn_says_at_the_end_is_posted_before_the_house_is_gone(folder: Path):
    async with workspace(folder, team="growing") as world:
        async with world.served():
            await world.slack.say(world.channel, world.ben, f"{world.named()} write")
            await gate.reached.wait()
            asyncio.get_running_loop().call_later(0.2, gate.go_on.set)
        assert "and ends." in "\n".join(texts(world.said()[-1]))


async def test_r26_a_click_is_answered_before_slack_takes_what_the_person_is_told(folder: Path):
    async with workspace(folder, team="approving") as world, world.served():
        card = await the_card(world, "May I run this?")
        world.slack.faults.delay("chat.postEphemeral", 30)
        approve = action(world, card, "Approve")
        assert (await world.slack.click(world.ben, world.channel, card.ts, action_id=approve)).answered
        assert world.whispers(world.ben) == []
        await world.until(lambda: any(one.method == "chat.postEphemeral" for one in world.slack.requests))
        world.slack.clock.advance(31)
        assert "Only an approver can decide" in await world.whispered(world.ben)
