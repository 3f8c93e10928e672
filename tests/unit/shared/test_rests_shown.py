"""Why nobody answers is shown once, small, and only to people who were left without an answer (C45)."""

import pytest

from adapters.discord.payloads import content_of
from adapters.shared.record_text import saying
from adapters.slack.block_kit import blocks
from agents.log.events import Rested
from agents.log.participants import SYSTEM, Profile
from agents.log.records import Record
from agents.ports import Post

HOST = Profile(id=SYSTEM, name="Tertulia")
QUIET = Post(key="slack:T1/C1#3/1", room="slack:T1/C1", by=HOST, text="Nobody answers.\nWrite *a name*.", quiet=True)


def rested(*, unanswered: bool) -> Record:
    event = Rested(upto=2, rung="auto", reason="Nobody answers", unanswered=unanswered)
    return Record(room="slack:T1/C1", seq=3, at=0.0, by=SYSTEM, event=event)


def test_c45_people_who_wait_are_told_quietly():
    words = saying(rested(unanswered=True))
    assert words is not None
    assert (words.by, words.text, words.quiet) == (SYSTEM, "Nobody answers.", True)


def test_c45_people_who_do_not_wait_are_told_nothing():
    assert saying(rested(unanswered=False)) is None


def test_c45_slack_shows_it_as_a_context_line():
    (block,) = blocks(QUIET)
    assert block["type"] == "context"
    assert "Nobody answers." in str(block["elements"])


@pytest.mark.parametrize(
    ("quiet", "begins"), [(True, "-# Nobody answers. Write *a name*."), (False, "Nobody answers.")]
)
def test_c45_discord_shows_it_as_a_small_line(quiet: bool, begins: str):
    post = Post(key="k", room="discord:1/2", by=HOST, text=QUIET.text, quiet=quiet)
    assert content_of(post, name="", names=[]).content.startswith(begins)
