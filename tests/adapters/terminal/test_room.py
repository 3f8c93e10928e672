"""P32: a room shown in a terminal, live or plain, or as JSON."""

import io
import json
import os
import re
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.shared.redaction import Redactor
from adapters.terminal.room import JsonRoom, TerminalRoom
from agents.log.code_blocks import RUN_CODE, CodeBlock, to_arguments
from agents.log.events import (
    Answered,
    Asked,
    Closed,
    Deleted,
    Edited,
    Halted,
    Joined,
    Left,
    Opened,
    Reset,
    Resumed,
    Said,
    Stopped,
    Summarised,
    ToolCalled,
    ToolReturned,
    TurnStarted,
    TurnTaken,
)
from agents.log.files import FileRef
from agents.log.records import Record, from_json
from agents.ports import Draft, OpenDraft

ME = "person:terminal/ana"
CODER = "agent:coder"


class Screen:
    """What a terminal of 40 columns and 10 rows shows, as far as our sequences go."""

    def __init__(self, **more):
        self.out = io.StringIO()
        self.numbers = count(1)
        size = os.terminal_size((40, 10))
        self.room = TerminalRoom(self.out, redact=Redactor(["hunter22"]), me=ME, size=lambda: size, **more)

    def show(self, *events, by: str = CODER) -> str:
        for event in events:
            self.room.show(Record(room="terminal:1", seq=next(self.numbers), at=0.0, by=by, event=event))
        return self.out.getvalue()

    def draft(self, text: str, *audience: str) -> None:
        started = TurnStarted(speaker=CODER, upto=1, rung="", audience=audience)
        self.room.show_draft(OpenDraft(room="terminal:1", started=started, draft=Draft(text=text)))

    def lines(self) -> list[str]:
        """The lines that are left after every jump up and erasure."""
        lines: list[str] = []
        for part in re.split(r"(\r\x1b\[\d+A\x1b\[J)", self.out.getvalue()):
            if jump := re.fullmatch(r"\r\x1b\[(\d+)A\x1b\[J", part):
                rows = int(jump[1])
                while rows > 0:
                    rows -= max(1, -(-len(lines.pop()) // 40))
                assert rows == 0, "more was erased than was drawn"
            else:
                lines += part.split("\n")[:-1]
        return lines


FILE = FileRef(sha256="0" * 64, name="plot.png", media_type="image/png", size=12_345)
CODE = CodeBlock(language="python", code="x = 1\n\nx")


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (Said(text="Hello **you**."), "coder: Hello you.\n"),
        (Said(text="One\n\nTwo"), "coder:\nOne\n\nTwo\n"),
        (Said(text="Here.", files=(FILE,)), "coder:\nHere.\n[file: plot.png, image/png, 12,345 bytes]\n"),
        (Said(text="Cut", partial=True), "coder:\nCut\n\n*(interrupted)*\n"),
        (Said(text="Done. TERMINATE"), "coder: Done.\n"),
        (Said(text="TERMINATE"), ""),
        (Said(text="Between us.", audience=("agent:planner",)), ""),
        (Asked(text="Which?", options=("a", "b")), "coder:\nWhich?\nAnswer with: a, b.\n"),
        (Asked(text="What?"), "coder:\nWhat?\nAnswer by writing.\n"),
        (Stopped(reason="The limit is reached.", kind="limit"),
         "Stopped at a limit. The limit is reached. Write a message to go on.\n"),
        (ToolCalled(call="1", tool="weather", arguments='{"city": "Madrid"}'),
         'coder uses weather with {"city": "Madrid"}\n'),
        (ToolCalled(call="1", tool=RUN_CODE, arguments=to_arguments((CODE,))),
         "coder runs:\n    x = 1\n\n    x\n"),
        (ToolCalled(call="1", tool=RUN_CODE, arguments="[]"), "coder runs code.\n"),
        (ToolReturned(call="1", output="42\n", exit_code=0, files=(FILE,)),
         "    42\n[file: plot.png, image/png, 12,345 bytes]\n"),
        (ToolReturned(call="1", output="", exit_code=1, files=(), failed=True),
         "It failed with exit code 1:\n    (no output)\n"),
        (ToolReturned(call="1", output="no", exit_code=None, files=(), failed=True), "It failed:\n    no\n"),
        (Answered(question=1, option="Yes"), "coder: Yes\n"),
        (Answered(question=1, expired=True), "Nobody answered in time.\n"),
        (TurnTaken(outcome="failed", detail="The model gave no answer."), ""),
        (TurnTaken(outcome="crashed"), "coder was interrupted: the process ended.\n"),
        (TurnTaken(outcome="said"), ""),
        (TurnStarted(speaker=CODER, upto=0, rung="mentioned"), ""),
        (Joined(participant=CODER, name="coder", role="Writes Python."), "coder is here. Writes Python.\n"),
        (Joined(participant="person:terminal/you", name="You"), "You are here.\n"),
        (Left(participant=CODER), "coder left.\n"),
        (Edited(target=1, text="Better."), "coder changed a message to: Better.\n"),
        (Deleted(target=1), "coder deleted a message.\n"),
        (Opened(child="x", task="Look it up.\nNow."), "coder opened a conversation of its own. Look it up.\n"),
        (Opened(child="x"), "coder opened a conversation of its own.\n"),
        (Closed(child="x", text="42", turns=1), "The conversation of its own has ended after 1 turn.\n"),
        (
            Closed(child="x", reason="Ana stopped it.", turns=2),
            "The conversation of its own has ended after 2 turns. Ana stopped it.\n",
        ),
        (Halted(), "Everything is halted. Write /resume to go on.\n"),
        (Resumed(), "The room goes on.\n"),
        (Reset(), "The agents read from here on.\n"),
        (Summarised(upto=1, text="x"), ""),
        (None, ""),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_p32_what_each_event_says_in_a_terminal(event, shown):
    assert Screen().show(event) == shown


def test_p32_ones_own_words_are_there_already_and_those_of_others_are_shown_under_their_names():
    screen = Screen()
    screen.show(Said(text="Mine."), Answered(question=1, text="Mine too."), by=ME)
    screen.show(Joined(participant="person:terminal/ben", name="Ben B."), by="system")
    assert screen.show(Said(text="Hello."), by="person:terminal/ben") == "Ben B. is here.\nBen B.: Hello.\n"


def test_p32_the_output_of_code_is_shown_once():
    screen = Screen()
    screen.show(
        ToolCalled(call="1", tool=RUN_CODE, arguments="[]"),
        ToolReturned(call="1", output="42\n", exit_code=0, files=()),
        Said(text="exitcode: 0 (execution succeeded)\nCode output: 42\n", result="1"),
        Said(text="So it is 42."),
    )
    assert screen.out.getvalue() == "coder runs code.\n    42\ncoder: So it is 42.\n"


@pytest.mark.parametrize("result", ["", "2"])
def test_c51_words_that_look_like_a_result_are_shown_as_the_words_they_are(result):
    screen = Screen()
    screen.show(
        ToolCalled(call="1", tool=RUN_CODE, arguments="[]"),
        ToolReturned(call="1", output="42\n", exit_code=0, files=()),
        Said(text="exitcode: 0 (execution succeeded)\nCode output: 42\n", result=result),
    )
    assert "coder:\nexitcode: 0 (execution succeeded)\nCode output: 42\n" in screen.out.getvalue()


def test_c36_a_question_that_is_withdrawn_says_why():
    shown = Screen().show(Answered(question=1, text="There is newer code now.", withdrawn=True))
    assert shown == "Out of date. There is newer code now.\n"


def test_p32_long_output_is_cut_with_a_note():
    shown = Screen().show(ToolReturned(call="1", output="x" * 5000, exit_code=0, files=()))
    assert shown.endswith("… (1,000 more characters)\n")
    assert len(shown) < 4100


def test_p32_names_have_colours_only_where_they_are_wanted():
    assert Screen(color=True).show(Said(text="Hi.")) == "\x1b[1m\x1b[38;5;133mcoder\x1b[0m: Hi.\n"
    assert Screen(color=True).show(Halted()) == "\x1b[2mEverything is halted. Write /resume to go on.\x1b[0m\n"


def test_p35_secrets_reach_no_terminal():
    screen = Screen(live=True)
    screen.draft("The password is hunter22 and hunter2")
    assert screen.lines() == ["coder: The password is [redacted] and"]
    assert "hunter22" not in screen.show(Said(text="The password is hun\x1b[1mter22"), Said(text="It is hun\x07ter22"))


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.characters(categories=("L", "N", "P", "S", "Z", "C")) | st.sampled_from("\x1b\x9b\r\b\x07[]m;"),
        max_size=80,
    )
)
def test_p32_no_control_sequence_of_anybody_reaches_the_terminal(text):
    screen = Screen()
    screen.show(
        Said(text=text), Said(text=f"`{text}`"), Asked(text=text, options=(text,)), Edited(target=1, text=text),
        ToolCalled(call="1", tool=text, arguments=text), ToolReturned(call=text, output=text, exit_code=0, files=()),
        Joined(participant="agent:x", name=text, role=text), TurnTaken(outcome="failed", detail=text),
        Said(text="x", files=(FileRef(sha256="0", name=text, media_type=text, size=1),)), by="agent:x",
    )  # fmt: skip
    screen.show(Stopped(reason=text), by=f"person:{text}")
    shown = screen.out.getvalue()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    shown.encode()


