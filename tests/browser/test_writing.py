"""The composer: completion, files, and nothing lost (P36)."""

import asyncio

import pytest
from playwright.async_api import expect

from agents.log.events import Said
from tests.browser.conftest import Visit
from tests.browser.house import ROOM, Played, chart

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def said_in(house: Played) -> list[str]:
    records = await house.ports.store.log.read(ROOM, limit=20_000)
    return [record.event.text for record in records if isinstance(record.event, Said)]


async def test_p16_commands_complete_with_their_help(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.page.keyboard.type("/st")
    options = tab.page.get_by_role("option")
    await expect(options).to_contain_text(["/stop", "/status"])
    await expect(options.nth(1)).to_contain_text("Show who speaks")
    await tab.page.keyboard.press("ArrowDown")
    await expect(tab.field).to_have_attribute("aria-activedescendant", "choice-1")
    await tab.page.keyboard.press("Tab")
    await expect(tab.field).to_have_value("/status ")
    await expect(options).to_have_count(0)
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".private")).to_contain_text("Nobody is speaking; write something.")
    assert await said_in(house) == []


async def test_p16_a_command_that_is_written_out_is_sent_by_enter(visit: Visit) -> None:
    tab = await visit(Played(), name="Ana")
    await tab.page.keyboard.type("/next")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".private")).to_contain_text("Nobody is speaking")
    await tab.page.get_by_role("button", name="Dismiss").click()
    await expect(tab.page.locator(".private")).to_have_count(0)


async def test_p16_a_command_that_does_not_exist_is_explained_and_stays(visit: Visit) -> None:
    tab = await visit(Played(), name="Ana")
    await tab.page.keyboard.type("/hlat")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#problem")).to_contain_text("did you mean /halt?")
    await expect(tab.field).to_have_value("/hlat")


async def test_c28_an_export_is_offered_as_a_download(visit: Visit) -> None:
    tab = await visit(Played(), name="Ana")
    await tab.say("For the record")
    await tab.say("/export jsonl")
    async with tab.page.expect_download() as download:
        await tab.page.get_by_role("link", name="conversation.jsonl").click()
    content = (await (await download.value).path()).read_text("utf-8")
    assert "For the record" in content


async def test_c6_names_complete_after_an_at_sign(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house, name="Ana")
    await tab.page.keyboard.type("Dear @re")
    await expect(tab.page.get_by_role("option")).to_contain_text(["@reviewer"])
    await tab.page.keyboard.press("Enter")
    await expect(tab.field).to_have_value("Dear @reviewer ")
    await tab.page.keyboard.type("ana@re")
    await expect(tab.page.get_by_role("option")).to_have_count(0)
    await tab.page.keyboard.press("Escape")


async def test_p36_shift_enter_begins_a_line_and_enter_sends(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.page.keyboard.type("one")
    await tab.page.keyboard.press("Shift+Enter")
    await tab.page.keyboard.type("two")
    await tab.page.keyboard.press("Enter")
    await expect(tab.messages).to_have_count(1)
    assert await said_in(house) == ["one\ntwo"]


async def test_p36_a_message_that_is_too_long_is_explained_and_kept(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    text = "a long line of words\n" * 50_000
    await tab.page.evaluate(
        """(text) => {
          const field = document.getElementById("write");
          field.value = text;
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }""",
        text,
    )
    await tab.field.press("Enter")
    await expect(tab.page.locator("#problem")).to_contain_text("one holds at most 100,000; attach it as a file instead")
    assert await tab.find("document.getElementById('write').value.length") == len(text)
    assert await said_in(house) == []


async def test_p36_a_long_message_is_shown_from_its_beginning_and_whole_on_demand(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.paste("\n".join(f"line {number}" for number in range(8000)))
    await tab.field.press("Enter")
    await expect(tab.messages).to_contain_text("line 1")
    await expect(tab.messages).not_to_contain_text("line 7999")
    await tab.page.get_by_role("button", name="Show the whole message").click()
    await expect(tab.messages).to_contain_text("line 7999")


async def test_p36_a_paste_that_is_too_long_for_a_message_becomes_a_file(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.paste("one of many lines\n" * 10_000)
    await expect(tab.page.locator("#attached")).to_contain_text("pasted.txt180 KB")
    await expect(tab.page.locator("#attached .spinner")).to_have_count(0)
    await expect(tab.field).to_have_value("")
    await tab.field.press("Enter")
    await expect(tab.messages.locator(".file")).to_contain_text("pasted.txt")


async def test_p24_a_pasted_picture_is_sent_with_the_message(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.page.evaluate(
        """(bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "rain.png", { type: "image/png" }));
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.getElementById("write").dispatchEvent(event);
        }""",
        list(chart(64, 64)),
    )
    await expect(tab.page.locator("#attached")).to_contain_text("rain.png")
    await expect(tab.page.locator("#attached .spinner")).to_have_count(0)
    await tab.field.press("Enter")
    await tab.until("document.querySelector('#log .files img')?.naturalWidth === 64")
    await expect(tab.page.locator("#attached li")).to_have_count(0)


async def test_p24_a_file_can_be_chosen_and_removed(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.page.set_input_files(
        "#file",
        [
            {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"},
            {"name": "b.txt", "mimeType": "text/plain", "buffer": b"bb"},
        ],
    )
    await expect(tab.page.locator("#attached li")).to_have_count(2)
    await tab.page.get_by_role("button", name="Remove a.txt").click()
    await expect(tab.page.locator("#attached .spinner")).to_have_count(0)
    await tab.field.press("Enter")
    await expect(tab.messages.locator(".file")).to_have_text(["b.txt2 bytes"])


async def test_p36_a_reload_keeps_the_name_and_what_was_not_sent(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.say("Sent")
    await tab.page.keyboard.type("not yet sent")
    await tab.page.reload()
    await tab.ready()
    await expect(tab.field).to_have_value("not yet sent")
    await tab.field.press("Enter")
    await expect(tab.messages.locator(".name")).to_have_text(["Ana", "Ana"])


async def test_p36_a_name_that_is_an_agents_is_refused_in_the_page(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    tab = await visit(house)
    await tab.page.fill("#name", "coder")
    await tab.page.press("#name", "Enter")
    await expect(tab.page.locator("#join-problem")).to_contain_text("coder is an agent's name here")


async def test_p36_a_person_whom_the_house_forgot_is_entered_again(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    house.ports = Played().ports
    tab.may_lose_connection = True
    async with visit.down(house):
        pass
    await tab.page.reload()
    await tab.ready()
    await tab.say("Here again")
    await expect(tab.messages.locator(".name")).to_have_text("Ana")


async def test_p36_nothing_is_sent_twice_while_the_first_is_on_its_way(visit: Visit) -> None:
    house = Played()
    tab = await visit(house, name="Ana")
    await tab.field.fill("Once")
    await asyncio.gather(tab.field.press("Enter"), tab.field.press("Enter"), tab.field.press("Enter"))
    await expect(tab.messages).to_have_count(1)
    assert await said_in(house) == ["Once"]
