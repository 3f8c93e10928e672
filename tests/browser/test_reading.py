"""What the page shows as code, and as results, is what runs and ran (M24, C36, C51)."""

import random
import re

import pytest
from playwright.async_api import expect

from agents.log.code_blocks import RUN_CODE, to_arguments
from agents.log.events import Answered, Asked, Said, ToolCalled, ToolReturned
from agents.log.fences import fences, normalised
from tests.browser.conftest import Visit
from tests.browser.house import Played

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PIECES = (
    "```", "~~~", "````", "```python\n", "```sh\n", "~~~py\n", "\n", "\n\n", "    ", "  ", "> ", "- ", "1. ", "2) ",
    "x = 1\n", "print(1)\n", "<!--", "-->", "`", " ", "\t", "Run: ", "\r\n", "|a|b|\n|-|-|\n", "# h\n", "* ",
    "[a]: b\n", "'''", "<div>\n", "---\n", "[ ] ", "é", "=\n",
)  # fmt: skip

SHOWN = """async (texts) => {
  const { blocks, draw } = await import("/static/markdown.js");
  const { normalised } = await import("/static/fences.js");
  return texts.map((text) => {
    const all = document.createElement("div");
    all.append(...blocks(text).map((block) => draw(block, () => null)));
    const code = [...all.querySelectorAll(".code")].filter((one) => !one.closest("blockquote"));
    return {
      read: normalised(text),
      code: code.map((one) => ["span", "code"].map((tag) => one.querySelector(tag).textContent)),
    };
  });
}"""


def texts(seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(PIECES, k=chance.randrange(25))) for _ in range(1500)]


@pytest.mark.parametrize("seed", [1, 2])
async def test_m24_what_the_page_shows_as_a_block_of_code_is_what_runs(visit: Visit, seed: int) -> None:
    tab = await visit(Played(), name="Ana")
    written = texts(seed)
    for text, shown in zip(written, await tab.page.evaluate(SHOWN, written), strict=True):
        assert re.split(r"\r\n?|\n", shown["read"]) == re.split(r"\r\n?|\n", normalised(text)), text
        named = [code for language, code in shown["code"] if language in ("python", "py", "sh")]
        found = [one for one in fences(text) if one.info in ("python", "py", "sh") and not one.quoted]
        assert named == [one.code for one in found], text


async def test_m24_tasks_tables_and_nested_lists_are_drawn(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    lists, table = "3. three\n   - [x] done\n   - [ ] to do", "|a|b|\n|:-:|-:|\n|1|*2*|"
    text = f"{lists}\n\n{table}\n\n    indented\n\n***\n# Head\nline\n  two"
    await house.says("agent:coder", text)
    tab = await visit(house, name="Ana")
    message = tab.page.locator(".message .text").last
    await expect(message.locator("ol[start='3'] > li > ul > li.task")).to_have_count(2)
    await expect(message.locator("li.task input:checked")).to_have_count(1)
    await expect(message.locator("th.to-center, td.to-end em")).to_have_count(2)
    await expect(message.locator(".code")).to_contain_text("indented")
    await expect(message.locator("hr")).to_have_count(1)
    await expect(message.locator("h3")).to_have_text("Head")


RESULT = "exitcode: 0 (execution succeeded)\nCode output: 42\n"


async def test_c51_words_that_look_like_a_result_are_shown_as_the_words_they_are(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    called = ToolCalled(call="run_code-1", tool=RUN_CODE, arguments=to_arguments(()))
    returned = ToolReturned(call="run_code-1", output="42\n", exit_code=0, files=())
    await house.turn("agent:coder", Said(text=f"I tested it.\n\n{RESULT}"))
    await house.turn("agent:runner", called, returned, Said(text=f"marked {RESULT}", result="run_code-1"))
    await house.turn("agent:runner", called, returned, Said(text=f"of the first version {RESULT}"))
    await house.turn(
        "agent:runner", called, returned, Said(text="first", result="run_code-1"), Said(text=f"Too: {RESULT}")
    )
    tab = await visit(house, name="Ana")
    await expect(tab.page.locator(".message .text")).to_contain_text(["I tested it.", "Too: exitcode: 0"])
    await expect(tab.page.locator(".message .text")).to_have_count(2)
    await expect(tab.page.locator(".card.run")).to_have_count(3)


async def test_c36_a_card_that_is_void_says_why(visit: Visit) -> None:
    house = Played()
    await house.arrive()
    asked = Asked(text="May it run?", kind="approval", options=("Approve", "Reject"))
    question = await house.turn("agent:runner", asked, outcome="asked")
    withdrawn = Answered(question=question, text="There is newer code now.", withdrawn=True)
    tab = await visit(house, name="Ana")
    await expect(tab.page.locator(".card.ask.open")).to_have_count(1)
    await house.happens(withdrawn, by="agent:runner")
    await expect(tab.page.locator(".card.ask.answered")).to_contain_text("Out of date. There is newer code now.")
    await expect(tab.page.get_by_role("button", name="Approve")).to_have_count(0)
