"""The transcript in the documentation is what a run gives."""

from pathlib import Path

import pytest

from tests.adapters.discord.transcript import PAGE, conversation
from tests.unit.bots.standing import nowhere  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("nowhere")


async def test_p38_the_transcript_of_discord_is_what_a_run_gives(tmp_path: Path):
    """Run ``python -m tests.adapters.discord.transcript`` after a change of what people see."""
    assert await conversation(tmp_path) == PAGE.read_text(encoding="utf-8")
