"""Answers at the door: by card, by reply, in plain words (C5, P8, P26)."""

import asyncio

import pytest
from msgspec.structs import replace

from agents import Team, assistant
from agents.budget.questions import LEAVE_IT
from agents.errors import NotAllowed, TertuliaError, WrongUse
from agents.log.events import Answered, Asked, Pending
from agents.log.files import FileRef
from agents.log.records import Entry
from agents.ports import Amount, Cap
from tests.unit.house import ANA, BOB, EVA, LOBBY, PEOPLE, House, asked, asking, at_once

APPROVAL = Asked(
    text="May I?",
    kind="approval",
    options=("Approve", "Edit", "Reject"),
    pending=Pending(call="c", tool="t", arguments="{}", digest="d"),
)


async def test_c5_plain_text_answers_the_only_question_put_to_its_writer():
    house = await asked(Asked(text="Which?", of=(ANA.id,)), people=(ANA, BOB))
    assert await house.hears("the red one") == [("asker", f"Heard 'the red one' from {ANA.id}.")]
    assert (await house.transcript()).open_questions == ()


async def test_c5_plain_text_of_somebody_else_answers_nothing():
    house = await asked(Asked(text="Which?", of=(ANA.id,)), people=(ANA, BOB))
    await house.hears("the red one", BOB)
    assert len((await house.transcript()).open_questions) == 1


async def test_c5_plain_text_answers_nothing_while_two_questions_name_its_writer_but_a_reply_does():
    house = await asked(Asked(text="Which?", of=(ANA.id,)), Asked(text="When?", of=(ANA.id,)))
    await house.hears("tomorrow")
    one, two = (await house.transcript()).open_questions
    assert await house.hears("tomorrow", reply_to=two.seq) == [("asker", f"Heard 'tomorrow' from {ANA.id}.")]
    assert [question.seq for question in (await house.transcript()).open_questions] == [one.seq]


async def test_c5_a_question_to_anybody_is_answered_in_plain_words_only_by_someone_alone():
    house = await asked(Asked(text="Which?"), people=(ANA, BOB))
    await house.hears("hm")
    assert len((await house.transcript()).open_questions) == 1
    house = await asked(Asked(text="Which?"))
    await house.hears("the red one")
    assert (await house.transcript()).open_questions == ()


async def test_c5_a_reply_to_an_ordinary_message_is_a_message():
    house = await asked(Asked(text="Which?", of=(ANA.id,)))
    first = (await house.transcript()).messages[0].seq
    await house.hears("about that", reply_to=first)
    assert len((await house.transcript()).open_questions) == 1
    assert (await house.transcript()).last.reply_to == first


async def test_c5_only_the_first_answer_counts_and_the_second_is_told_who_was_first():
    house = await asked(Asked(text="Which?"), people=(ANA, BOB))
    question = await house.question()
    await house.answers(question, "red", by=BOB)
    with pytest.raises(WrongUse, match="Bob has already answered: red"):
        await house.answers(question, "blue")
    await house.run()
    assert (await house.talk())[-1] == ("asker", f"Heard 'red' from {BOB.id}.")


async def test_c5_answers_that_come_at_the_same_moment_have_one_effect():
    house = await asked(Asked(text="Which?"), people=(ANA, BOB))
    question = await house.question()
    house.before_append(at_once)
    async with asyncio.TaskGroup() as group:
        group.create_task(house.answers(question, "red", by=BOB))
        group.create_task(house.answers(question, "blue"))
    await house.run()
    heard = [text for name, text in await house.talk() if name == "asker"]
    assert heard == [f"Heard 'red' from {BOB.id}."]


async def test_c5_whom_the_question_does_not_name_is_refused():
    house = await asked(Asked(text="Which?", of=(BOB.id,)), people=(ANA, BOB))
    with pytest.raises(NotAllowed, match="put to someone else"):
        await house.answers(await house.question(), "red")