def test_p32_an_output_that_is_not_unicode_gets_question_marks():
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    TerminalRoom(out, redact=str).show(Record(room="r", seq=1, at=0.0, by=CODER, event=Said(text="café → ☕")))
    assert raw.getvalue() == b"coder: caf? ? ?\n"


# Drafts


def test_p22_p32_a_draft_grows_in_place_and_the_final_words_stand_where_it_was():
    screen = Screen(live=True)
    screen.show(Said(text="Before."))
    text = ""
    for number in range(60):
        text += f"word{number} " + ("\n" if number % 7 == 6 else "")
        screen.draft(text)
    assert screen.lines()[0] == "coder: Before."
    assert screen.lines()[-1].strip().endswith("word59")
    screen.show(Said(text="The end."))
    assert screen.lines() == ["coder: Before.", "coder: The end."]


def test_p22_p32_a_draft_never_takes_more_rows_than_the_terminal_has():
    screen = Screen(live=True)
    screen.draft("line\n" * 100)
    assert len(screen.lines()) <= 8
    screen.draft("x " * 3000)
    assert sum(-(-len(line) // 40) for line in screen.lines()) <= 8


def test_p22_p32_a_draft_is_gone_when_the_turn_ends_without_words():
    screen = Screen(live=True)
    screen.draft("Let me see ")
    screen.show(TurnTaken(outcome="passed"))
    assert screen.lines() == []


def test_p32_without_a_terminal_drafts_are_left_out():
    screen = Screen()
    screen.draft("Let me see ")
    assert screen.out.getvalue() == ""


# JSON


def test_p32_json_is_one_record_a_line_flushed_at_once_and_drafts_are_left_out():
    class Out(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    out = Out()
    room = JsonRoom(out, redact=Redactor(["hunter22"]))
    records = [
        Record(room="terminal:1", seq=n, at=1.5, by=CODER, event=Said(text=f"Line\n{n} hunter22")) for n in (1, 2)
    ]
    for record in records:
        room.show(record)
    room.show_draft(
        OpenDraft(
            room="terminal:1", started=TurnStarted(speaker=CODER, upto=1, rung=""), draft=Draft(text="Let me see ")
        )
    )
    lines = out.getvalue().splitlines()
    assert [from_json(line).event for line in lines] == [Said(text=f"Line\n{n} [redacted]") for n in (1, 2)]
    assert out.flushed == 2


def test_p32_json_with_half_a_character_can_be_written_and_read():
    out = io.StringIO()
    JsonRoom(out, redact=str).show(Record(room="r", seq=1, at=0.0, by=CODER, event=Said(text="half \ud83d")))
    assert json.loads(out.getvalue().encode())["text"] == "half \ufffd"


def test_c46_what_is_for_others_only_is_not_shown() -> None:
    screen = Screen(live=True)
    screen.draft("my secret is growing ", "person:web/ben")
    started = TurnStarted(speaker=CODER, upto=1, rung="", audience=("person:web/ben",))
    screen.room.show(Record(room="terminal:1", seq=1, at=0.0, by=CODER, event=started))
    for seq, event in enumerate(
        (
            ToolCalled(call="1", tool="vault", arguments="{}"),
            ToolReturned(call="1", output="4711", exit_code=None, files=()),
            Said(text="It is 4711.", audience=("person:web/ben",)),
            Asked(text="Is it 4711?", audience=("person:web/ben",)),
            Answered(question=5, text="4711 it is"),
        ),
        2,
    ):
        screen.room.show(Record(room="terminal:1", seq=seq, at=0.0, by=CODER, event=event, turn=1))
    assert screen.out.getvalue() == ""
    screen.draft("for me ", ME)
    assert "for me" in screen.show(Said(text="Hello.", audience=(ME,)))
