"""R23: whom a message in Slack addresses, and what it says, case by case."""

import pytest

from adapters.slack.message_text import Named, read, users_in
from adapters.slack.places import Spot, is_ours, spot_for, spot_of, user_of
from agents.log.participants import SYSTEM, Profile

PLANNER = Profile(id="agent:planner", name="planner", aliases=("pm",))
CODER = Profile(id="agent:coder", name="Coder Bot")
TEAM = (PLANNER, CODER)
KNOWN = {
    "UHOST": Named(participant=SYSTEM, name="Tertulia"),
    "UCODER": Named(participant="agent:coder", name="coder"),
    "UANA": Named(participant="person:slack/T1/UANA", name="Ana"),
    "UODD": Named(participant="person:slack/T1/UODD", name="coder"),
    "UTWIN": Named(participant="person:slack/T1/UTWIN", name="Tertulia"),
}


def who(user: str) -> Named:
    return KNOWN.get(user, Named(participant=f"person:slack/T1/{user}", name=""))


CASES = [
    ("hello everybody", "hello everybody", ()),
    ("<@UHOST> hello", "@Tertulia hello", ("system",)),
    ("<@UHOST|bot> hello", "@Tertulia hello", ("system",)),
    ("hello <@UHOST>", "hello @Tertulia", ("system",)),
    ("@Tertulia hello", "@Tertulia hello", ("system",)),
    ("well, @tertulia, hello", "well, @tertulia, hello", ("system",)),
    ("@Tertulias hello", "@Tertulias hello", ()),
    ("ana@Tertulia.example", "ana@Tertulia.example", ()),
    ("<@UCODER> write it", "@coder write it", ("agent:coder",)),
    ("<@UCODER|coder> write it", "@coder write it", ("agent:coder",)),
    ("please, <@UCODER>: write it", "please, @coder: write it", ("agent:coder",)),
    ("<@UHOST> planner: go on", "@Tertulia planner: go on", ("agent:planner",)),
    ("<@UHOST> planner, go on", "@Tertulia planner, go on", ("agent:planner",)),
    ("<@UHOST> Planner: go on", "@Tertulia Planner: go on", ("agent:planner",)),
    ("<@UHOST> pm: go on", "@Tertulia pm: go on", ("agent:planner",)),
    ("<@UHOST>: planner: go on", "@Tertulia: planner: go on", ("agent:planner",)),
    ("<@UHOST> planners: go on", "@Tertulia planners: go on", ("system",)),
    ("<@UHOST> the planner: go on", "@Tertulia the planner: go on", ("system",)),
    ("<@UHOST> <@UCODER> both", "@Tertulia @coder both", ("agent:coder",)),
    ("planner: go on", "planner: go on", ("agent:planner",)),
    ("planner, go on", "planner, go on", ("agent:planner",)),
    ("PLANNER: go on", "PLANNER: go on", ("agent:planner",)),
    ("hey planner, go on", "hey planner, go on", ("agent:planner",)),
    ("pm: go on", "pm: go on", ("agent:planner",)),
    ("@planner go on", "@planner go on", ("agent:planner",)),
    ("well @planner go on", "well @planner go on", ("agent:planner",)),
    ("coder: and @planner", "coder: and @planner", ("agent:coder", "agent:planner")),
    ("@planner then <@UCODER>", "@planner then @coder", ("agent:planner", "agent:coder")),
    ("<@UCODER> then @planner then <@UCODER>", "@coder then @planner then @coder", ("agent:coder", "agent:planner")),
    ("@nobody: go on", "@nobody: go on", ()),
    ("nobody: go on", "nobody: go on", ()),
    ("explanner: go on", "explanner: go on", ()),
    ("the planner is late", "the planner is late", ()),
    ("a planner/coder@planner.example", "a planner/coder@planner.example", ()),
    ("see `@planner`", "see `@planner`", ()),
    ("see ```\n@planner\n``` there", "see ```\n@planner\n``` there", ()),
    ("see `<@UCODER>`", "see `@coder`", ()),
    ("see `<@UHOST>` not me", "see `@Tertulia` not me", ()),
    ("`code` and @planner", "`code` and @planner", ("agent:planner",)),
    ("&gt; @planner said so\nwho?", "> @planner said so\nwho?", ()),
    ("&gt; <@UCODER> said so\n@planner why?", "> @coder said so\n@planner why?", ("agent:planner",)),
    ("<!subteam^S1|@planner> go on", "@planner go on", ("agent:planner",)),
    ("<!subteam^S1|@friends> go on", "@friends go on", ()),
    ("<!subteam^S1> go on", "@S1 go on", ()),
    ("<@UANA> hi", "@Ana hi", ("person:slack/T1/UANA",)),
    ("<@UANA> ask <@UHOST>", "@Ana ask @Tertulia", ("person:slack/T1/UANA", "system")),
    ("<@UODD> hi", "@coder hi", ("person:slack/T1/UODD",)),
    ("<@UTWIN> stop", "@another Tertulia stop", ("person:slack/T1/UTWIN",)),
    ("<@UTWIN> planner: hi", "@another Tertulia planner: hi", ("person:slack/T1/UTWIN",)),
    ("<@UNEW|tertulia> hi", "@another tertulia hi", ("person:slack/T1/UNEW",)),
    ("<@UNEW|zoe> hi", "@zoe hi", ("person:slack/T1/UNEW",)),
    ("<@UNEW> hi", "@somebody hi", ("person:slack/T1/UNEW",)),
    ("<!here> look", "@here look", ()),
    ("<!channel|channel> look", "@channel look", ()),
    ("a &lt;b&gt; &amp; c", "a <b> & c", ()),
    ("in <#C1|general> and <#C2>", "in #general and #C2", ()),
    ("<https://example.org|the page>", "[the page](https://example.org)", ()),
    ("<https://example.org/a?b=1&amp;c=2>", "https://example.org/a?b=1&c=2", ()),
    ("<http://example.org|example.org>", "http://example.org", ()),
    ("<mailto:a@b.example|a@b.example>", "a@b.example", ()),
    ("<!date^1700000000^{date}|Tuesday>", "Tuesday", ()),
    ("", "", ()),
]


