"""People and agents talk in a channel."""

import pytest

from tests.adapters.discord.serving import a_server
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")


async def test_d1_an_agent_without_a_bot_answers_through_a_webhook_in_its_own_name(tmp_path) -> None:
    async with a_server(tmp_path) as server, server.serving():
        await server.say("hello")
        (answer,) = await server.answered(1)
        assert (answer.author_name, answer.content) == ("coder", "coder heard: hello")
        assert answer.webhook_id is not None
