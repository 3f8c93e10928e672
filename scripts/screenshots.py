"""Renders docs/images from the real thing: a house with its web room, the demo's script, a sandbox, and Chromium.

Run it as ``python -m scripts.screenshots``; it needs a Docker engine and Debian's Chromium.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from adapters.web import Notices
from bots.config import Config, Loaded
from bots.config.tables import StoreTable, WebTable
from bots.process import run
from bots.webroom import SandboxCard, serve_web
from bots.wiring import Plan, open_house

IMAGES = Path(__file__).parents[1] / "docs" / "images"
TALL = 1760
"""Pixels that show the whole conversation."""

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def _shoot(page: Page, name: str) -> None:
    await page.wait_for_timeout(600)
    await page.screenshot(path=IMAGES / f"{name}.png")


async def _join(browser: Browser, url: str, name: str, scheme: Literal["dark", "light"]) -> Page:
    context = await browser.new_context(viewport={"width": 1180, "height": 900}, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(url)
    await page.fill("input", name)
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(500)
    return page


async def _pictures(url: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await _join(browser, url, "Ana", "light")
        await _shoot(page, "first-screen")
        await page.get_by_role("button", name="plot sin").first.click()
        await page.wait_for_selector("img[src*=files]", timeout=180_000)
        await page.set_viewport_size({"width": 1180, "height": TALL})
        await page.wait_for_timeout(2_500)
        await _shoot(page, "room")
        dark = await _join(browser, url, "Ben", "dark")
        await dark.wait_for_timeout(1_000)
        await _shoot(dark, "room-dark")
        await browser.close()


async def _main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    notices = Notices()
    with tempfile.TemporaryDirectory() as folder:
        store = StoreTable(path=str(Path(folder, "room.db")))
        loaded = Loaded(config=Config(store=store, web=WebTable(port=0)))
        plan = Plan(scripted=True, demo=True, starts_engine=True, progress=SandboxCard(notices).show)
        async with open_house(loaded, plan) as house:
            address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(serve_web(house, notices, address.set_result)),
                    group.create_task(house.serve()),
                ]
                await _pictures(await address)
                for task in tasks:
                    task.cancel()
    return 0


if __name__ == "__main__":
    run(_main())
