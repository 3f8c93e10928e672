"""Exports and replay: to read and to keep (P12, C28)."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.sqlite_store import open_store
from agents.errors import StoreFailed, WrongUse
from agents.log.events import (
    Answered,
    Asked,
    Deleted,
    Edited,
    Event,
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
from agents.log.records import Entry, Record, from_json
from agents.people.command_actions import Exporter
from bots.clock import SystemClock
from bots.commands import export as export_command
from bots.commands import replay as replay_command
from bots.exports import EXPORTERS, as_html, as_markdown, as_text, lines
from tests.unit.bots.test_config_loader import written

ANA, CODER = "person:web/ana", "agent:coder"
PLOT = FileRef(sha256="0" * 64, name="plot.png", media_type="image/png", size=3)


def room(*told: tuple[str, Event | None]) -> tuple[Record, ...]:
    joined = (("system", Joined(participant=ANA, name="Ana")), ("system", Joined(participant=CODER, name="Coder")))
    return tuple(
        Record(room="web:lobby", seq=seq, at=1_795_000_000 + seq, by=by, event=event)
        for seq, (by, event) in enumerate([*joined, *told], 1)
    )


def told(*events: tuple[str, Event | None]) -> list[tuple[str, str]]:
    return [(line.who, line.text) for line in lines(room(*events))]


def test_c42_an_answer_that_its_writer_changed_is_told_as_changed():
    asked, answered = Asked(text="Which year?"), Answered(question=3, text="2023")
    events = ((CODER, asked), (ANA, answered), (ANA, Edited(target=4, text="2024")))
    assert told(*events) == [("Coder", "Which year?"), ("Ana", "2024\n\n*(edited)*")]


RESULT = "exitcode: 0 (execution succeeded)\nCode output: 42\n"


@pytest.mark.parametrize(("call", "result"), [("run_code-7", "run_code-7"), ("run_code-7", ""), ("x", "x")])
def test_c51_a_result_stands_there_once_also_in_rooms_of_the_first_version(call: str, result: str):
    returned = ToolReturned(call=call, output="42\n", exit_code=0, files=())
    assert told((CODER, returned), (CODER, Said(text=RESULT, result=result)), (CODER, Said(text="42!"))) == [
        ("Coder", "```text\n42\n```"),
        ("Coder", "42!"),
    ]


@pytest.mark.parametrize("result", ["", "other"])
def test_c51_words_that_look_like_a_result_are_told_as_the_words_they_are(result: str):
    returned = ToolReturned(call="call_1", output="42\n", exit_code=0, files=())
    shown = told((CODER, Said(text=RESULT)), (CODER, returned), (CODER, Said(text=RESULT, result=result)))
    assert shown == [("Coder", RESULT), ("Coder", "```text\n42\n```"), ("Coder", RESULT)]


def test_c36_a_question_that_is_withdrawn_is_told_as_such():
    withdrawn = Answered(question=3, text="There is newer code now.", withdrawn=True)
    assert told((CODER, Asked(text="May I?")), (CODER, withdrawn))[1:] == [
        ("Coder", "took the question back. There is newer code now.")
    ]


def test_m24_exports_read_fences_as_the_room_does():
    (page,) = told((CODER, Said(text="Run: ```sh\nls\n```\n<!-- hidden -->")))
    assert page[1] == "Run:\n```sh\nls\n```\n"


def test_messages_are_told_with_names_files_and_audience():
    assert told(
        (ANA, Said(text="Plot it.")),
        (CODER, Said(text="Here.", files=(PLOT,), audience=(ANA,))),
        (CODER, Said(text="And th", partial=True)),
        ("person:web/bob", Said(text="Hm.")),
    ) == [
        ("Ana", "Plot it."),
        ("Coder", "*(to Ana)*\n\nHere.\n\n*(files: plot.png)*"),
        ("Coder", "And th\n\n*(interrupted)*"),
        ("bob", "Hm."),
    ]


def test_p12_edits_are_applied_and_what_was_deleted_or_erased_is_gone():
    events = (
        (ANA, Said(text="first", files=(PLOT,))),
        (ANA, Said(text="secret")),
        (ANA, None),
        (ANA, Edited(target=3, text="corrected")),
        (ANA, Edited(target=99, text="of nothing")),
        (ANA, Deleted(target=4)),
        (ANA, Deleted(target=99)),
    )
    assert told(*events) == [("Ana", "corrected\n\n*(files: plot.png)*\n\n*(edited)*")]
    for name in ("markdown", "html"):
        assert b"secret" not in EXPORTERS[name](room(*events)).content


def test_what_happens_beside_talk_is_told_as_notes():
    assert told(
        (CODER, TurnStarted(speaker=CODER, upto=2, rung="auto")),
        (CODER, ToolCalled(call="1", tool="weather", arguments='{"city":"Madrid"}')),
        (CODER, ToolReturned(call="1", output="sun ```", exit_code=None, files=())),
        (CODER, ToolCalled(call="2", tool="run_code", arguments="{}")),
        (CODER, ToolReturned(call="2", output="", exit_code=0, files=(PLOT,))),
        (CODER, ToolReturned(call="3", output=" ", exit_code=0, files=())),
        (CODER, Asked(text="Which city?", options=("Madrid", "Lima"))),
        (ANA, Answered(question=1, option="Lima")),
        ("system", Answered(question=2, expired=True)),
        (CODER, TurnTaken(outcome="failed", detail="the model did not answer")),
        (CODER, TurnTaken(outcome="said")),
        (CODER, Opened(child="web:lobby/1", task="look it up")),
        ("system", Summarised(upto=3, text="talk")),
        ("system", Left(participant=CODER)),
        ("system", Stopped(reason="done.")),
        ("system", Halted()),
        ("system", Resumed()),
        ("system", Reset()),
    ) == [
        ("Coder", 'called weather with {"city":"Madrid"}'),
        ("Coder", "````text\nsun ```\n````"),
        ("Coder", "*(files: plot.png)*"),
        ("Coder", "*(no output)*"),
        ("Coder", "Which city?\n\n(Madrid / Lima)"),
        ("Ana", "Lima"),
        ("Tertulia", "Nobody answered in time."),
        ("Coder", "opened a conversation of its own: look it up"),
        ("Tertulia", "Coder left."),
        ("Tertulia", "The conversation ended: done."),
        ("Tertulia", "Everything was halted."),
        ("Tertulia", "The halt was lifted."),
        ("Tertulia", "The conversation was reset."),
    ]


def test_the_page_runs_nothing_and_loads_nothing():
    page = as_html(
        room(
            (
                ANA,
                Said(
                    text="<script>x</script> [a](javascript:x) ![b](http://127.0.0.1/x) **bold**\n\n| a |\n|---|\n| 1 |"
                ),
            ),
            ("system", Stopped(reason="<b>")),
        )
    ).content.decode()
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "&lt;b&gt;" in page
    assert "<strong>bold</strong>" in page
    assert "<table>" in page
    assert "default-src 'none'" in page


def test_markdown_has_everything_in_order():
    text = as_markdown(room((ANA, Said(text="Hi.")), ("system", Stopped(reason="done.")))).content.decode()
    assert text.startswith("# Conversation in web:lobby\n\n**Ana** · 2026-")
    assert text.index("Hi.") < text.index("The conversation ended: done.")
    assert as_markdown(()).content.decode() == "# An empty conversation\n"


def test_control_characters_reach_no_terminal():
    shown = [as_text(line) for line in lines(room((ANA, Said(text="\x1b[2Jred\nand\tmore\x9b")), ("system", Halted())))]
    assert shown[0].endswith("Ana:\n[2Jred\nand\tmore")
    assert shown[1].endswith("· Everything was halted.")


@pytest.fixture
async def house(tmp_path: Path) -> Path:
    """A config with a store that holds two rooms."""
    config = written(tmp_path, '[store]\npath = "rooms.db"')
    async with open_store(tmp_path / "rooms.db", SystemClock()) as store:
        await store.log.append("web:lobby", [Entry(event=Said(text=f"line {n} é\u2028"), by=ANA) for n in range(1500)])
        await store.log.append("web:other", [Entry(event=Said(text="elsewhere"), by=ANA)])
    return config


def exported(config: Path, name: str | None, format_: str, output: Path) -> bytes:
    assert export_command.export(config, name, format_=format_, output=output) == 0
    return output.read_bytes()


Run = Callable[[], int]


def test_c28_a_replay_is_byte_for_byte_the_export(
    house: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
):
    content = exported(house, "web:lobby", "jsonl", tmp_path / "a.jsonl")
    assert content.count(b"\n") == 1500
    capsysbinary.readouterr()
    assert replay_command.replay(house, str(tmp_path / "a.jsonl"), as_json=True) == 0
    assert capsysbinary.readouterr().out == content
    assert replay_command.replay(house, "web:lobby", as_json=True) == 0
    assert capsysbinary.readouterr().out == content
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert replay_command.replay(house, "-", as_json=True) == 0
    assert capsysbinary.readouterr().out == content


def test_all_rooms_are_exported_where_none_is_named(
    house: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
):
    assert export_command.export(house, None, format_="jsonl", output=None) == 0
    rows = capsysbinary.readouterr().out.decode().split("\n")[:-1]
    assert {from_json(row).room for row in rows} == {"web:lobby", "web:other"}
    assert replay_command.replay(house, "web:other", as_json=False) == 0
    printed = capsysbinary.readouterr()
    assert printed.out.endswith(b"ana: elsewhere\n")
    assert printed.err == b"1 records of web:other.\n"
    with pytest.raises(WrongUse, match="Name the room to export as html; there are web:lobby, web:other"):
        export_command.export(house, None, format_="html", output=None)


def test_what_is_not_there_is_named(house: Path, tmp_path: Path):
    with pytest.raises(WrongUse, match=r'There is no room web:loby .*did you mean "web:lobby"'):
        replay_command.replay(house, "web:loby", as_json=True)
    with pytest.raises(WrongUse, match="cannot be written"):
        export_command.export(house, "web:lobby", format_="markdown", output=tmp_path / "no" / "a.md")
    with pytest.raises(StoreFailed, match="There is no database"):
        replay_command.replay(written(tmp_path, '[store]\npath = "none.db"'), "web:lobby", as_json=True)


@pytest.mark.parametrize(("content", "sentence"), [(b"{}\n", "Line 1 of the export: "), (b"\xff", "cannot be read")])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, content: bytes, sentence: str):
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(WrongUse, match=sentence):
        replay_command.replay(tmp_path / "config.toml", str(tmp_path / "a.jsonl"), as_json=True)


@pytest.mark.parametrize("export", EXPORTERS.values())
def test_half_a_character_keeps_nothing_from_being_exported(export: Exporter):
    content = export(room((ANA, Said(text="half an emoji: \ud83d, and more")))).content.decode()
    assert "and more" in content


BOTH = (
    Record(room="web:lobby", seq=1, at=0, by=ANA, event=Said(text="Go.")),
    Record(room="web:lobby~1.1", seq=1, at=1, by="system", event=Said(text="The <task>.")),
    Record(room="web:lobby~1.1", seq=2, at=2, by=CODER, event=Said(text="Inner words.")),
)


def test_child_rooms_are_sections_of_a_document_and_records_after_their_parents():
    text = as_markdown(BOTH).content.decode()
    assert (
        text.index("# Conversation in web:lobby\n") < text.index("Go.") < text.index("## Conversation in web:lobby~1.1")
    )
    assert text.index("## Conversation in web:lobby~1.1") < text.index("Inner words.")
    page = as_html(BOTH).content.decode()
    assert page.index("Go.") < page.index("<h1>Conversation in web:lobby~1.1</h1>") < page.index("Inner words.")
    assert [from_json(row).room for row in EXPORTERS["jsonl"](BOTH).content.decode().splitlines()] == [
        "web:lobby", "web:lobby~1.1", "web:lobby~1.1",
    ]  # fmt: skip


@pytest.mark.parametrize("room", ["web:lobby", None])
async def test_an_export_from_the_command_line_has_each_child_room_once_after_its_parent(
    tmp_path: Path, room: str | None, capsysbinary: pytest.CaptureFixture[bytes]
):
    config = written(tmp_path, '[store]\npath = "rooms.db"')
    async with open_store(tmp_path / "rooms.db", SystemClock()) as store:
        for name in ("web:lobby", "web:lobby~1.1", "web:lobby~1.1~2.1"):
            await store.log.append(name, [Entry(event=Said(text=f"in {name}"), by=ANA)])
    assert await asyncio.to_thread(lambda: export_command.export(config, room, format_="jsonl", output=None)) == 0
    rows = capsysbinary.readouterr().out.decode().splitlines()
    assert [from_json(row).room for row in rows] == ["web:lobby", "web:lobby~1.1", "web:lobby~1.1~2.1"]
