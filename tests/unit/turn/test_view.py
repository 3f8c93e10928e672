"""What one agent's model reads (C18, C26, P2, P12)."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.log._numbered import KEPT
from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Pending,
    Reset,
    Said,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
)
from agents.log.files import FileRef
from agents.log.fold import fold
from agents.log.participants import ParticipantId
from agents.log.records import Record
from agents.log.transcript import Message, Transcript
from agents.ports import ModelMessage, ToolSchema, estimated_schemas, estimated_tokens
from agents.turn.message_text import Heard
from agents.turn.view import LONGEST_RESULT, Cut, View, Views, everything, head_and_tail, last, token_budget
from tests.unit.logs import logs
from tests.unit.story import ANA, BOB, CODER, PLANNER, Story, tool


def read(story: Story, agent: ParticipantId = CODER, cut: Cut = everything) -> list[ModelMessage]:
    transcript = story.transcript
    return View(agent).messages(transcript, upto=transcript.seq, cut=cut)


def shown(messages: Sequence[ModelMessage]) -> list[tuple[str, str]]:
    return [(one.name or one.role, one.text) for one in messages]


def test_p2_an_agent_reads_what_others_said_under_their_names_and_its_own_words_as_its_own():
    story = Story()
    story.says(ANA, "go")
    story.turn(PLANNER, "a plan")
    story.turn(CODER, "code")
    assert shown(read(story)) == [("ana", "go"), ("planner", "a plan"), ("assistant", "code")]


def test_c18_what_is_for_some_only_is_in_no_prompt_of_others():
    story = Story()
    story.says(ANA, "psst", said=Said(text="", audience=(PLANNER,)))
    story.says(ANA, "all")
    assert shown(read(story)) == [("ana", "all")]
    assert shown(read(story, PLANNER)) == [("ana", "psst"), ("ana", "all")]


def test_p12_deleted_text_is_in_no_prompt_and_an_edit_before_it_was_read_replaces():
    story = Story()
    gone = story.says(ANA, "secret")
    changed = story.says(ANA, "seven")
    story.happens(Deleted(target=gone), by=ANA)
    story.happens(Edited(target=changed, text="eight"), by=ANA)
    assert shown(read(story)) == [("ana", "eight")]


def test_p12_an_edit_after_it_was_read_is_marked_as_a_correction():
    story = Story()
    seq = story.says(ANA, "seven")
    story.turn(CODER, "ok")
    story.happens(Edited(target=seq, text="eight"), by=ANA)
    assert shown(read(story))[2:] == [("ana", "(correcting an earlier message) eight")]


def test_p5_interrupted_words_are_marked():
    story = Story()
    story.turn(PLANNER, "I was say", said=Said(text="", partial=True))
    assert shown(read(story)) == [("planner", "I was say [interrupted]")]


def test_files_are_named_and_images_are_shown():
    story = Story()
    image = FileRef(sha256="a", name="plot.png", media_type="image/png", size=9)
    table = FileRef(sha256="b", name="data.csv", media_type="text/csv", size=7)
    story.says(ANA, "look", said=Said(text="", files=(image, table)))
    story.says(ANA, "", said=Said(text="", files=(image,)))
    story.says(ANA, "")
    story.turn(CODER, "", said=Said(text=""))
    looked, bare = read(story)
    assert (looked.text, looked.images) == ("look\n[file data.csv, text/csv, 7 bytes]", (image,))
    assert (bare.text, bare.images) == ("", (image,))


def test_c26_a_tool_call_and_its_result_are_read_together_by_the_one_who_called():
    story = Story()
    called, returned = tool("search", '{"q": 1}')
    story.turn(CODER, "found it", called, returned)
    call, result, words = read(story)
    assert [(one.id, one.tool, one.arguments) for one in call.calls] == [(result.call, "search", '{"q": 1}')]
    assert (call.role, result.role, result.text, words.text) == ("assistant", "tool", "done", "found it")
    assert shown(read(story, PLANNER)) == [("coder", "found it")]


def test_c26_a_call_without_a_result_is_not_read_yet():
    story = Story()
    called, returned = tool("search")
    start = story.happens(TurnStarted(speaker=CODER, upto=5, rung="r"), by=CODER)
    story.happens(called, by=CODER, turn=start)
    view = View(CODER)
    assert view.messages(story.transcript, upto=5) == []
    story.happens(returned, by=CODER, turn=start)
    assert len(view.messages(story.transcript, upto=5)) == 2


def test_a_very_long_result_is_shortened_in_its_middle():
    story = Story()
    start = story.happens(TurnStarted(speaker=CODER, upto=5, rung="r"), by=CODER)
    story.happens(ToolCalled(call="c", tool="search", arguments="{}"), by=CODER, turn=start)
    long = "a" * LONGEST_RESULT + "z" * LONGEST_RESULT
    story.happens(ToolReturned(call="c", output=long, exit_code=None, files=()), by=CODER, turn=start)
    (_, result) = View(CODER).messages(story.transcript, upto=5)
    assert len(result.text) < LONGEST_RESULT + 100
    assert f"{LONGEST_RESULT:,} characters are left out" in result.text


def test_what_came_during_the_turn_is_read_only_by_the_next_one_but_ones_own_doings_are():
    story = Story()
    first = story.says(ANA, "go")
    start = story.happens(TurnStarted(speaker=CODER, upto=first, rung="r"), by=CODER)
    story.says(BOB, "meanwhile")
    story.happens(Said(text="Let me look."), by=CODER, turn=start)
    view = View(CODER)
    assert shown(view.messages(story.transcript, upto=first)) == [
        ("ana", "go"),
        ("assistant", "Let me look."),
    ]
    assert shown(view.messages(story.transcript, upto=story.transcript.seq)) == [
        ("ana", "go"),
        ("assistant", "Let me look."),
        ("bob", "meanwhile"),
    ]


ASK = Asked(text="Which?", pending=Pending(call="c", tool="ask_person", arguments='{"question": "Which?"}', digest=""))


def test_c5_ones_own_question_is_a_call_and_its_answer_the_result():
    story = Story()
    question = story.happens(ASK, by=CODER)
    assert read(story) == []
    assert shown(read(story, PLANNER)) == [("coder", "Which?")]
    story.happens(Answered(question=question, text="red"), by=ANA)
    call, result = read(story)
    assert call.calls[0].arguments == '{"question": "Which?"}'
    assert (result.role, result.text, result.call) == ("tool", "ana: red", "c")
    assert shown(read(story, PLANNER)) == [("coder", "Which?"), ("ana", "red")]


def test_c5_a_question_whose_time_was_up_says_so():
    story = Story()
    question = story.happens(ASK, by=CODER)
    story.happens(Answered(question=question, expired=True))
    assert read(story)[1].text == "Nobody answered in time."


def test_approvals_and_ones_own_checks_are_no_part_of_the_conversation():
    story = Story()
    story.happens(Asked(text="May I?", kind="approval"), by=PLANNER)
    check = story.happens(Asked(text="Reply for me?"), by=CODER)
    story.happens(Answered(question=check, text="my words"), by=ANA)
    assert shown(read(story)) == [("ana", "my words")]


def test_c28_after_a_reset_only_what_is_new_is_read():
    story = Story()
    story.says(ANA, "old")
    view = View(CODER)
    assert len(view.messages(story.transcript, upto=story.transcript.seq)) == 1
    story.happens(Reset(), by=ANA)
    story.says(ANA, "new")
    assert shown(view.messages(story.transcript, upto=story.transcript.seq)) == [("ana", "new")]


def test_c26_a_summary_stands_for_what_it_covers():
    story = Story()
    seq = story.says(ANA, "long talk")
    story.says(ANA, "after")
    story.happens(Summarised(upto=seq, text="They talked."))
    assert shown(read(story)) == [
        ("user", "Summary of the conversation before this point:\nThey talked."),
        ("ana", "after"),
    ]


# Cuts


def test_c26_the_newest_are_shown_in_steps_of_a_quarter():
    cut = last(8)
    assert [cut(range(n), 0)[0][0] for n in range(6, 14)] == [0, 0, 0, 2, 2, 4, 4, 6]
    assert last(1)([5, 9], 0) == ((1, 2),)


def test_c26_the_head_is_pinned():
    cut = head_and_tail(2, 4)
    assert cut(range(6), 0) == ((0, 6),)
    assert cut(range(9), 0) == ((0, 2), (5, 9))
    story = Story()
    for number in range(9):
        story.says(ANA, f"{number}")
    assert [one.text for one in read(story, cut=cut)] == ["0", "1", "5", "6", "7", "8"]
    assert [one.text for one in read(story, cut=head_and_tail(2, 0))] == ["0", "1"]


def test_c26_a_token_budget_counts_instructions_and_tool_schemas_and_keeps_the_newest():
    totals = list(range(10, 210, 10))
    cut = token_budget(100)
    assert cut(totals[:10], 0) == ((0, 10),)
    assert cut(totals[:11], 0) == ((3, 11),)
    assert cut(totals[:10], 20) == ((3, 10),)
    assert cut([5_000], 0) == ((0, 1),)
    assert cut(totals, 10_000) == ((19, 20),)
    assert cut([], 10_000) == ((0, 0),)
    schema = ToolSchema(name="search", description="Finds.", parameters={"type": "object"})
    assert estimated_schemas([schema, schema]) == 2 * estimated_tokens("searchFinds." + str(schema.parameters))


@given(st.lists(st.integers(4, 90), max_size=60), st.integers(0, 200))
def test_c26_a_budget_is_kept_and_the_beginning_moves_seldom(sizes: list[int], besides: int):
    totals, begins = [], []
    for size in sizes:
        totals.append((totals[-1] if totals else 0) + size)
        ((begin, end),) = token_budget(1_000)(totals, besides)
        assert end == len(totals)
        before = totals[begin - 1] if begin else 0
        assert totals[-1] - before + besides <= 1_000
        begins.append(begin)
    assert begins == sorted(begins)
    assert len(set(begins)) <= 2 + (totals[-1] if totals else 0) // 250


@settings(max_examples=60)
@given(logs(), st.sampled_from([everything, last(3), head_and_tail(1, 2), token_budget(40)]))
def test_c26_a_tool_call_is_never_parted_from_its_result(log: Sequence[Record], cut: Cut):
    transcript = fold(Transcript(room="web:lobby"), log)
    messages = View(CODER).messages(transcript, upto=transcript.seq, cut=cut)
    for index, message in enumerate(messages):
        if message.calls:
            assert messages[index + 1].call == message.calls[0].id
        if message.role == "tool":
            assert messages[index - 1].calls[0].id == message.call


def test_a_view_of_another_room_begins_anew():
    story = Story()
    story.says(ANA, "here")
    view = View(CODER)
    view.messages(story.transcript, upto=story.transcript.seq)
    other = fold(Transcript(room="r2"), [Record(room="r2", seq=1, at=0.0, by=BOB, event=Said(text="there"))])
    assert shown(view.messages(other, upto=1)) == [("somebody", "there")]


def test_what_was_rendered_is_kept_for_the_newest_messages_only():
    story = Story()
    heard = Heard()
    heard.refresh(story.transcript)

    def rendered(message: Message) -> Sequence[ModelMessage]:
        return heard.rendered(story.transcript, message, CODER)

    story.says(ANA, "first")
    [first] = story.transcript.messages
    before = rendered(first)
    assert rendered(first) is before
    for _ in range(2 * KEPT + 1):
        story.says(ANA, "more")
        rendered(story.transcript.messages[-1])
    assert rendered(first) == before
    assert rendered(first) is not before


def test_a_view_shows_each_time_what_the_cut_of_that_time_says():
    story, views = Story(), Views()
    for number in range(5):
        story.says(ANA, f"{number}")
    upto = story.transcript.seq
    assert len(views.of(CODER).messages(story.transcript, upto=upto)) == 5
    assert len(views.of(CODER).messages(story.transcript, upto=upto, cut=last(2))) == 2
    assert len(views.of(CODER).messages(story.transcript, upto=upto, cut=head_and_tail(1, 2))) == 3
