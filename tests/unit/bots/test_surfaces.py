"""What stands between a house and the people at this machine: P32, P43."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.log.events import Said, TurnStarted
from agents.log.records import Entry, Record
from agents.ports import Draft, OpenDraft, Ports
from agents.testing import memory_ports, until
from bots.bindings import HERE
from bots.surfaces import BATCH, Follower, faces, terminal
from bots.wiring import Plan, open_house
from tests.unit.bots.standing import ANA, ECHO, NO_MODEL, loaded, nowhere  # noqa: F401 (a fixture)

ROOM = "terminal:here"


class Screen:
    """A display that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.drafts: list[str] = []

    def show(self, record: Record) -> None:
        self.records.append(record)

    def show_draft(self, draft: OpenDraft) -> None:
        self.drafts.append(draft.draft.text)

    @property
    def texts(self) -> list[str]:
        return [record.event.text for record in self.records if isinstance(record.event, Said)]


async def say(ports: Ports, *texts: str) -> int:
    entries = [Entry(event=Said(text=text), by=ANA.id) for text in texts]
    return (await ports.store.log.append(ROOM, entries))[-1].seq


@asynccontextmanager
async def running(follower: Follower) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(follower.run())
        yield
        task.cancel()


async def test_p32_what_was_said_before_is_shown_and_then_what_comes() -> None:
    ports, screen = memory_ports(), Screen()
    await say(ports, "one", "two")
    follower = Follower(ports, ROOM, screen)
    async with running(follower):
        await follower.until(2)
        assert screen.texts == ["one", "two"]
        await follower.until(await say(ports, "three"))
        assert screen.texts == ["one", "two", "three"]


async def test_p32_what_was_shown_already_is_not_shown_again() -> None:
    ports, screen = memory_ports(), Screen()
    shown = await say(ports, "old")
    follower = Follower(ports, ROOM, screen, after=shown)
    await follower.until(shown)
    async with running(follower):
        await follower.until(await say(ports, "new"))
    assert screen.texts == ["new"]


async def test_a_long_room_is_shown_to_its_end() -> None:
    ports, screen = memory_ports(), Screen()
    texts = [f"message {number}" for number in range(BATCH + 3)]
    head = await say(ports, *texts)
    follower = Follower(ports, ROOM, screen)
    async with running(follower):
        await follower.until(head)
    assert screen.texts == texts


async def test_p22_growing_text_is_shown_while_it_grows() -> None:
    ports, screen = memory_ports(), Screen()
    async with running(Follower(ports, ROOM, screen)):
        for text in ("Hel", "Hello"):
            await ports.store.drafts.write(
                OpenDraft(
                    room=ROOM, started=TurnStarted(speaker="agent:coder", upto=1, rung=""), draft=Draft(text=text)
                )
            )
            await until(lambda: screen.drafts[-1:] == [text])  # noqa: B023 (waited for in this round)


async def test_waiting_for_what_never_comes_ends_after_its_time() -> None:
    follower = Follower(memory_ports(), ROOM, Screen())
    async with running(follower):
        with pytest.raises(TimeoutError):
            await follower.until(1, seconds=0.01)


@pytest.mark.usefixtures("nowhere")
async def test_whoever_is_here_talks_and_commands_and_sees_the_teams_faces(tmp_path: Path) -> None:
    async with open_house(loaded(tmp_path, NO_MODEL), Plan(team=ECHO)) as house:
        assert {"help", "stop", "halt", "use"} <= {verb for verb, _ in house.door.commands()}
        assert await house.door.enter(ROOM, ANA, Said(text="hello"), source="web:1", groups=(HERE,)) is None
        note = await house.door.enter(ROOM, ANA, Said(text="/halt"), source="web:2", groups=(HERE,))
        assert note is not None
        assert note.text.startswith("Halted")
        assert [profile.name for profile in faces(house, ROOM)] == ["echo", "closer"]
        assert list(faces(house, "slack:T1/C1")) == []


async def test_p35_the_terminal_shows_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    ports = memory_ports()
    (record,) = await ports.store.log.append(ROOM, [Entry(event=Said(text="the key is s3cret"), by=ANA.id)])
    terminal(lambda text: text.replace("s3cret", "***")).show(record)
    shown = capsys.readouterr().out
    assert "the key is ***" in shown
    assert "\x1b" not in shown