async def test_c5_an_expired_question_takes_no_answer():
    house = await asked(Asked(text="Which?"))
    question = await house.question()
    await house.ports.store.log.append(LOBBY, [Entry(event=Answered(question=question, expired=True), by="system")])
    with pytest.raises(WrongUse, match="time for this question is up"):
        await house.answers(question, "red")
    with pytest.raises(WrongUse, match="not open any more"):
        await house.answers(999, "red")


async def test_c36_a_question_that_was_withdrawn_takes_no_answer_and_says_why():
    house = await asked(Asked(text="Which?"))
    question = await house.question()
    withdrawn = Answered(question=question, text="There is newer code.", withdrawn=True)
    await house.ports.store.log.append(LOBBY, [Entry(event=withdrawn, by="agent:asker")])
    with pytest.raises(WrongUse, match=r"This question is out of date\. There is newer code\."):
        await house.answers(question, "red")


@pytest.mark.parametrize("text", ["Approve", "approve "])
async def test_p26_whoever_may_not_approve_cannot_do_it_in_words_either(text: str):
    house = await asked(APPROVAL, people=(BOB,))
    question = await house.question()
    for reply_to in (None, question):
        with pytest.raises(NotAllowed, match="Only an approver"):
            await house.says(text, BOB, reply_to=reply_to)
    with pytest.raises(NotAllowed, match="Only an approver"):
        await house.answers(question, option="Approve", by=BOB)
    assert len((await house.transcript()).open_questions) == 1


async def test_p26_words_in_passing_neither_approve_nor_reject():
    house = await asked(APPROVAL)
    await house.hears("hm, what does it do?")
    assert len((await house.transcript()).open_questions) == 1
    await house.hears("Reject")
    assert (await house.transcript()).open_questions == ()


async def over_budget() -> House:
    house = House(Team(agents=[assistant("planner")]))
    question = Asked(
        text="The budget is used up.",
        kind="budget",
        options=("Add $1.00", LEAVE_IT),
        pending=Pending(call="", tool="add_budget", arguments='{"scope":"room:s","unit":"usd","more":1.0}', digest=""),
    )
    await house.says("go")
    await house.ports.store.log.append(LOBBY, [Entry(event=question, by="system")])
    return house


async def room_for(house: House) -> int:
    """How many dollars can be reserved in the scope, whose own cap is nothing."""
    reserved = 0
    while True:
        try:
            await house.ports.store.ledger.reserve({"room:s": Cap(usd=0.0)}, Amount(usd=1.0))
        except TertuliaError:
            return reserved
        reserved += 1


async def test_p8_adding_budget_raises_the_cap_once_however_many_press_at_the_same_moment():
    house = await over_budget()
    house.permissions_of = lambda room: replace(PEOPLE, admins=frozenset({ANA.id, EVA.id}))
    question = await house.question()
    house.before_append(at_once)
    async with asyncio.TaskGroup() as group:
        for admin in (ANA, EVA):
            group.create_task(house.answers(question, option="Add $1.00", by=admin))
    assert await room_for(house) == 1


async def test_p8_leaving_it_adds_nothing_and_only_an_admin_decides():
    house = await over_budget()
    question = await house.question()
    with pytest.raises(NotAllowed, match="Only an admin"):
        await house.answers(question, option="Add $1.00", by=BOB)
    await house.answers(question, option=LEAVE_IT)
    assert await room_for(house) == 0


async def test_p26_a_second_click_is_a_no_op():
    house = await asked(Asked(text="Which?", options=("red", "blue")))
    question = await house.question()
    await house.answers(question, option="red")
    await house.answers(question, option="red")
    with pytest.raises(WrongUse, match="Ana has already answered: red"):
        await house.answers(question, option="blue")
    await house.run()
    assert [text for name, text in await house.talk() if name == "asker"] == [f"Heard 'red' from {ANA.id}."]


