"""P35: one chain for our logs and the libraries', and no secret in any line."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from adapters.shared.redaction import Redactor
from bots.config import load
from bots.logs import Format, Level, configure, set_up
from tests.unit.bots.test_config_loader import written

SECRET = "a-very-secret-value"
TOKEN = "xoxb-1234567890-abcdefghij"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def logged(format_: Format = "json", level: Level = "info", stream: io.StringIO | None = None) -> io.StringIO:
    out = io.StringIO() if stream is None else stream
    configure(level, format_, redact=Redactor([SECRET]), stream=out)
    return out


def test_p35_our_lines_and_the_libraries_have_one_shape():
    out = logged()
    structlog.get_logger("bots.x").info("room awake", room="web:lobby", turns=3)
    logging.getLogger("some.library").warning("lost %s of %d", "one", 2)
    ours, theirs = (json.loads(line) for line in out.getvalue().splitlines())
    assert (ours["event"], ours["room"], ours["turns"], ours["level"]) == ("room awake", "web:lobby", 3, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("lost one of 2", "some.library", "warning")
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("format_", ["json", "console"])
def test_p35_no_secret_reaches_any_line(format_: Format):
    out = logged(format_, "debug")
    log = structlog.get_logger("bots.x")
    log.info(f"using {SECRET}", token=TOKEN, nested={"key": [SECRET]}, raw=SECRET.encode())
    logging.getLogger("library").warning("sent %s", TOKEN)
    try:
        raise ValueError(f"refused {SECRET}")
    except ValueError:
        log.exception("failed with %s", SECRET)
        logging.getLogger("library").exception(TOKEN)
    with structlog.contextvars.bound_contextvars(room=SECRET):
        log.info("bound")
    text = out.getvalue()
    assert SECRET not in text
    assert TOKEN not in text
    assert "[redacted]" in text
    assert "ValueError" in text


def test_auto_is_for_people_on_a_terminal_and_json_elsewhere():
    terminal = logged("auto", stream=Terminal())
    structlog.get_logger("x").info("hello")
    assert "hello" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    file = logged("auto")
    structlog.get_logger("x").info("hello")
    assert json.loads(file.getvalue())["event"] == "hello"


def test_the_level_holds_and_talkative_libraries_are_quieter():
    out = logged(level="info")
    structlog.get_logger("x").debug("not shown")
    logging.getLogger("slack_sdk.web").info("not shown")
    logging.getLogger("slack_sdk.web").warning("shown")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["shown"]


def test_configuring_again_replaces_the_first():
    first, second = logged(), logged()
    structlog.get_logger("x").info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_warnings_are_logged():
    out = logged()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"old {SECRET}", stacklevel=1)
    assert "old [redacted]" in out.getvalue()


def test_p35_the_secrets_of_the_config_are_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = '[models.default]\nmodel = "x"\napi_key = "env:KEY"\n[models.b]\nmodel = "y"\napi_key = "env:NOT_SET"\n'
    loaded = load(written(tmp_path, f'{text}[logs]\nlevel = "warning"'))
    redact = set_up(loaded, {"KEY": SECRET})
    structlog.get_logger("x").info("not shown")
    structlog.get_logger("x").warning(f"key {SECRET}")
    assert "key [redacted]" in capsys.readouterr().err
    assert redact(SECRET) == "[redacted]"
