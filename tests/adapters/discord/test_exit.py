"""A process that Discord will never let read ends with a sentence and an exit code (D7, D21)."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bots import cli
from tests.adapters.discord.serving import Server, a_server
from tests.unit.bots.standing import nowhere, process_as_before  # noqa: F401 (fixtures)
from tests.unit.bots.test_config_loader import written

pytestmark = pytest.mark.usefixtures("nowhere", "process_as_before")

Elsewhere = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Does something in another thread's event loop: this one's belongs to the process under test."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield lambda what: asyncio.run_coroutine_threadsafe(what, loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@contextmanager
def a_server_elsewhere(elsewhere: Elsewhere, folder: Path) -> Iterator[Server]:
    stack = AsyncExitStack()
    yield elsewhere(stack.enter_async_context(a_server(folder)))
    elsewhere(stack.aclose())


def ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    """What `tertulia run` exits with."""
    path = written(server.folder, server.text)
    path.chmod(0o600)
    monkeypatch.setattr(sys, "argv", ["tertulia", "run", "--config", str(path)])
    with pytest.raises(SystemExit) as found:
        cli.main()
    return found.value.code


@pytest.mark.parametrize("known", ["by its application", "by the gateway"])
def test_d7_without_the_message_content_intent_the_process_ends_with_a_sentence_and_not_with_zero(
    tmp_path, elsewhere, monkeypatch, capsys, known: str
) -> None:
    with a_server_elsewhere(elsewhere, tmp_path) as server:
        if known == "by its application":
            server.host.privileged.clear()
        else:
            server.fake.gateway.close_next(4014)
        assert ended(server, monkeypatch) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("tertulia: ")
    assert "Developer Portal" in last
    assert "Message Content Intent" in last
