"""Who people are and what they reply to, as every model reads it."""

import pytest

from agents.log.events import Asked, Deleted, Edited, Joined, Reset, Said, ToolReturned, TurnStarted
from agents.log.files import FileRef
from agents.log.participants import Mention, Profile
from agents.people.door import Earlier
from agents.team.policies import round_robin
from agents.team.team import Team
from agents.team.termination import max_turns
from agents.turn.message_text import LONGEST_QUOTE
from agents.turn.ready_made import assistant
from agents.turn.view import View, Views, last
from tests.unit.house import LOBBY, PEOPLE, House, calls
from tests.unit.story import ANA, BOB, CODER, PLANNER, Story, tool

BEN = Profile(id="person:discord/1/100000000000000012", name="Ben")
OTHER_BEN = Profile(id="person:slack/T1/U0BEN", name="ben")
MARIA = Profile(id="person:slack/T1/U0ANA", name="Ana María")


def a_house(*answers: object) -> House:
    house = House(Team(agents=[assistant("coder")], speakers=round_robin, termination=max_turns(9)), models=answers)
    everybody = frozenset({BEN.id, OTHER_BEN.id, MARIA.id})
    house.permissions_of = lambda room: type(PEOPLE)(users=everybody, bound=True)
    return house


def texts(story: Story, reader: str = CODER) -> list[str]:
    return [one.text for one in View(reader).messages(story.transcript, upto=story.transcript.seq)]


# Names


async def test_c50_people_are_read_by_their_display_names_and_no_id_is_in_any_prompt():
    house = a_house("Yes, @Ben.")
    await house.door.recall(LOBBY, [Earlier(by=BEN, text="I like MongoDB", source="d:1")])
    mentions = (Mention(participant=CODER, start=0, end=6), Mention(participant=BEN.id, start=10, end=14))
    await house.hears("@coder is @Ben right?", MARIA, mentions=mentions)
    [request] = house.model.requests
    assert house.prompts == [[("Ben", "(background) I like MongoDB"), ("Ana María", "@coder is @Ben right?")]]
    assert {"- Ana María: a person", "- Ben: a person"} <= set(request.messages[0].text.splitlines())
    assert not any(one in str(request) for one in ("100000000000000012", "U0ANA"))
    assert (await house.transcript()).last.addressed == (BEN.id,)


async def test_c50_two_people_of_one_name_are_told_apart_in_headings_roster_mentions_and_questions():
    house = a_house(calls(("ask_person", '{"question": "Which one?", "person": "@ben (2)"}')))
    await house.says("hello", BEN)
    await house.says("me too", OTHER_BEN)
    theirs = Mention(participant=OTHER_BEN.id, start=4, end=8)
    await house.hears("ask @ben", BEN, mentions=(theirs,))
    assert house.prompts[0] == [("Ben", "hello"), ("ben (2)", "me too"), ("Ben", "ask @ben (2)")]
    assert "- ben (2): a person" in house.model.requests[0].messages[0].text
    (question,) = (await house.transcript()).open_questions
    assert question.asked.of == (OTHER_BEN.id,)


async def test_c50_an_agent_that_writes_the_rooms_name_for_somebody_mentions_them():
    house = a_house("Hello @Ben, @ben (2) and @Ana María.", "@Ana María: you first.")
    for person in (BEN, OTHER_BEN):
        await house.says("hello", person)
    await house.hears("who is here?", MARIA)
    said = (await house.transcript()).messages[-1]
    assert [one.participant for one in said.mentions] == [BEN.id, OTHER_BEN.id, MARIA.id]
    await house.hears("and now, @ben (2)?", MARIA)
    asked = next(one for one in (await house.transcript()).messages if one.text.startswith("and now"))
    assert asked.addressed == (OTHER_BEN.id,)


async def test_c50_what_is_waited_for_is_told_by_the_rooms_name():
    asks = calls(("ask_person", '{"question": "Which?", "person": "ben (2)"}'))
    house = a_house(asks, "Still waiting.")
    for person in (BEN, OTHER_BEN):
        await house.says("hello", person)
    await house.run()
    await house.hears("and?", BEN)
    assert "You wait for ben (2) to answer" in house.model.requests[-1].messages[0].text


