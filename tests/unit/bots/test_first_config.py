"""P28: `tertulia init` writes a config that loads, asks only people, and never overwrites."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from agents.errors import WrongUse
from bots.commands import init as command
from bots.config import ConfigWrong, load
from bots.first_config import Answers, ChannelKind, example, filled_in


class Person:
    """Somebody at the terminal, who answers in order."""

    def __init__(self, *answers: str):
        self.answers: Iterator[str] = iter(answers)
        self.asked: list[str] = []

    def prompt(self, text: str, *, default: str, show_default: bool, err: bool) -> str:
        self.asked.append(text)
        return next(self.answers) or default

    def isatty(self) -> bool:
        return True


def init(path: Path, *, channel: ChannelKind | None = None, model: str | None = None, **flags: str) -> int:
    return command.init(
        path, channel=channel, model=model, base_url=flags.get("base_url"), api_key=flags.get("api_key")
    )


def test_p28_the_example_is_found_and_loads():
    assert tomllib.loads(example())["teams"]["coding"]["speakers"] == "auto"


@pytest.mark.parametrize(
    ("channel", "attention", "conversation"), [("own", "always", "channel"), ("shared", "thread", "thread")]
)
def test_p28_the_kind_of_channel_decides_how_the_team_behaves(
    tmp_path: Path, channel: ChannelKind, attention: str, conversation: str
):
    path = tmp_path / "config.toml"
    assert init(path, channel=channel) == 0
    table = load(path).config.channels[0]
    assert (table.attention, table.conversation) == (attention, conversation)
    assert path.stat().st_mode & 0o777 == 0o600


def test_p28_the_model_is_written_in_and_comments_stay():
    text = filled_in(
        example(), Answers(channel="own", model='a "b"', base_url="http://127.0.0.1:1/v1", api_key="env:K")
    )
    assert tomllib.loads(text)["models"]["default"] == {
        "model": 'a "b"', "base_url": "http://127.0.0.1:1/v1", "api_key": "env:K",
    }  # fmt: skip
    assert "# [slack]" in text
    assert '# model = "gpt-5-mini"' not in text


def test_p28_an_existing_file_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(WrongUse, match="left as it is"):
        init(path, channel="own")
    assert path.read_text() == "mine"


def test_p28_a_file_that_appears_meanwhile_is_left_as_it_is(tmp_path: Path):
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(WrongUse, match="left as it is"):
        init(link, channel="own")


def test_p28_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(WrongUse, match="No such file or directory"):
        init(tmp_path / "no" / "config.toml", channel="own")


def test_p28_with_nobody_to_ask_the_defaults_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(typer, "prompt", None)
    path = tmp_path / "config.toml"
    assert init(path) == 0
    assert load(path).config.channels[0].attention == "always"
    assert load(path).config.models == {}


def test_p28_a_person_is_asked_what_the_flags_leave_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    person = Person("maybe", "s", "", "gpt-5-mini", "", "")
    monkeypatch.setattr(typer, "prompt", person.prompt)
    monkeypatch.setattr("sys.stdin", person)
    path = tmp_path / "config.toml"
    assert init(path) == 0
    config = load(path).config
    assert config.channels[0].attention == "thread"
    assert str(config.models["default"].api_key) == "env:OPENAI_API_KEY"
    assert len(person.asked) == 6
    second = tmp_path / "second.toml"
    flags = {"model": "x", "base_url": "http://127.0.0.1:1/v1", "api_key": "env:K"}
    assert command.init(second, channel="own", match=["discord:#help"], admins=["discord:42"], **flags) == 0
    assert len(person.asked) == 6


@pytest.mark.parametrize("flags", [{"base_url": "http://127.0.0.1:1/v1"}, {"api_key": "env:K"}])
def test_p28_an_endpoint_without_a_model_is_wrong_use(tmp_path: Path, flags: dict[str, str]):
    with pytest.raises(WrongUse, match="--model"):
        init(tmp_path / "config.toml", channel="own", model="", **flags)


def test_p28_an_answer_that_cannot_be_meant_writes_nothing(tmp_path: Path):
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigWrong, match="base_url should be an address"):
        init(path, channel="own", model="x", base_url="localhost")
    assert not path.exists()


def test_p28_channels_on_chat_platforms_bring_their_tables_and_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    person = Person("shared", "slack:#data-team, discord:#help", "slack:U012AB3CD", "", "")
    monkeypatch.setattr(typer, "prompt", person.prompt)
    monkeypatch.setattr("sys.stdin", person)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config.toml"
    assert init(path) == 0
    config = load(path).config
    assert list(map(str, config.channels[0].match)) == ["web:lobby", "slack:#data-team", "discord:#help"]
    assert config.slack is not None
    assert str(config.slack.app_token) == "env:SLACK_APP_TOKEN"
    assert config.discord is not None
    assert str(config.discord.bot_token) == "env:DISCORD_BOT_TOKEN"
    assert [one.name for one in config.people.admins] == ["slack:user:U012AB3CD"]
    assert [one.name for one in config.people.users] == ["slack:workspace", "discord:server"]
    assert config.agents["coder"].slack is None
    out, err = capsys.readouterr()
    assert "tertulia manifest slack --link" in err
    assert "SLACK_BOT_TOKEN" in out  # the doctor looked, and says what is missing
