"""Everybody can use it: by keyboard, with a screen reader, on a phone, in the dark (P36)."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from agents.log.events import Said
from tests.browser.conftest import Visit
from tests.browser.house import CODER, PLANNER, Played, approval, evening
from tests.browser.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

AXE = Path(__file__).parents[2] / ".build" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN = ("", "floor", "budget", "people")


async def crowded() -> Played:
    house = Played(rooms=("web:lobby", "web:garden"))
    house.notices.put("engine", "Preparing the sandbox.", 0.4, "working")
    await evening(house)
    await house.happens(approval(CODER, "print(1)"), by=CODER)
    return house


async def nodes(tab: Tab) -> list[dict[str, Any]]:
    """The accessibility tree as a screen reader gets it."""
    session = await tab.page.context.new_cdp_session(tab.page)
    tree = await session.send("Accessibility.getFullAXTree")
    return [node for node in tree["nodes"] if not node.get("ignored")]


def role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value"))


def named(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", ""))


async def test_p36_everything_that_can_be_used_has_a_name(visit: Visit) -> None:
    tab = await visit(await crowded(), name="Ben")
    for pane in SHOWN[1:]:
        await tab.page.locator(f"[data-pane={pane}]").click()
        await expect(tab.page.locator("#pane-body")).not_to_be_empty()
        interactive = {"button", "link", "textbox", "combobox", "checkbox", "progressbar", "listbox", "log", "image"}
        nameless = [node for node in await nodes(tab) if role(node) in interactive and not named(node).strip()]
        assert nameless == []


async def test_p36_the_roles_of_a_chat_are_there_and_growing_text_is_not_read_out(visit: Visit) -> None:
    house = await crowded()
    tab = await visit(house, name="Ben")
    found = await nodes(tab)
    assert [named(node) for node in found if role(node) == "log"] == ["Conversation"]
    assert {"banner", "main", "navigation"} <= {role(node) for node in found}
    assert await tab.page.locator("#log").get_attribute("aria-live") == "polite"
    turn = await house.starts(PLANNER)
    await house.writes(PLANNER, turn, "Growing")
    await expect(tab.page.locator("#live .text")).to_have_text("Growing")
    assert await tab.page.locator("#live").get_attribute("aria-live") == "off"
    assert await tab.page.locator("#live article").get_attribute("aria-busy") == "true"
    await expect(tab.page.locator("#announce")).to_have_text("planner has the floor.")


async def test_p36_panes_open_and_close_by_keyboard_and_give_the_focus_back(visit: Visit) -> None:
    house = await crowded()
    tab = await visit(house, name="Ben")
    floor = tab.page.get_by_role("button", name="Floor")
    await floor.focus()
    await tab.page.keyboard.press("Enter")
    await expect(floor).to_have_attribute("aria-expanded", "true")
    await expect(tab.page.get_by_role("button", name="Close this pane")).to_be_focused()
    await expect(tab.page.locator("#pane")).to_contain_text("Nobody has the floor")
    await expect(tab.page.locator("#pane")).to_contain_text("The planner closes.")
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator("#pane")).to_be_hidden()
    await expect(floor).to_be_focused()


async def test_p7_the_floor_pane_follows_who_speaks(visit: Visit) -> None:
    house = await crowded()
    tab = await visit(house, name="Ben")
    await tab.page.get_by_role("button", name="Floor").click()
    await house.starts(CODER, "mentioned", "planner addressed it")
    await expect(tab.page.locator("#pane")).to_contain_text("has the floor since")
    await expect(tab.page.locator("#pane")).to_contain_text("Planner addressed it.")
    await tab.page.get_by_role("button", name="Who is next?").click()
    await expect(tab.page.locator(".private")).to_contain_text("coder is speaking (planner addressed it).")


async def test_p8_the_budget_pane_shows_money_and_tokens_of_every_agent(visit: Visit) -> None:
    tab = await visit(await crowded(), name="Ben")
    await tab.page.get_by_role("button", name="Budget").click()
    pane = tab.page.locator("#pane")
    await expect(pane.locator(".total")).to_have_text("$0.00805,522 tokens in this room so far")
    coder = pane.locator(".row", has_text="coder")
    await expect(coder).to_contain_text("$0.0049")
    await expect(coder).to_contain_text(
        "2 turns · 2,391 tokens · 2,110 in, 281 out · 512 cached · choosing it 216 tokens"
    )
    await expect(pane.locator(".row", has_text="runner")).to_contain_text("2 turns · no model call")


async def test_p36_focus_is_always_visible_and_goes_through_the_page_in_order(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    await house.turn(PLANNER, Said(text="Hello"))
    tab = await visit(house, name="Ben")
    await tab.page.locator(".skip").focus()
    order: list[str] = []
    for _ in range(14):
        await tab.page.keyboard.press("Tab")
        focus = await tab.find(
            "(e => [e.id || e.getAttribute('aria-label') || e.textContent.trim(),"
            " getComputedStyle(e).outlineStyle !== 'none' || e.id === 'write',"
            " e === document.body])(document.activeElement)"
        )
        if focus[2]:
            break
        order.append(focus[0])
        assert focus[1], f"{focus[0]} shows no focus"
    assert order[:4] == ["people", "Floor", "Budget", "scroller"]
    assert order.index("Why did planner speak here?") < order.index("write") < order.index("attach")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_p36_at_360_pixels_nothing_is_cut_off(visit: Visit, scheme: str) -> None:
    tab = await visit(await crowded(), name="Ben", viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for pane in SHOWN:
        if pane:
            await tab.page.locator(f"[data-pane={pane}]").click()
        widths = await tab.find(
            "[document.documentElement.scrollWidth, document.getElementById('scroller').scrollWidth]"
        )
        assert max(widths) <= 360
        beyond = await tab.find(
            "[...document.querySelectorAll('button, input, textarea, select')].filter((e) => e.offsetParent &&"
            " !e.closest('pre, .table')).filter((e) => e.getBoundingClientRect().right > 361).map((e) => e.outerHTML)"
        )
        assert beyond == []
        if pane:
            await tab.page.get_by_role("button", name="Close this pane").click()


async def test_p36_who_wants_no_motion_gets_none(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, reduced_motion="reduce")
    turn = await house.starts(CODER)
    await house.writes(CODER, turn, "Calm")
    await expect(tab.page.locator(".cursor")).to_be_attached()
    assert await tab.find("getComputedStyle(document.querySelector('.cursor')).animationName") == "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_p36_axe_finds_nothing_to_complain_about(visit: Visit, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not there: run `npm install --prefix .build axe-core` to have the page audited")
    house = await crowded()
    tab = await visit(house, name="Ben", color_scheme=scheme)
    await tab.say("A message of **mine**")
    turn = await house.starts(CODER)
    await house.writes(CODER, turn, "Growing `text`")
    await tab.page.evaluate(AXE.read_text("utf-8"))
    for pane in SHOWN:
        if pane:
            await tab.page.locator(f"[data-pane={pane}]").click()
            await expect(tab.page.locator("#pane-body")).not_to_be_empty()
        found = await tab.page.evaluate("axe.run({ resultTypes: ['violations'] })")
        problems = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found["violations"]]
        assert problems == [], json.dumps(problems, indent=1)


async def test_p44_another_room_is_opened_from_the_list(visit: Visit) -> None:
    house = Played(rooms=("web:lobby", "web:garden"))
    await house.says("person:web/ben", "in the lobby")
    await house.happens(Said(text="in the garden"), by="person:web/ben", room="web:garden")
    tab = await visit(house)
    await expect(tab.messages.locator(".text")).to_have_text("in the lobby")
    await tab.page.get_by_label("Room", exact=True).select_option("garden")
    await expect(tab.messages.locator(".text")).to_have_text("in the garden")
    assert await tab.page.title() == "garden · Tertulia"


async def test_p6_a_halt_is_shown_until_it_is_lifted(visit: Visit) -> None:
    tab = await visit(Played(), name="Ana")
    await tab.say("/halt")
    await expect(tab.page.locator("#halted")).to_contain_text("nobody speaks until somebody writes /resume")
    await tab.say("/resume")
    await expect(tab.page.locator("#halted")).to_be_hidden()
