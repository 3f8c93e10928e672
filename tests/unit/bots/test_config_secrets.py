"""Secrets are references; they are read where they are needed, and shown nowhere."""

import tomllib
from pathlib import Path

import pytest

from agents.errors import WrongUse
from bots.config import ConfigWrong, load
from bots.config.loader import parse
from bots.config.references import Secret
from tests.unit.bots.test_config_loader import said_about, written

SLACK = '[slack]\nbot_token = {token}\napp_token = "env:NEVER_SET"\n'


def token_of(text: str, folder: Path) -> Secret:
    slack = load(written(folder, SLACK.format(token=f'"{text}"'))).config.slack
    assert slack is not None
    assert slack.bot_token is not None
    return slack.bot_token


def test_a_secret_comes_from_the_environment_when_it_is_needed(tmp_path: Path):
    secret = token_of("env:SLACK_BOT_TOKEN", tmp_path)
    assert secret.reveal("slack.bot_token", beside=tmp_path, environment={"SLACK_BOT_TOKEN": " xoxb-1\n"}) == "xoxb-1"
    with pytest.raises(WrongUse, match=r"slack\.bot_token .* SLACK_BOT_TOKEN is not set; set it"):
        secret.reveal("slack.bot_token", beside=tmp_path, environment={})


def test_a_secret_comes_from_a_file_beside_the_config(tmp_path: Path):
    secret = token_of("file:keys/slack", tmp_path)
    with pytest.raises(WrongUse, match="No such file"):
        secret.reveal("slack.bot_token", beside=tmp_path, environment={})
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "slack").write_text("\n")
    with pytest.raises(WrongUse, match="is empty"):
        secret.reveal("slack.bot_token", beside=tmp_path, environment={})
    (tmp_path / "keys" / "slack").write_bytes(b"\xff")
    with pytest.raises(WrongUse, match="not a text file"):
        secret.reveal("slack.bot_token", beside=tmp_path, environment={})
    (tmp_path / "keys" / "slack").write_text("xoxb-2\n")
    assert secret.reveal("slack.bot_token", beside=tmp_path, environment={}) == "xoxb-2"


def test_a_token_written_out_is_refused_in_a_file_that_others_can_read(tmp_path: Path):
    path = written(tmp_path, SLACK.format(token='"xoxb-written-out"'), mode=0o644)
    with pytest.raises(ConfigWrong, match="others can read") as caught:
        load(path)
    assert "xoxb-written-out" not in str(caught.value)


def test_a_token_written_out_in_a_private_file_is_accepted_and_never_shown(tmp_path: Path):
    secret = token_of("xoxb-written-out", tmp_path)
    assert secret.reveal("slack.bot_token", beside=tmp_path, environment={}) == "xoxb-written-out"
    assert "xoxb-written-out" not in repr(secret) + str(secret)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ('"env:"', "names no environment variable"),
        ('"env:NOT A NAME"', "names no environment variable"),
        ('"file:"', "names no file"),
        ('""', 'should be "env:NAME" or "file:PATH"'),
        ("3", 'should be "env:NAME" or "file:PATH"'),
    ],
)
def test_a_reference_that_refers_to_nothing_is_explained(token: str, sentence: str):
    (said,) = said_about(SLACK.format(token=token))
    assert sentence in said


def test_the_secret_of_an_agent_that_nobody_uses_need_not_exist():
    config, problems = parse(tomllib.loads('[models.unused]\nmodel = "x"\napi_key = "env:NEVER_SET"'))
    assert (config is not None, problems) == (True, ())
