"""Writes docs/slack-transcript.md: the `coding` team in a channel, as a fake Slack received and showed it.

Run it as ``python -m tests.adapters.slack.transcript``. Nothing of the page is written by hand but its head.
"""

import asyncio
import re
import tempfile
from pathlib import Path

import pytest

from agents.log.files import NamedFile
from agents.ports import RunResult
from agents.testing import FakeSandbox
from tests.adapters.pages import changed, quoted
from tests.adapters.slack.living import World, workspace
from tests.adapters.slack.stages import buttons, texts
from tests.fakes.slack import FakeMessage

PAGE = Path(__file__).parents[3] / "docs" / "slack-transcript.md"

_HEAD = """\
# A conversation in Slack

<!-- Written by python -m tests.adapters.slack.transcript; a test holds it against a new run. -->

The ready-made `coding` team in the channel #data-team, as a Slack on this machine received and showed it. Tertulia, its
store and Slack's libraries are real; Slack itself, the model and the sandbox are played. The coder is an app of its
own, the others borrow a name and a face from the host app. With `[sandbox] approval = "always"` a person decides
before code runs: Ana may, Ben may not.
"""

_PLOT = NamedFile(name="sin.png", media_type="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(64))
_RAN = RunResult(status="ok", exit_code=0, output="saved sin.png: 400 points between -1.00 and 1.00\n", files=(_PLOT,))
_EMOJI = {":compass:": "🧭", ":gear:": "⚙️", ":mag:": "🔍"}
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")


class Scene:
    """What happens in a channel, in the order in which it can be seen there."""

    def __init__(self, world: World):
        self._world = world
        self._seen: dict[str, str] = {}
        self._told = 0
        self.lines: list[str] = []

    async def asks(self, user: str, text: str) -> str:
        """A person writes in the channel; the thread that this begins."""
        root = await self._world.slack.say(self._world.channel, user, text)
        self.lines += [f"**{self._name(user)}** in #data-team:", quoted(self._named(text)), "In the thread below:"]
        return root

    async def presses(self, user: str, card: FakeMessage, label: str) -> None:
        """A person presses a button."""
        found = {one["text"]["text"]: one["action_id"] for one in self._world.slack.buttons(card.channel, card.ts)}
        self.lines.append(f"*{self._name(user)} presses {label}.*")
        await self._world.slack.click(user, card.channel, card.ts, action_id=str(found[label]))

    def look(self) -> None:
        """What became new since the last look: messages, changes of them, and words for one person alone."""
        for message in self._world.said():
            shown, known = _shown(message), self._seen.get(message.ts)
            if known is None:
                self.lines += [f"{self._author(message)}:", quoted(shown)]
            elif shown != known:
                self.lines += [f"{self._author(message)}, the same message now:", quoted(changed(known, shown))]
            self._seen[message.ts] = shown
        whispers = self._world.slack.ephemerals(self._world.channel)
        for one in whispers[self._told :]:
            self.lines += [f"*Only {self._name(str(one.ephemeral_for))} sees:*", quoted(one.text)]
        self._told = len(whispers)

    def _author(self, message: FakeMessage) -> str:
        if message.username is None:
            app = self._world.slack.world.apps[str(message.app_id)]
            return f"**{app.name}**, {'the host app' if app is self._world.host else 'an app of its own'}"
        return f"**{_EMOJI[message.icons['emoji']]} {message.username}**, lent by the host app"

    def _name(self, user: str) -> str:
        return self._world.slack.world.user("T1", user).real_name.capitalize()

    def _named(self, text: str) -> str:
        return _MENTION.sub(lambda found: f"@{self._name(found[1])}", text)


def _shown(message: FakeMessage) -> str:
    rows = ["\n\n".join(text.rstrip() for text in texts(message))]
    rows += [f"📎 `{file.name}`, {len(file.data)} bytes" for file in message.files]
    rows += [" ".join(f"`[ {label} ]`" for label in labels)] if (labels := buttons(message)) else []
    return "\n\n".join(row for row in rows if row)


async def conversation(folder: Path) -> str:
    """The page, from a run that keeps what it must in ``folder``."""
    with pytest.MonkeyPatch.context() as patch:

        async def played(*_: object) -> FakeSandbox:
            return FakeSandbox(lambda block: _RAN)

        patch.setattr("bots.wiring._sandbox", played)
        more = '[sandbox]\napproval = "always"'
        async with workspace(folder, own=("coder",), team="coding", more=more) as world, world.served():
            scene = Scene(world)
            root = await scene.asks(world.ben, f"{world.named()} plot sin(x) from 0 to 10")
            await world.until(lambda: any("Approve" in buttons(one) for one in world.said()))
            scene.look()
            (card,) = (one for one in world.said() if "Approve" in buttons(one))
            await scene.presses(world.ben, card, "Approve")
            await world.until(lambda: world.whispers(world.ben))
            scene.look()
            await scene.presses(world.ana, card, "Approve")
            await world.until(lambda: buttons(card) == ())
            await world.until_said("Finished.", thread=root)
            scene.look()
            assert {one.thread_ts for one in world.said()} == {root}
            return "\n\n".join([_HEAD.rstrip(), *scene.lines]) + "\n"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(asyncio.run(conversation(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
