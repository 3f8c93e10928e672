"""People and agents talk: what is said, grows, changes and goes (P36)."""

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from agents.log.events import Deleted, Edited, Said, Stopped, TurnStarted, TurnTaken, Usage
from agents.log.records import THIS_TURN, Entry
from agents.ports import Draft, OpenDraft
from tests.browser.conftest import Visit
from tests.browser.house import CODER, PLANNER, REVIEWER, ROOM, RUNNER, Played, chart

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_p36_what_one_person_says_appears_once_for_everybody(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    ana, ben = await visit(house, name="Ana"), await visit(house, name="Ben")
    await ana.say("Good **evening**, @coder")
    for tab in (ana, ben):
        await expect(tab.messages).to_have_count(1)
        await expect(tab.messages.locator("strong")).to_have_text("evening")
        await expect(tab.messages.locator(".mention")).to_have_text("@coder")
        await expect(tab.messages.locator(".name")).to_have_text("Ana")
    said = [record for record in await house.ports.store.log.read(ROOM) if isinstance(record.event, Said)]
    assert [(record.by, record.event.text) for record in said if isinstance(record.event, Said)] == [
        ("person:web/ana", "Good **evening**, @coder")
    ]


async def test_p36_two_tabs_are_two_people_and_each_edits_only_its_own(visit: Visit) -> None:
    house = Played()
    one, two = await visit(house, name="Ana"), await visit(house, name="Ana")
    await one.say("I am one")
    await two.say("I am two")
    for tab in (one, two):
        await expect(tab.messages.locator(".name")).to_have_text(["Ana", "Ana 2"])
        await expect(tab.page.locator("[aria-label='Edit this message']")).to_have_count(1)


async def test_c20_an_agent_who_only_ends_the_conversation_leaves_no_empty_message(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    await house.says(PLANNER, "All done. TERMINATE")
    await house.says(REVIEWER, "TERMINATE")
    await house.happens(Stopped(reason="The reviewer said TERMINATE."))
    tab = await visit(house)
    await expect(tab.page.get_by_text("The reviewer said TERMINATE.")).to_be_visible()
    await expect(tab.messages).to_have_count(1)
    await expect(tab.messages.locator(".text")).to_have_text("All done.")


async def test_c28_a_draft_grows_and_its_final_text_stands_there_exactly_once(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house)
    live = tab.page.locator("#live")
    turn = await house.starts(CODER, reason="planner addressed it")
    await expect(live.locator(".thinking")).to_be_visible()
    await expect(tab.page.locator("#table .speaking")).to_have_attribute("title", "coder")
    await house.writes(CODER, turn, "Let me **th")
    await expect(live.locator(".text")).to_have_text("Let me **th")
    await house.writes(CODER, turn, "Let me **think**\n\n```python\nprint(1)")
    await expect(live.locator("strong")).to_have_text("think")
    await expect(live.locator(".code code")).to_contain_text("print(1)")
    final = "Let me **think**\n\n```python\nprint(1)\n```"
    await house.happens(Said(text=final), by=CODER, turn=turn)
    await house.writes(CODER, turn, final)
    await house.ends(CODER, turn)
    await expect(tab.messages).to_have_count(1)
    await expect(live).to_be_hidden()
    await expect(tab.page.get_by_text("print(1)")).to_have_count(1)
    await expect(tab.page.locator("#table .speaking")).to_have_count(0)


async def test_p7_whoever_has_the_floor_is_seen_before_anything_of_the_turn_is_in_the_log(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house)
    started = TurnStarted(speaker=CODER, upto=len(await house.ports.store.log.read(ROOM)), rung="auto")
    growing = OpenDraft(room=ROOM, started=started, at=house.clock.now())
    await house.ports.store.drafts.write(growing)
    late = await visit(house, name="Ben")
    for each in (tab, late):
        await expect(each.page.locator("#live .thinking")).to_be_visible()
        await expect(each.page.locator("#table .speaking")).to_have_attribute("title", "coder")
    await house.ports.store.drafts.write(replace(growing, draft=Draft(text="Let me think")))
    for each in (tab, late):
        await expect(each.page.locator("#live .text")).to_have_text("Let me think")
    entries = [started, Said(text="Let me think."), TurnTaken(outcome="said")]
    await house.ports.store.log.append(ROOM, [Entry(event=one, by=CODER, turn=THIS_TURN) for one in entries])
    await house.ports.store.drafts.clear(ROOM)
    for each in (tab, late):
        await expect(each.messages.locator(".text")).to_have_text("Let me think.")
        await expect(each.page.locator("#live")).to_be_hidden()
        await expect(each.page.locator("#table .speaking")).to_have_count(0)


async def test_p7_a_turn_that_is_lost_with_its_process_has_the_floor_no_more(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house)
    started = TurnStarted(speaker=CODER, upto=1, rung="auto")
    await house.ports.store.drafts.write(OpenDraft(room=ROOM, started=started, draft=Draft(text="Half a")))
    await expect(tab.page.locator("#live .text")).to_have_text("Half a")
    await house.ports.store.drafts.clear(ROOM)
    await expect(tab.page.locator("#live")).to_be_hidden()
    await expect(tab.page.locator("#table .speaking")).to_have_count(0)


async def test_c28_a_page_that_opens_in_the_middle_of_a_turn_sees_it(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    turn = await house.starts(CODER)
    await house.writes(CODER, turn, "Already here")
    tab = await visit(house)
    await expect(tab.page.locator("#live .text")).to_have_text("Already here")
    await expect(tab.page.locator("#stop")).to_be_attached()


async def test_p24_code_runs_are_cards_with_their_output_and_pictures(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    picture = await house.keeps(chart(), "rain.png", "image/png")
    table = await house.keeps(b"a,b\n", "rain.csv", "text/csv")
    lines = "\n".join(f"line {number}" for number in range(60))
    await house.turn(RUNNER, *await house.ran("print('x')", lines, picture, table))
    await house.turn(RUNNER, *await house.ran("1/0", "ZeroDivisionError", exit_code=1))
    tab = await visit(house)
    worked, failed = tab.page.locator(".run").first, tab.page.locator(".run").last
    await expect(worked.locator(".pill")).to_have_text("exit 0")
    await expect(worked.locator(".took")).to_have_text("3.0 s")
    await expect(failed.locator(".pill")).to_have_text("exit 1")
    await expect(worked.locator(".output")).not_to_contain_text("line 59")
    await worked.get_by_role("button", name="Show all 60 lines").click()
    await expect(worked.locator(".output")).to_contain_text("line 59")
    await expect(worked.get_by_role("img", name="rain.png")).to_have_count(1)
    await worked.get_by_role("img", name="rain.png").scroll_into_view_if_needed()
    await tab.until("document.querySelector('.run img').naturalWidth === 640")
    async with tab.page.expect_download() as download:
        await worked.get_by_role("link", name="rain.csv").click()
    assert (await download.value).suggested_filename == "rain.csv"
    await expect(tab.messages).to_have_count(0)


async def test_p36_a_run_shows_that_it_runs_and_what_became_of_it(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house)
    called, returned, _ = await house.ran("print(1)", "1")
    turn = await house.starts(RUNNER)
    await house.happens(called, by=RUNNER, turn=turn)
    await expect(tab.page.locator(".run .pill")).to_have_text("running")
    await house.happens(returned, by=RUNNER, turn=turn)
    await expect(tab.page.locator(".run .pill")).to_have_text("exit 0")
    await house.ends(RUNNER, turn)
    turn = await house.starts(RUNNER)
    await house.happens(called, by=RUNNER, turn=turn)
    await house.ends(RUNNER, turn, "crashed")
    await expect(tab.page.locator(".run .pill").last).to_have_text("unknown")
    await expect(tab.page.locator(".line.error")).to_contain_text("was cut off")


async def test_p12_a_person_edits_and_deletes_their_message_with_the_keyboard(visit: Visit) -> None:
    house = Played()
    ana, ben = await visit(house, name="Ana"), await visit(house, name="Ben")
    await ana.say("Good morning")
    await expect(ana.messages.locator(".text")).to_have_text("Good morning")
    await ana.field.press("ArrowUp")
    await expect(ana.field).to_have_value("Good morning")
    await ana.field.fill("Hello")
    await ana.field.press("Enter")
    for tab in (ana, ben):
        await expect(tab.messages.locator(".text")).to_have_text("Hello")
        await expect(tab.messages.locator(".marks")).to_have_text("edited")
    await ana.field.press("ArrowUp")
    await ana.field.press("Escape")
    await expect(ana.field).to_have_value("")
    trash = ana.page.get_by_role("button", name="Delete this message")
    await trash.focus()
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.get_by_role("button", name="Delete it for good?")).to_be_focused()
    await ana.page.keyboard.press("Enter")
    for tab in (ana, ben):
        await expect(tab.messages).to_have_count(0)
    assert [type(record.event) for record in await house.ports.store.log.read(ROOM)][-1] is Deleted


async def test_p36_pieces_that_arrive_late_change_what_is_there(visit: Visit) -> None:
    house = Played()
    first = await house.says("person:web/ana", "First")
    tab = await visit(house)
    await house.happens(Edited(target=first, text="First, edited"), by="person:web/ana")
    await expect(tab.messages.locator(".text")).to_have_text("First, edited")
    await house.happens(Deleted(target=first), by="person:web/ana")
    await expect(tab.messages).to_have_count(0)


async def test_p36_a_reply_shows_what_it_answers(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    await house.turn(PLANNER, Said(text="Which month was the wettest?"))
    tab = await visit(house, name="Ana")
    await tab.messages.first.hover()
    await tab.page.get_by_role("button", name="Reply to planner").click()
    await expect(tab.page.locator("#mode-label")).to_have_text("Replying to planner")
    await tab.say("November")
    await expect(tab.messages.last.locator(".answer-to")).to_have_text("planner: Which month was the wettest?")


async def test_c12_why_somebody_spoke_and_what_it_cost_is_told_on_demand(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    await house.turn(
        REVIEWER, Said(text="APPROVED"), reason="chosen by the model", choosing=Usage(input_tokens=100, usd=0.0002),
        usage=Usage(input_tokens=1000, output_tokens=31, usd=0.0018),
    )  # fmt: skip
    tab = await visit(house)
    await tab.messages.hover()
    await tab.page.get_by_role("button", name="Why did reviewer speak here?").click()
    await expect(tab.page.locator(".why")).to_have_text(
        "Why reviewer? Chosen by the model.Choosing took 100 tokens ($0.0002)."
        "The turn took 1,031 tokens ($0.0018) with gpt-5-mini."
    )


async def test_c19_a_stop_is_one_quiet_line_and_stop_ends_a_turn(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, name="Ana")
    turn = await house.starts(CODER)
    await tab.page.get_by_role("button", name="Stop").click()
    await expect(tab.page.locator(".line.stopped")).to_have_text("Ana stopped it.")
    stopped = (await house.ports.store.log.read(ROOM))[-1].event
    assert stopped == Stopped(reason="Ana stopped it.", kind="person")
    await house.ends(CODER, turn, "interrupted")
    await expect(tab.page.get_by_role("button", name="Stop")).to_be_hidden()
    await expect(tab.page.locator(".line").last).to_have_text("coder was interrupted.")


async def test_p27_tasks_are_offered_as_buttons_while_the_room_is_empty(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    house.notices.put("engine", "Preparing the sandbox.", 0.5, "working")
    tab = await visit(house)
    await expect(tab.page.get_by_role("heading", name="Take a seat.")).to_be_visible()
    await expect(tab.page.get_by_role("progressbar", name="Preparing the sandbox.")).to_be_visible()
    await tab.page.get_by_role("button", name="Find the first ten primes above one million.").click()
    await expect(tab.messages.locator(".text")).to_have_text("Find the first ten primes above one million.")
    await expect(tab.messages.locator(".name")).to_have_text("Guest")
    await expect(tab.page.get_by_role("heading", name="Take a seat.")).to_be_hidden()
    house.notices.remove("engine")
    await expect(tab.page.locator(".notice:visible")).to_have_count(0)


async def test_p43_every_participant_has_a_face_and_agents_look_unlike_people(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, name="Ana López")
    await tab.say("Hello")
    await house.turn(PLANNER, Said(text="Hello"))
    await expect(tab.messages.nth(0).locator(".portrait .face.person")).to_have_text("AL")
    await expect(tab.messages.nth(1).locator(".portrait .face.agent")).to_have_text("🧭")
    await expect(tab.messages.nth(1).locator(".name")).to_have_attribute(
        "title", "Splits the task and says when it is done."
    )
    radius = "getComputedStyle(document.querySelectorAll('.message .face')[{}]).borderRadius"
    assert await tab.find(radius.format(0)) == "50%"
    assert await tab.find(radius.format(1)) != "50%"