@pytest.mark.parametrize(("text", "plain", "addressed"), CASES)
def test_r23_a_message_addresses_whom_its_writer_means(text: str, plain: str, addressed: tuple[str, ...]):
    words = read(text, agents=TEAM, who=who)
    assert words.text == plain
    assert tuple(one.participant for one in words.mentions) == addressed
    assert [plain[one.start : one.end].strip("@,: ") != "" for one in words.mentions] == [True] * len(addressed)
    assert words.addresses_us == any(one.startswith(("agent:", "system")) for one in addressed)


def test_r23_there_are_at_least_forty_cases():
    assert len(CASES) >= 40


def test_users_are_listed_once():
    assert users_in("<@U1> and <@U2|b> and <@U1> in <#C1|c>") == ["U1", "U2"]


@pytest.mark.parametrize(
    ("changes", "thread"),
    [
        ({}, ""),
        ({"addressed": True}, "5.0"),
        ({"thread_ts": "1.0"}, "1.0"),
        ({"thread_ts": "1.0", "addressed": True}, "1.0"),
        ({"thread_ts": "5.0"}, ""),
        ({"thread_ts": "5.0", "addressed": True}, "5.0"),
        ({"one_conversation": True, "addressed": True}, ""),
        ({"one_conversation": True, "thread_ts": "1.0"}, ""),
        ({"one_conversation": True, "direct": True}, ""),
        ({"one_conversation": True, "direct": True, "thread_ts": "1.0"}, "1.0"),
    ],
)
def test_r21_the_room_follows_from_the_payload_and_the_channels_setting(changes: dict[str, object], thread: str):
    usual: dict[str, object] = {
        "team": "T1", "channel": "C1", "ts": "5.0", "thread_ts": "", "one_conversation": False, "direct": False,
        "addressed": False,
    }  # fmt: skip
    assert spot_for(**(usual | changes)) == Spot(team="T1", channel="C1", thread=thread)  # type: ignore[arg-type]


def test_r21_rooms_are_named_as_the_contract_says():
    spot = spot_of("slack:T1/C1/1700.1")
    assert (spot.room, spot.channel_room, spot.thread_ts) == ("slack:T1/C1/1700.1", "slack:T1/C1", "1700.1")
    assert spot_of("slack:T1/C1").thread_ts is None
    assert spot.message("1700.2") == "T1/C1/1700.2"
    assert [is_ours(room) for room in ("slack:T1/C1", "slack:T1/*", "web:lobby")] == [True, False, False]
    assert [user_of(one) for one in ("person:slack/T1/U1", "person:web/ana", "agent:coder")] == ["U1", "", ""]
