"""One tab of a browser, as a person uses it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

expect.set_options(timeout=15_000)


@dataclass
class Tab:
    """A page with what went wrong in it."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    may_lose_connection: bool = False

    @property
    def field(self) -> Locator:
        return self.page.locator("#write")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#log .message")

    async def join(self, name: str) -> None:
        """Take a seat."""
        await self.page.fill("#name", name)
        await self.page.press("#name", "Enter")
        await self.ready()
        await expect(self.field).to_be_focused()

    async def ready(self) -> None:
        """The stream is open and what the log held is there."""
        await expect(self.page.locator("#connection")).to_have_class("live")

    async def say(self, text: str) -> None:
        """Write and send; it is in the log when this returns."""
        await self.field.fill(text)
        await self.field.press("Enter")
        await expect(self.field).to_have_value("")

    async def paste(self, text: str) -> None:
        """Paste it into the message field."""
        await self.page.evaluate(
            """(text) => {
              const data = new DataTransfer();
              data.setData("text/plain", text);
              const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
              document.getElementById("write").dispatchEvent(event);
            }""",
            text,
        )

    async def texts(self) -> list[str]:
        return [text.strip() for text in await self.page.locator("#log .message > .body > .text").all_inner_texts()]

    async def find(self, script: str) -> Any:
        return await self.page.evaluate(script)

    async def until(self, condition: str) -> None:
        """Wait for a condition in JavaScript, looked at once a frame."""
        async with asyncio.timeout(20):
            await self.page.evaluate(
                "new Promise((done) => { const look = () => "
                f"({condition}) ? done() : requestAnimationFrame(look); look(); }})"
            )

    def heard(self, message: ConsoleMessage) -> None:
        lost = self.may_lose_connection and ("net::ERR_" in message.text)
        refused = "the server responded with a status of" in message.text
        if message.type in ("error", "warning") and not lost and not refused:
            self.problems.append(message.text)


@asynccontextmanager
async def open_tab(browser: Browser, address: str, **context: Any) -> AsyncGenerator[Tab]:
    """A tab of a browser that nobody used before. Whatever its console complains about fails the test."""
    own = await browser.new_context(locale="en-GB", timezone_id="UTC", **context)
    own.set_default_timeout(20_000)
    page = await own.new_page()
    tab = Tab(page, address)
    page.on("console", tab.heard)
    page.on("pageerror", lambda error: tab.problems.append(str(error)))
    await page.goto(address)
    await tab.ready()
    yield tab
    await own.close()
    assert tab.problems == [], tab.problems
