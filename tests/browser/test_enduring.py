"""What happens when the connection goes, and when there is very much to show (P36)."""

import pytest
from playwright.async_api import expect

from agents.log.events import Said
from agents.log.records import Entry
from tests.browser.conftest import Visit
from tests.browser.house import CODER, ROOM, Played

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

BEN = "person:web/ben"
TO_END = "((s) => s.scrollHeight - s.scrollTop - s.clientHeight)(document.getElementById('scroller'))"
"""How many pixels lie below what is seen."""


async def test_p36_a_server_that_restarts_loses_and_doubles_nothing(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, name="Ana")
    tab.may_lose_connection = True
    await tab.say("before")
    async with visit.down(house):
        await expect(tab.page.locator("#connection")).to_have_text("reconnecting…")
        await house.says(BEN, "while away")
        await tab.field.fill("written while away")
    await tab.ready()
    await tab.field.press("Enter")
    await expect(tab.messages.locator(".text")).to_have_text(["before", "while away", "written while away"])
    async with visit.down(house):
        pass
    await tab.ready()
    await house.says(BEN, "after")
    texts = ["before", "while away", "written while away", "after"]
    await expect(tab.messages.locator(".text")).to_have_text(texts)


async def test_p36_what_is_sent_while_the_server_is_away_arrives_once_it_is_back(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    tab.may_lose_connection = True
    async with visit.down(house):
        await tab.field.fill("Patience")
        await tab.field.press("Enter")
        await expect(tab.page.locator("#send")).to_be_disabled()
    await expect(tab.messages.locator(".text")).to_have_text("Patience")
    await expect(tab.field).to_have_value("")
    said = [one for one in await house.ports.store.log.read(ROOM) if isinstance(one.event, Said)]
    assert len(said) == 1


async def test_p36_a_draft_that_was_cut_by_a_restart_goes_on_where_it_is(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house)
    tab.may_lose_connection = True
    turn = await house.starts(CODER)
    await house.writes(CODER, turn, "One")
    await expect(tab.page.locator("#live .text")).to_have_text("One")
    async with visit.down(house):
        await house.writes(CODER, turn, "One, two")
    await expect(tab.page.locator("#live .text")).to_have_text("One, two")
    await house.happens(Said(text="One, two, three"), by=CODER, turn=turn)
    await house.ends(CODER, turn)
    await expect(tab.messages.locator(".text")).to_have_text(["One, two, three"])
    await expect(tab.page.locator("#live")).to_be_hidden()


async def test_p36_another_log_under_the_same_address_is_shown_from_its_beginning(visit: Visit) -> None:
    house = Played()
    tab = await visit(house)
    tab.may_lose_connection = True
    for number in range(5):
        await house.says(BEN, f"old {number}")
    await expect(tab.messages).to_have_count(5)
    async with visit.down(house):
        house.ports = Played().ports
        house.clock.advance(60)
        for number in range(9):
            await house.says(BEN, f"new {number}")
    await expect(tab.messages.locator(".text")).to_have_text([f"new {number}" for number in range(9)])


async def test_p36_ten_thousand_events_come_in_slices_and_the_page_stays_bounded(visit: Visit) -> None:
    house = Played()
    await house.says(BEN, "first")
    tab = await visit(house)
    await tab.page.evaluate(
        """() => {
          window.frames_ = 0;
          const count = () => { window.frames_ += 1; requestAnimationFrame(count); };
          count();
        }"""
    )
    many = [Entry(event=Said(text=f"message **{number}** of `many`"), by=BEN) for number in range(10_000)]
    await house.ports.store.log.append(ROOM, many)
    await expect(tab.page.get_by_text("message 9999 of many")).to_be_visible(timeout=60_000)
    assert await tab.find("window.frames_") > 5
    assert 500 < await tab.messages.count() < 4000
    await expect(tab.page.get_by_role("button", name="Load earlier messages")).to_be_attached()
    assert (
        await tab.find("(s => s.scrollHeight - s.scrollTop - s.clientHeight)(document.getElementById('scroller'))") < 90
    )


async def test_p36_the_end_stays_in_sight_where_it_has_grown_before_the_page_hears_that_it_was_scrolled(
    visit: Visit,
) -> None:
    house = Played()
    await house.ports.store.log.append(
        ROOM, [Entry(event=Said(text=f"message {number}"), by=BEN) for number in range(200)]
    )
    tab = await visit(house)
    await expect(tab.messages.last).to_be_visible()
    await tab.page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          for (let frames = 0; frames < 5; frames += 1) await frame();
          const tall = document.createElement("div");
          tall.style.height = "900px";
          document.getElementById("content").append(tall);
          document.getElementById("scroller").dispatchEvent(new Event("scroll"));
          for (let frames = 0; frames < 5; frames += 1) await frame();
        }"""
    )
    await tab.until("(s => s.scrollHeight - s.scrollTop - s.clientHeight)(document.getElementById('scroller')) < 90")


async def test_p36_earlier_messages_are_loaded_without_moving_what_is_read(visit: Visit) -> None:
    house = Played()
    entries = [Entry(event=Said(text=f"message {number}"), by=BEN) for number in range(1000)]
    await house.ports.store.log.append(ROOM, entries)
    tab = await visit(house)
    await expect(tab.messages).to_have_count(300)
    button = tab.page.get_by_role("button", name="Load earlier messages")
    await button.scroll_into_view_if_needed()
    top = "document.querySelector('[data-seq=\"701\"]').getBoundingClientRect().top"
    before = await tab.find(top)
    await button.click()
    await expect(tab.messages).to_have_count(600)
    settled = "document.getElementById('scroller').style.overflowAnchor === ''"
    await tab.until(f"{settled} && Math.abs({top} - {before}) < 60")
    for _ in range(2):
        await button.click()
    await expect(tab.messages).to_have_count(1000)
    await expect(button).to_be_hidden()
    assert await tab.messages.first.get_attribute("data-seq") == "1"


async def test_p36_who_reads_further_up_is_not_pulled_down(visit: Visit) -> None:
    house = Played()
    for number in range(60):
        await house.says(BEN, f"message {number}")
    tab = await visit(house)
    await tab.page.locator("#scroller").hover()
    await tab.page.mouse.wheel(0, -1500)
    newest = tab.page.locator("#newest")
    await tab.until(f"{TO_END} > 500")
    await house.says(BEN, "one more")
    await expect(newest).to_contain_text("1 new item")
    assert (
        await tab.find("(s => s.scrollHeight - s.scrollTop - s.clientHeight)(document.getElementById('scroller'))")
        > 400
    )
    await newest.click()
    await expect(newest).to_be_hidden()
    await expect(tab.page.get_by_text("one more")).to_be_in_viewport()


async def test_p36_a_message_of_ten_thousand_lines_is_taken_and_drawn(visit: Visit) -> None:
    house = Played()
    await house.says(BEN, "\n".join("- [x] **so** _many_ `words` [here](https://a.example)" for _ in range(1800)))
    await house.says(BEN, "*" * 90_000)
    await house.says(BEN, "[" * 50_000 + "](" * 20_000)
    await house.says(BEN, "> " * 3000 + "deep\n" + "- " * 3000 + "deeper")
    tab = await visit(house)
    await expect(tab.messages).to_have_count(4)
    shortened = tab.page.get_by_role("button", name="Show the whole message")
    for left in range(await shortened.count(), 0, -1):
        await shortened.first.click()
        await expect(shortened).to_have_count(left - 1)
    await expect(tab.messages.first.locator("li")).to_have_count(1800)
