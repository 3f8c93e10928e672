"""What a terminal shows of a room."""

import io

import pytest

from adapters.terminal import TerminalRoom
from agents.code import to_arguments
from agents.events import Asked, Event, FileRef, Joined, Said, Stopped, ToolCalled, ToolReturned, TurnTaken
from agents.records import Record
from agents.runs import CodeBlock

CODER = Joined(participant="agent:coder", name="coder", avatar=":computer:")


class Screen(io.StringIO):
    """A terminal, as far as colours go."""

    def isatty(self) -> bool:
        return True


def shown(*events: tuple[str, Event], stream: io.StringIO | None = None, me: str | None = None) -> str:
    stream = stream or io.StringIO()
    room = TerminalRoom(stream, me=me)
    for seq, (by, event) in enumerate(events, 1):
        room.show(Record(room="terminal:x", seq=seq, at=0.0, by=by, event=event))
    return stream.getvalue()


def test_a_message_stands_under_its_authors_face_and_name() -> None:
    assert shown(("system", CODER), ("agent:coder", Said(text="Hello."))) == "\n💻 coder:\nHello.\n"


def test_what_the_person_at_the_terminal_typed_is_not_repeated() -> None:
    said = ("person:terminal/you", Said(text="hi"))
    assert shown(said, me="person:terminal/you") == ""
    assert "hi" in shown(said)


def test_p21_control_characters_of_a_text_never_reach_the_terminal() -> None:
    text = shown(("agent:coder", Said(text="a\x1b[2Jb\x07c\u202ed\r\tend")), stream=Screen())
    assert "ab" not in text
    assert "a[2Jbcd\tend" in text


def test_colours_are_for_terminals_only() -> None:
    said = ("agent:coder", Said(text="x"))
    assert "\x1b[" in shown(said, stream=Screen())
    assert "\x1b[" not in shown(said)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ToolCalled(call="1", tool="weather", arguments="{}"), "-- coder uses weather …\n"),
        (
            ToolCalled(call="1", tool="run_code", arguments=to_arguments((CodeBlock(language="sh", code="ls"),))),
            "-- coder runs the code …\n",
        ),
        (
            ToolCalled(call="1", tool="run_code", arguments=to_arguments((CodeBlock(language="sh", code="ls"),) * 2)),
            "-- coder runs 2 blocks of code …\n",
        ),
        (ToolReturned(call="1", output="Not run.", exit_code=None, files=(), failed=True), "-- Not run.\n"),
        (ToolReturned(call="1", output="42", exit_code=0, files=()), ""),
        (TurnTaken(outcome="passed"), ""),
    ],
)
def test_what_agents_do_is_said_aside(event: Event, words: str) -> None:
    assert shown(("agent:coder", event)) == words


def test_questions_name_their_options_and_stops_their_reason() -> None:
    asked = shown(("agent:coder", Asked(text="Which colour?", options=("red", "blue"))))
    assert "Which colour?" in asked
    assert "red, blue" in asked
    assert "planner ended it" in shown(("system", Stopped(reason="planner ended it.")))


def test_files_are_named() -> None:
    file = FileRef(sha256="0" * 64, name="sin.png", media_type="image/png", size=3)
    assert "file: sin.png" in shown(("agent:runner", Said(text="", files=(file,))))


def test_c20_the_word_that_ends_is_not_shown() -> None:
    assert "TERMINATE" not in shown(("agent:planner", Said(text="Done.\n\nTERMINATE")))
