"""Writes docs/discord-transcript.md: the `coding` team in a channel, as a fake Discord received and showed it.

Run it as ``python -m tests.adapters.discord.transcript``. Nothing of the page is written by hand but its head.
"""

import asyncio
import re
import tempfile
from pathlib import Path

import pytest

from agents.log.files import NamedFile
from agents.ports import RunResult
from agents.testing import FakeSandbox
from bots.wiring import Plan
from tests.adapters.discord.serving import Server, a_server
from tests.adapters.pages import changed, quoted
from tests.fakes.discord.values import FakeChannel, FakeMessage, FakeUser

PAGE = Path(__file__).parents[3] / "docs" / "discord-transcript.md"

_HEAD = """\
# A conversation in Discord

<!-- Written by python -m tests.adapters.discord.transcript; a test holds it against a new run. -->

The ready-made `coding` team in the channel #data-team, as a Discord on this machine received and showed it. Tertulia,
its store and discord.py are real; Discord itself, the model and the sandbox are played. The coder is a bot of its own,
the others speak through a webhook of the host bot. With `[sandbox] approval = "always"` a person decides before code
runs: Bob may, Ana may not.
"""

_PLOT = NamedFile(name="sin.png", media_type="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(64))
_RAN = RunResult(status="ok", exit_code=0, output="saved sin.png: 400 points between -1.00 and 1.00\n", files=(_PLOT,))
_MENTION = re.compile(r"<@(\d+)>")


class Scene:
    """What happens in a channel and a thread of it, in the order in which it can be seen there."""

    def __init__(self, server: Server):
        self._server = server
        self._seen: dict[int, str] = {}
        self._told: dict[int, int] = {}
        self.lines: list[str] = []

    async def asks(self, user: FakeUser, text: str, channel: FakeChannel) -> FakeChannel:
        """A person writes in the channel; the thread that this opens."""
        message = await self._server.say(text, user, channel)
        thread = await self._server.thread(message)
        self.lines += [f"**{user.name}** in #{channel.name}:", quoted(self._named(text))]
        self.lines.append(f"In the thread *{self._named(thread.name)}*:")
        return thread

    async def presses(self, user: FakeUser, card: FakeMessage, label: str) -> None:
        """A person presses a button."""
        self.lines.append(f"*{user.name} presses {label}.*")
        await self._server.fake.click(user, card.channel, card.id, buttons(card)[label])

    def look(self, thread: FakeChannel) -> None:
        """What became new since the last look: messages, changes of them, and words for one person alone."""
        for message in self._server.answers(thread):
            shown, known = self._named(_shown(message)), self._seen.get(message.id)
            if known is None:
                self.lines += [f"{self._author(message)}:", quoted(shown)]
            elif shown != known:
                self.lines += [f"{self._author(message)}, the same message now:", quoted(changed(known, shown))]
            self._seen[message.id] = shown
        for user in (self._server.ana, self._server.bob):
            whispers = self._server.fake.whispers(user)
            for one in whispers[self._told.get(user.id, 0) :]:
                self.lines += [f"*Only {user.name} sees:*", quoted(one.content)]
            self._told[user.id] = len(whispers)

    def _author(self, message: FakeMessage) -> str:
        if message.webhook_id is not None:
            return f"**{message.author_name}**, through the webhook"
        is_host = message.author_id == self._server.host.user_id
        return f"**{message.author_name}**, {'the host bot' if is_host else 'a bot of its own'}"

    def _named(self, text: str) -> str:
        users = self._server.fake.world.users
        return _MENTION.sub(lambda found: f"@{users[int(found[1])].name}", text)


def buttons(message: FakeMessage) -> dict[str, str]:
    """The ids of a message's buttons, by what stands on them."""
    return {one["label"]: one["custom_id"] for row in message.components for one in row["components"]}


def _shown(message: FakeMessage) -> str:
    rows = [message.content.rstrip()]
    rows += [f"📎 `{file.name}`, {len(file.content)} bytes" for file in message.attachments]
    rows += [" ".join(f"`[ {label} ]`" for label in buttons(message))] if message.components else []
    return "\n\n".join(row for row in rows if row)


async def conversation(folder: Path) -> str:
    """The page, from a run that keeps what it must in ``folder``."""
    with pytest.MonkeyPatch.context() as patch:

        async def played(*_: object) -> FakeSandbox:
            return FakeSandbox(lambda block: _RAN)

        patch.setattr("bots.wiring._sandbox", played)
        extra = '[sandbox]\napproval = "always"'
        async with a_server(folder, own=["coder"], team="coding", extra=extra) as server:
            server.plan = Plan(scripted=True)
            channel = server.guild.add_channel("data-team", category="Projects")
            async with server.serving():
                return await _played(server, channel)


async def _played(server: Server, channel: FakeChannel) -> str:
    fake, scene = server.fake, Scene(server)
    thread = await scene.asks(server.ana, f"{server.host.mention} plot sin(x) from 0 to 10", channel)
    await fake.until(lambda: any("Approve" in buttons(one) for one in server.answers(thread)), 20)
    scene.look(thread)
    (card,) = (one for one in server.answers(thread) if "Approve" in buttons(one))
    await scene.presses(server.ana, card, "Approve")
    await fake.until(lambda: fake.whispers(server.ana))
    scene.look(thread)
    await scene.presses(server.bob, card, "Approve")
    await fake.until(lambda: not card.components)
    await fake.until(lambda: any("Finished." in one for one in server.words(thread)), 20)
    scene.look(thread)
    assert server.answers(channel) == []
    return "\n\n".join([_HEAD.rstrip(), *scene.lines]) + "\n"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(asyncio.run(conversation(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