async def test_c50_who_is_called_otherwise_from_now_on_is_so_in_all_later_prompts():
    house = a_house("Hello @Ben.", "Hello again.")
    await house.hears("hi", BEN)
    renamed = Profile(id=BEN.id, name="Benjamin")
    await house.hears("it is me", renamed)
    assert house.prompts[1] == [("Benjamin", "hi"), ("assistant", "Hello @Benjamin."), ("Benjamin", "it is me")]
    assert "- Benjamin: a person" in house.model.requests[1].messages[0].text


async def test_c50_an_unknown_name_is_answered_with_the_names_of_the_room():
    house = a_house(calls(("ask_person", '{"question": "Well?", "person": "U0ANA2"}')), "I see.")
    await house.says("hello", BEN)
    await house.says("hello", OTHER_BEN)
    await house.hears("ask", MARIA)
    assert "the people present are: Ben, ben (2), Ana María." in (await house.returned())[0]


@pytest.mark.parametrize(
    ("receivers", "tool_name", "receiver"),
    [
        (["Ana María"], "transfer_to_Ana_Mar_a", MARIA.id),
        (["ben (2)"], "transfer_to_ben__2_", OTHER_BEN.id),
        (["田中", "佐藤", "Ben"], "transfer_to_Ben", BEN.id),
        (["田中", "佐藤"], "transfer_to____2", "agent:佐藤"),
    ],
)
async def test_c50_a_handoff_to_a_person_has_a_tool_that_endpoints_take(
    receivers: list[str], tool_name: str, receiver: str
):
    house = House(
        Team(agents=[assistant("coder", hands_over_to=receivers)], termination=max_turns(1)),
        models=[calls((tool_name, "{}"))],
    )
    house.permissions_of = a_house().permissions_of
    for person in (BEN, OTHER_BEN, MARIA):
        await house.says("hello", person)
    await house.run()
    assert (await house.transcript()).last.handoff == receiver
    assert tool_name in [one.name for one in house.model.requests[0].tools]


def test_c50_a_mention_is_named_anew_only_where_it_is_one():
    story = Story()
    story.happens(Joined(participant=BEN.id, name="Ben"), by=BEN.id)
    bold = (Mention(participant=BEN.id, start=0, end=3), Mention(participant=PLANNER, start=5, end=13))
    story.happens(Said(text="Ben: @planner hi", mentions=bold), by=ANA)
    stranger = (Mention(participant="person:x/1", start=0, end=6),)
    story.happens(Said(text="@Zoe B says hi", mentions=stranger), by=ANA)
    assert texts(story) == ["Ben: @planner hi", "@Zoe B says hi"]


def test_c50_somebody_who_becomes_known_is_named_in_what_was_rendered_before():
    story, view = Story(), View(CODER)
    story.happens(Said(text="hi"), by=BEN.id)
    [before] = view.messages(story.transcript, upto=story.transcript.seq)
    story.happens(Joined(participant=BEN.id, name="Ben"), by=BEN.id)
    [after] = view.messages(story.transcript, upto=story.transcript.seq)
    assert (before.name, after.name) == ("somebody", "Ben")


def test_c50_a_newcomer_changes_nothing_of_what_was_rendered_before():
    story, views = Story(), Views()
    story.says(ANA, "hi")
    [before] = views.of(CODER).messages(story.transcript, upto=story.transcript.seq)
    story.happens(Joined(participant=BEN.id, name="Ben"), by=BEN.id)
    [after] = views.of(CODER).messages(story.transcript, upto=story.transcript.seq)
    assert before is after


# Replies


def replies(story: Story, to: int, text: str = "is this right?") -> int:
    return story.happens(Said(text=text, reply_to=to), by=ANA)


