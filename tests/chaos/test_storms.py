"""P31: a served process is killed again and again while its platform breaks; nothing is lost, doubled or misplaced.

Real: `tertulia run` as a process, SQLite on disk, the platforms' libraries and their sockets. Played: the platform.
The same at any size: ``python -m tests.chaos``.
"""

from pathlib import Path

import pytest

from tests.chaos.discord_town import discord_town
from tests.chaos.slack_town import slack_town
from tests.chaos.storm import Plan, Town, storm

PLAN = Plan(messages=60, kills=3, pace=12.0, life=0.8, term=3)

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


async def check(town: Town, folder: Path) -> None:
    report = await storm(town, folder, PLAN)
    assert report.verdict.is_clean, report.verdict
    assert report.bugs == ()
    assert report.lives.kills == 2
    assert report.lives.exits == [0, 0]
    assert sum(report.faults.values()) >= 5


async def test_p31_slack_storm(tmp_path: Path) -> None:
    async with slack_town(7, retries=(0.0, 0.5)) as town:  # what it gives up stands in the history alone
        await check(town, tmp_path)


async def test_p31_d22_discord_storm(tmp_path: Path) -> None:
    async with discord_town(7) as town:
        await check(town, tmp_path)
        assert town.facts()["rules of Discord broken"] == 0
