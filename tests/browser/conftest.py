"""A real Chromium for the tests of the page; they are skipped, and say so, where there is none."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.house import Played
from tests.browser.tab import Tab, open_tab

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Visit:
    """`await visit(house)`: serve the house, open it in a tab of its own; all of it ends with the test."""

    def __init__(self, browser: Browser, stack: AsyncExitStack):
        self._browser, self._stack = browser, stack
        self._servers: dict[int, tuple[AsyncExitStack, str]] = {}

    async def __call__(self, house: Played, *, name: str = "", **context: Any) -> Tab:
        if id(house) not in self._servers:
            await self._serve(house, 0)
        address = self._servers[id(house)][1]
        tab = await self._stack.enter_async_context(open_tab(self._browser, address, **context))
        if name:
            await tab.join(name)
        return tab

    @asynccontextmanager
    async def down(self, house: Played) -> AsyncGenerator[None]:
        """The house's server is gone for as long as the block lasts; its store stays."""
        server, address = self._servers[id(house)]
        await server.aclose()
        yield
        await self._serve(house, int(address.rstrip("/").rpartition(":")[2]))

    async def _serve(self, house: Played, port: int) -> None:
        server = await self._stack.enter_async_context(AsyncExitStack())
        address = await server.enter_async_context(house.serving(port))
        assert not port or f":{port}/" in address
        self._servers[id(house)] = server, address


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def chromium() -> AsyncGenerator[Browser]:
    if not CHROMIUM.exists():  # noqa: ASYNC240 (once, before anything runs)
        pytest.skip(f"{CHROMIUM} is not there: the web room is NOT tested in a browser; install Debian's chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="package")
async def visit(chromium: Browser) -> AsyncGenerator[Visit]:
    async with AsyncExitStack() as stack:
        yield Visit(chromium, stack)