def test_i2_a_reply_is_headed_by_what_it_replies_to():
    story = Story()
    near = story.says(BOB, "We should use\n\nMongoDB")
    story.says(BOB, "Postgres is fine")
    replies(story, near)
    assert texts(story)[-1] == "(replying to bob: We should use MongoDB) is this right?"


def test_i2_a_target_that_lies_beyond_the_view_is_quoted():
    story = Story()
    far = story.says(BOB, "The retention is 90 days")
    for number in range(36):
        story.says(BOB, f"chatter {number}")
    replies(story, far, "still true?")
    shown = View(CODER).messages(story.transcript, upto=story.transcript.seq, cut=last(4))
    assert shown[-1].text == "(replying to bob: The retention is 90 days) still true?"
    assert not any(one.text == "The retention is 90 days" for one in shown)


def test_i2_the_task_is_quoted_however_old_it_is():
    story = Story()
    task = story.says(ANA, "Prove it.")
    for number in range(800):
        story.says(BOB, f"{number}")
    gone = task + 1
    assert story.transcript.message(task) is None
    replies(story, task)
    replies(story, gone)
    assert texts(story)[-2:] == ["(replying to ana: Prove it.) is this right?", "is this right?"]


def test_i2_a_long_target_is_shortened_and_its_files_are_named():
    story = Story()
    plot = FileRef(sha256="a", name="plot.png", media_type="image/png", size=9)
    long = story.says(BOB, "word " * 100, said=Said(text="", files=(plot,)))
    bare = story.says(BOB, "", said=Said(text="", files=(plot,)))
    replies(story, long)
    replies(story, bare)
    head, _, rest = texts(story)[-2].partition("… [plot.png]) ")
    assert (len(head), rest) == (len("(replying to bob: ") + LONGEST_QUOTE - 1, "is this right?")
    assert texts(story)[-1] == "(replying to bob: [plot.png]) is this right?"


def test_i2_a_bots_message_a_card_and_a_result_are_quoted():
    story = Story()
    called, _ = tool("search")
    start = story.happens(TurnStarted(speaker=PLANNER, upto=5, rung="r"), by=PLANNER)
    story.happens(called, by=PLANNER, turn=start)
    result = story.happens(
        ToolReturned(call=called.call, output="12 rows", exit_code=0, files=()), by=PLANNER, turn=start
    )
    said = story.happens(Said(text="Twelve."), by=PLANNER, turn=start)
    card = story.happens(Asked(text="May I go on?", kind="approval"), by=PLANNER, turn=start)
    budget = story.happens(Asked(text="Add $1?", kind="budget"))
    for target in (result, said, card, budget):
        replies(story, target, "why?")
    assert texts(story)[-4:] == [
        "(replying to planner: 12 rows) why?",
        "(replying to planner: Twelve.) why?",
        "(replying to planner: May I go on?) why?",
        "(replying to system: Add $1?) why?",
    ]


def test_i2_of_a_target_that_is_deleted_forgotten_or_for_others_nothing_is_revealed():
    story = Story()
    deleted = story.says(BOB, "secret")
    story.happens(Deleted(target=deleted), by=BOB)
    private = story.says(BOB, "psst", said=Said(text="", audience=(PLANNER, ANA)))
    asked = story.happens(Asked(text="psst?", audience=(ANA,)), by=PLANNER)
    for target in (deleted, private, asked, 999):
        replies(story, target)
    assert texts(story) == ["is this right?"] * 4
    assert "(replying to bob: psst) is this right?" in texts(story, PLANNER)
    before = replies(story, story.says(BOB, "old"))
    story.happens(Reset(), by=ANA)
    replies(story, before)
    assert texts(story) == ["is this right?"]


def test_i2_a_quotation_follows_an_edit_of_its_target_in_a_view_that_was_there_before():
    story, view = Story(), View(CODER)
    target = story.says(BOB, "seven")
    replies(story, target)
    for text in ("seven", "eight"):
        story.happens(Edited(target=target, text=text), by=BOB)
        _, reply = view.messages(story.transcript, upto=story.transcript.seq)
        assert reply.text == f"(replying to bob: {text}) is this right?"
