"""Slack, whose minutes are shorter; imported where it is configured, as in the product."""

from bots.platforms.slack import serve_slack
from bots.wiring import House
from tests.chaos.serving import scale


async def serve(house: House) -> None:
    """As `serve_slack`."""
    await serve_slack(house, scale=scale())
