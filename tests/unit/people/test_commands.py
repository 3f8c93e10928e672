"""Requirement P16: one grammar on every surface."""

from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import WrongUse
from agents.people.commands import Command, Role, Scope, Verb, command_of, help_text, parse

EXAMPLES: dict[Verb, str] = {"use": "coding", "agents": "join coder", "budget": "add 5"}


@pytest.mark.parametrize(
    "prefix", ["/", "!", "@Tertulia ", "@tertulia: ", "  @Tertulia, ", "/tertulia ", "/Tertulia  "]
)
@pytest.mark.parametrize("verb", get_args(Verb))
def test_p16_every_verb_is_understood_on_every_surface(prefix: str, verb: Verb) -> None:
    arguments = EXAMPLES.get(verb, "")
    text = f"{prefix}{verb} {arguments}".rstrip()
    assert parse(text, bare_slash=True) == Command(verb=verb, arguments=arguments)


@pytest.mark.parametrize("text", ["/STOP", "/Stop.", "!stop!", "@Tertulia stop?!", "@Tertulia\nstop", "/stop !!"])
def test_p16_case_and_punctuation_do_not_matter(text: str) -> None:
    assert parse(text, bare_slash=True) == Command(verb="stop")


@pytest.mark.parametrize("text", ["@Tertulia", "@Tertulia:", "/tertulia", "/tertulia "])
def test_p16_calling_without_a_verb_is_asking_for_help(text: str) -> None:
    assert parse(text, bare_slash=False) == Command(verb="help")


def test_p16_stop_and_halt_take_any_words_because_they_are_typed_in_a_hurry() -> None:
    assert parse("!stop now, please!", bare_slash=False) == Command(verb="stop", arguments="now, please")
    assert parse("@Tertulia halt\nit burns", bare_slash=False) == Command(verb="halt", arguments="it burns")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "stop",
        "say !stop",
        "!important",
        "!",
        "!!stop",
        "! stop",
        "/etc/passwd is a file",
        "/",
        "//stop",
        "/ stop",
        "/2",
        " /stop",
        "1/stop",
        "@Tertulia what is the weather?",
        "@Tertulia why did you choose numpy?",
        "@Tertulia next time use polars",
        "@Tertulia use polars instead of pandas",
        "@Tertulia where is the file",
        "@Tertulia ???",
        "@Tertuliano stop",
        "@coder stop",
        "ask @Tertulia stop",
    ],
)
def test_p16_ordinary_text_is_not_swallowed(text: str) -> None:
    assert parse(text, bare_slash=True) is None


@pytest.mark.parametrize("text", ["/stop", "/stoop", "/play a song"])
def test_p16_a_slash_that_is_not_ours_alone_is_ordinary_text(text: str) -> None:
    assert parse(text, bare_slash=False) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "/stoop",
            "There is no command /stoop; did you mean /stop? Write a space before the slash to say it as a message.",
        ),
        ("/tertulia static now", "There is no command /tertulia static; did you mean /tertulia status?"),
        ("/tertulia ???", "There is no command /tertulia ???; /tertulia help lists all commands."),
        (
            "/xyzzy a",
            "There is no command /xyzzy; /help lists all commands. "
            "Write a space before the slash to say it as a message.",
        ),
    ],
)
def test_p16_an_unknown_verb_is_not_said_and_the_nearest_one_is_named(text: str, hint: str) -> None:
    with pytest.raises(WrongUse) as caught:
        parse(text, bare_slash=True)
    assert str(caught.value) == hint


@pytest.mark.parametrize(
    "text",
    [
        "!leave coder", "!use", "!use two words", "!agents coder", "!agents join", "!agents join a b", "!budget 5",
        "!budget add -5", "!budget add 1e9", "!budget add 5.123", "!export pdf", "!resume everybody", "!help me",
        "!why not", "!status all", "/tertulia where is it",
    ],
)  # fmt: skip
def test_p16_a_known_verb_with_the_wrong_arguments_is_explained(text: str) -> None:
    with pytest.raises(WrongUse, match=r"That is not how .* is written"):
        parse(text, bare_slash=False)


