"""P36: the web room in front of a house."""

import asyncio
from pathlib import Path

import pytest

from adapters.web import Notices
from agents.errors import WrongUse
from bots.webroom import LOBBY, SandboxCard, forwarding_hint, rooms_of, serve_web
from bots.wiring import House, Plan, open_house
from tests.unit.bots.standing import ECHO, NO_MODEL, loaded, nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")

CHANNELS = """
[[channels]]
match = ["web:garden", "slack:#data-team", "web:rooms-*"]
team = "coding"
[[channels]]
match = ["web:attic"]
team = "pair"
"""


async def got(address: str, path: str) -> bytes:
    """The whole answer to a request, over a socket."""
    port = int(address.split(":")[2].split("/")[0])
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answer


async def addressed(house: House, group: asyncio.TaskGroup) -> tuple[str, asyncio.Task[None]]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = group.create_task(serve_web(house, Notices(), ready.set_result))
    async with asyncio.timeout(10):
        return await ready, serving


async def test_p36_the_page_and_its_rooms_are_served_until_it_is_cancelled(tmp_path: Path) -> None:
    async with (
        open_house(loaded(tmp_path, NO_MODEL), Plan(team=ECHO)) as house,
        asyncio.TaskGroup() as group,
    ):
        address, serving = await addressed(house, group)
        page = await got(address, "/")
        assert page.startswith(b"HTTP/1.1 200")
        assert b"<html" in page
        about = await got(address, f"/api/rooms/{LOBBY}")
        assert about.startswith(b"HTTP/1.1 200")
        assert b"echo" in about
        serving.cancel()
        await asyncio.wait([serving])
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await got(address, "/")


async def test_p36_with_a_token_the_address_carries_it_and_nobody_comes_in_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_TOKEN", "letme1n")
    config = loaded(tmp_path, NO_MODEL, web='token = "env:WEB_TOKEN"')
    async with open_house(config, Plan(team=ECHO)) as house, asyncio.TaskGroup() as group:
        address, serving = await addressed(house, group)
        assert address.endswith("/?key=letme1n")
        assert (await got(address, "/api/rooms")).split()[1] in (b"401", b"403")
        serving.cancel()
    monkeypatch.delenv("WEB_TOKEN")
    with pytest.raises(WrongUse, match=r"\[web\] token .* WEB_TOKEN is not set"):
        await serve_web(house, Notices(), print)


@pytest.mark.parametrize(("config", "rooms"), [("", [LOBBY]), (CHANNELS, ["web:garden", "web:attic"])])
async def test_the_page_offers_the_rooms_that_the_config_names_else_the_lobby(
    tmp_path: Path, config: str, rooms: list[str]
) -> None:
    async with open_house(loaded(tmp_path, config), Plan(scripted=True)) as house:
        assert rooms_of(house) == rooms


def test_p27_the_card_follows_the_sandbox_and_goes_when_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    notices = Notices()
    card = SandboxCard(notices)
    for step, done in (("Building the image.", 0.2), ("Building the image.", 0.6)):
        card.show(step, done)
        (shown,) = notices.cards
        assert (shown.text, shown.progress, shown.level) == (step, done, "working")
    card.show("The image is there.", 1.0)
    assert notices.cards == ()
    assert capsys.readouterr().err == "Building the image.\nThe image is there.\n"


def test_p27_the_card_stays_as_a_warning_where_code_is_not_run() -> None:
    notices = Notices()
    SandboxCard(notices).show("Code is shown and not run: no Docker engine answers.", 1.0)
    (shown,) = notices.cards
    assert (shown.level, shown.progress) == ("warning", None)


def test_over_ssh_people_are_told_how_to_see_the_page() -> None:
    here = {"SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22"}
    assert "ssh -N -L 8765:127.0.0.1:8765" in forwarding_hint("http://127.0.0.1:8765/?key=x", here)
    assert forwarding_hint("http://127.0.0.1:8765/", {}) == ""