async def test_c5_the_name_of_an_option_in_plain_words_chooses_it():
    house = await asked(Asked(text="Which?", options=("Red", "Blue")))
    await house.says("blue ")
    (question,) = (await house.transcript()).questions
    assert question.answer is not None
    assert (question.answer.option, question.answer.text) == ("Blue", "")


@pytest.mark.parametrize(("text", "dollars"), [("Add $1.00", 1), ("add $1.00 ", 1), ("leave it", 0)])
@pytest.mark.parametrize("reply", [True, False], ids=["as a reply", "in passing"])
async def test_c35_the_name_of_an_option_answers_a_question_about_a_budget(text: str, dollars: int, reply: bool):
    house = await over_budget()
    question = await house.question()
    await house.says(text, reply_to=question if reply else None)
    assert (await house.transcript()).open_questions == ()
    assert await room_for(house) == dollars


@pytest.mark.parametrize("reply", [True, False], ids=["as a reply", "in passing"])
async def test_c35_other_words_never_answer_a_question_about_a_budget(reply: bool):
    house = await over_budget()
    question = await house.question()
    await house.says("why so much?", reply_to=question if reply else None)
    assert (await house.transcript()).last.text == "why so much?"
    assert await house.question() == question


async def test_c35_only_an_admin_adds_budget_in_words():
    house = await over_budget()
    question = await house.question()
    with pytest.raises(NotAllowed, match="Only an admin"):
        await house.says("Add $1.00", BOB, reply_to=question)
    assert await room_for(house) == 0


@pytest.mark.parametrize("text", ["@b hello", "b: hello", "hello @b and @c"])
async def test_c35_what_is_addressed_to_other_agents_answers_no_question(text: str):
    house = House(Team(agents=[assistant("b"), assistant("c"), asking(Asked(text="Which?"))]))
    await house.says("@asker go")
    await house.run()
    question = await house.question()
    await house.says(text)
    assert (await house.transcript()).last.text == text
    assert await house.question() == question


@pytest.mark.parametrize("text", ["the red one", "@asker the red one", "@Bob's one", "@asker the one of @b"])
async def test_c35_other_words_answer_the_question(text: str):
    house = House(Team(agents=[assistant("b"), asking(Asked(text="Which?", of=(ANA.id,)))]))
    await house.says("hello", BOB)
    await house.says("@asker go")
    await house.run()
    await house.says(text)
    (question,) = (await house.transcript()).questions
    assert question.answer is not None
    assert question.answer.text == text


async def test_c42_an_answer_keeps_what_the_message_mentions_and_brings_and_where_it_stands():
    house = await asked(Asked(text="Which?", of=(ANA.id,)), people=(BOB, ANA))
    picture = FileRef(sha256="a" * 64, name="red.png", media_type="image/png", size=3)
    await house.says("this one, @asker", files=(picture,))
    answered = (await house.events(Answered))[0]
    assert isinstance(answered, Answered)
    assert (answered.written, answered.files) == (True, (picture,))
    assert [one.participant for one in answered.mentions] == ["agent:asker"]
    last = (await house.transcript()).last
    assert (last.by, last.files, last.addressed) == (ANA.id, (picture,), ("agent:asker",))


async def test_c42_a_file_without_a_word_is_an_answer():
    house = await asked(Asked(text="Which file?"))
    table = FileRef(sha256="b" * 64, name="t.csv", media_type="text/csv", size=3)
    await house.says("", files=(table,))
    assert (await house.transcript()).last.files == (table,)
    assert (await house.transcript()).open_questions == ()


async def test_c42_words_on_a_card_are_not_written_in_the_channel():
    house = await asked(Asked(text="Which?"))
    await house.answers(await house.question(), "the red one")
    assert await house.events(Answered) == [Answered(question=await newest(house), text="the red one")]


async def newest(house: House) -> int:
    return (await house.transcript()).questions[-1].seq
