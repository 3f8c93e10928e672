"""Slack is not there for hours: nothing that was said is given up (R13, R15, R3)."""

import pytest

from tests.adapters.slack.stages import SlackStage, slack_stage
from tests.adapters.slack.test_sending import PLOT, a_post, delivery

LONG = 40
"""Attempts, a minute apart."""


@pytest.mark.parametrize("trouble", ["unreachable", "broken connections", "HTTP 503", "token_revoked", "429"])
async def test_r13_r3_final_words_wait_for_the_end_of_an_outage_however_long_it_is(trouble: str):
    async with slack_stage() as stage:
        began = stage.clock.now()
        _away(stage, trouble)
        assert await delivery(stage).post(a_post(stage)) is not None
        assert [one.words for one in await stage.seen()] == ["Hello."]
        assert stage.clock.now() - began > 1_800


@pytest.mark.parametrize("name", ["internal_error", "HTTP 500"])
async def test_r15_what_slack_itself_fails_to_do_for_minutes_is_given_up(name: str):
    async with slack_stage() as stage:
        if name == "HTTP 500":
            stage.slack.faults.server_error("chat.postMessage", status=500, times=LONG)
        else:
            stage.slack.faults.refuse("chat.postMessage", name, times=LONG)
        assert await delivery(stage).post(a_post(stage)) is None
        assert await stage.seen() == []


def _away(stage: SlackStage, trouble: str) -> None:
    faults = stage.slack.faults
    match trouble:
        case "unreachable":
            client, there = stage.apps.host.caller.client, stage.slack.api_url
            client.base_url = "http://127.0.0.1:9/api/"
            back = stage.clock.now() + LONG * 60

            def come_back(seconds: float) -> None:
                if stage.clock.now() > back:
                    client.base_url = there
                stage.slack.clock.advance(seconds)

            stage.clock.advance = come_back  # type: ignore[method-assign]
        case "broken connections":
            faults.lose_request("*", times=LONG)
        case "HTTP 503":
            faults.server_error("*", times=LONG)
        case "429":
            faults.slow_down("chat.postMessage", 60, times=LONG)
        case _:
            faults.refuse("chat.postMessage", trouble, times=LONG)


@pytest.mark.parametrize("words", ["Here it is.", "word " * 600])
async def test_p24_r13_words_are_said_though_their_file_never_reaches_slack(words: str):
    async with slack_stage() as stage:
        stage.slack.faults.server_error("files.upload", times=LONG)
        assert await delivery(stage).post(a_post(stage, words, files=(PLOT,))) is not None
        (said,) = await stage.seen()
        assert said.words.startswith(words.strip()[:11])
        assert said.words.endswith("*(plot.png cannot be shown here. It did not reach Slack in 6 tries.)*")
        stage.slack.faults.clear()
        assert await delivery(stage).post(a_post(stage, "Another.", seq=2, files=(PLOT,))) is not None
        assert [one.files for one in await stage.seen()] == [(), ("plot.png",)]