@pytest.mark.parametrize(
    "words", ["", "  ", "STOP.", "stop now, please!", " use coding", "static now", "???", "why not", "agents join"]
)
def test_what_a_platform_took_the_slash_off_is_read_as_with_it(words: str) -> None:
    def read(read_it: Callable[[], Command | None]) -> Command | str | None:
        try:
            return read_it()
        except WrongUse as error:
            return str(error)

    assert read(lambda: command_of(words)) == read(lambda: parse(f"/tertulia {words}", bare_slash=False))


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("!agents leave code-r_2", "leave code-r_2"),
        ("!budget add $2.50", "add $2.50"),
        ("!export markdown.", "markdown"),
        ("!help stop", "stop"),
        ("!use my_team:team", "my_team:team"),
    ],
)
def test_p16_arguments_come_as_they_were_written(text: str, arguments: str) -> None:
    command = parse(text, bare_slash=False)
    assert command is not None
    assert command.arguments == arguments


@pytest.mark.parametrize(
    ("arguments", "scope"),
    [
        ("", "room"),
        ("please", "room"),
        ("workspace", "workspace"),
        ("everything", "everything"),
        ("EVERYTHING, now", "everything"),
        ("everything2", "room"),
    ],
)
def test_p6_halt_says_how_far_it_reaches(arguments: str, scope: Scope) -> None:
    assert Command(verb="halt", arguments=arguments).scope == scope


@pytest.mark.parametrize(
    ("command", "role"),
    [
        (Command(verb="stop"), "user"),
        (Command(verb="halt"), "user"),
        (Command(verb="halt", arguments="workspace"), "owner"),
        (Command(verb="halt", arguments="everything"), "owner"),
        (Command(verb="resume"), "user"),
        (Command(verb="resume", arguments="everything"), "owner"),
        (Command(verb="agents"), "user"),
        (Command(verb="agents", arguments="join coder"), "admin"),
        (Command(verb="agents", arguments="leave coder"), "admin"),
        (Command(verb="budget"), "user"),
        (Command(verb="budget", arguments="add 5"), "admin"),
        (Command(verb="use", arguments="coding"), "admin"),
        (Command(verb="leave"), "admin"),
        (Command(verb="where"), "owner"),
        (Command(verb="export"), "user"),
    ],
)
def test_p45_what_changes_the_room_needs_an_admin_and_what_reaches_beyond_it_an_owner(
    command: Command, role: Role
) -> None:
    assert command.role == role


def test_p44_only_a_few_commands_make_sense_without_a_team() -> None:
    verbs = {verb for verb in get_args(Verb) if Command(verb=verb).anywhere}
    assert verbs == {"help", "use", "where"}
    assert Command(verb="halt", arguments="everything").anywhere
    assert Command(verb="resume", arguments="workspace").anywhere


def test_p16_help_fits_a_screen_and_names_every_verb() -> None:
    lines = help_text("/tertulia ").splitlines()
    assert len(lines) <= 20
    assert max(len(line) for line in lines) <= 80
    assert [line.split()[1].rstrip(":") for line in lines[:-1]] == list(get_args(Verb))


def test_p16_help_for_one_verb_is_one_line() -> None:
    assert help_text("!", "use") == "!use TEAM: Put this team into this channel. (+)"


@given(st.text(st.sampled_from("/!@ \n.,?stophaltTertuliaxyz"), max_size=30), st.booleans())
def test_p16_any_text_is_a_command_or_a_message_or_gets_a_hint(text: str, bare_slash: bool) -> None:
    first = text.lstrip()[:1]
    try:
        command = parse(text, bare_slash=bare_slash)
    except WrongUse:
        hinted = True
    else:
        hinted = False
        assert command is None or first in ("/", "!", "@")
    assert not hinted or first in ("/", "!")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("!stop" + " " * 90_000, ""),
        ("/stop" + "\n" * 90_000 + "!", ""),
        ("@Tertulia stop" + " ." * 45_000, ""),
        ("!halt" + "\t" * 90_000 + "now", "now"),
        ("!stop.  ...now", "...now"),
        ("!stop,\u3000now", "now"),
    ],
    ids=range(6),
)
def test_blanks_and_marks_around_a_command_do_not_matter_however_many_there_are(text: str, arguments: str) -> None:
    command = parse(text, bare_slash=True)
    assert command is not None
    assert command.arguments == arguments


@pytest.mark.parametrize("text", ["!stop-gap", "!stop.now", "/halt/now", "!stop1"])
def test_a_word_that_goes_on_is_no_command(text: str) -> None:
    assert parse(text, bare_slash=True) is None
