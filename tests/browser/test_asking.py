"""Questions and approvals as cards: answered by click or by keyboard, and then they say so (P26, C5)."""

import pytest
from playwright.async_api import expect

from agents.log.events import Answered, Asked
from tests.browser.conftest import Visit
from tests.browser.house import CODER, PLANNER, ROOM, Played, approval

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def answers(house: Played) -> list[Answered]:
    return [record.event for record in await house.ports.store.log.read(ROOM) if isinstance(record.event, Answered)]


async def test_c5_a_question_is_answered_by_a_click_and_stays_as_answered_for_everybody(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    ana, ben = await visit(house, name="Ana"), await visit(house, name="Ben")
    asked = await house.happens(Asked(text="The *average* too?", options=("Yes", "No")), by=PLANNER)
    await ana.page.get_by_role("button", name="Yes").click()
    for tab in (ana, ben):
        await expect(tab.page.locator(".ask.answered .verdict")).to_contain_text("Ana chose Yes")
        await expect(tab.page.locator(".ask.answered .chosen")).to_have_text("Yes")
        await expect(tab.page.locator(".ask button")).to_have_count(0)
    assert await answers(house) == [Answered(question=asked, option="Yes")]
    late = await visit(house)
    await expect(late.page.locator(".ask.answered .verdict")).to_contain_text("Ana chose Yes")


async def test_c5_a_question_is_answered_by_keyboard_alone(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, name="Ana")
    asked = await house.happens(Asked(text="Which colour?", options=("Ochre", "Olive")), by=PLANNER)
    await expect(tab.page.get_by_role("button", name="Olive")).to_be_visible()
    for _ in range(12):
        await tab.page.keyboard.press("Shift+Tab")
        if await tab.find("document.activeElement.textContent") == "Olive":
            break
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".verdict")).to_contain_text("Ana chose Olive")
    await expect(tab.field).to_be_focused()
    assert await answers(house) == [Answered(question=asked, option="Olive")]


async def test_c5_a_question_is_answered_in_ones_own_words(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    asked = await house.happens(Asked(text="What shall it be called?"), by=PLANNER)
    await tab.page.get_by_role("textbox", name="Your answer").fill("Rain in Madrid")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".verdict")).to_contain_text("Ana answered: Rain in Madrid")
    assert await answers(house) == [Answered(question=asked, text="Rain in Madrid")]


async def test_c5_a_question_put_to_one_person_cannot_be_answered_by_another(visit: Visit) -> None:
    house = Played()
    ana, ben = await visit(house, name="Ana"), await visit(house, name="Ben")
    await ana.say("Hello")
    await house.happens(Asked(text="Ana?", options=("Yes",), of=("person:web/ana",)), by=PLANNER)
    await expect(ben.page.locator(".ask .hint")).to_contain_text("Only Ana can answer.")
    await expect(ben.page.get_by_role("button", name="Yes")).to_be_disabled()
    await ana.page.get_by_role("button", name="Yes").click()
    await expect(ben.page.locator(".verdict")).to_contain_text("Ana chose Yes")


async def test_c5_time_that_ran_out_is_shown(visit: Visit) -> None:
    house = Played()
    asked = await house.happens(Asked(text="Anybody?", options=("Yes",), deadline=1_795_400_000.0), by=PLANNER)
    tab = await visit(house)
    await expect(tab.page.locator(".ask .hint")).to_contain_text("Open until 02:13.")
    await house.happens(Answered(question=asked, expired=True))
    await expect(tab.page.locator(".verdict")).to_contain_text("Nobody answered in time.")


async def test_p26_code_is_approved_with_a_button(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    asked = await house.happens(approval(CODER, "print(1)"), by=CODER)
    tab = await visit(house, name="Ana")
    await expect(tab.page.locator(".ask .code code")).to_have_text("print(1)")
    await tab.page.get_by_role("button", name="Approve").click()
    await expect(tab.page.locator(".verdict")).to_contain_text("Ana chose Approve")
    assert await answers(house) == [Answered(question=asked, option="Approve")]


async def test_p26_code_is_changed_before_it_runs(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    asked = await house.happens(approval(CODER, "print(1)"), by=CODER)
    tab = await visit(house, name="Ana")
    await tab.page.get_by_role("button", name="Edit", exact=True).click()
    field = tab.page.get_by_role("textbox", name="The code to run instead")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("print(1)")
    await field.fill("print(2)")
    await tab.page.get_by_role("button", name="Run this instead").click()
    await expect(tab.page.locator(".verdict")).to_contain_text("Ana chose Edit")
    assert await answers(house) == [Answered(question=asked, option="Edit", text="print(2)")]


async def test_p26_a_second_click_elsewhere_is_told_who_was_first(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    asked = await house.happens(Asked(text="Shall I?", options=("Yes",)), by=PLANNER)
    button = tab.page.get_by_role("button", name="Yes")
    await expect(button).to_be_visible()
    tab.may_lose_connection = True
    await tab.page.context.route("**/stream*", lambda route: route.abort())
    async with visit.down(house):
        await house.happens(Answered(question=asked, option="Yes"), by="person:web/ben")
    await button.click()
    await expect(tab.page.locator(".ask .problem")).to_contain_text("has already answered: Yes.")


async def test_p36_questions_that_wait_can_be_answered_in_the_floor_pane(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, name="Ana")
    asked = await house.happens(Asked(text="Go on?", options=("Go on", "End")), by=PLANNER)
    await tab.page.get_by_role("button", name="Floor").click()
    await tab.page.locator("#pane").get_by_role("button", name="Go on").click()
    await expect(tab.page.locator("#log .verdict")).to_contain_text("Ana chose Go on")
    await expect(tab.page.locator("#pane .ask")).to_have_count(0)
    assert await answers(house) == [Answered(question=asked, option="Go on")]
