"""The transcript in the documentation is what a run gives."""

from pathlib import Path

from tests.adapters.slack.transcript import PAGE, conversation


async def test_the_documented_conversation_is_what_the_team_says_in_slack(folder: Path):
    assert await conversation(folder) == PAGE.read_text(encoding="utf-8")
