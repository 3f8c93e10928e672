"""Structured logs on standard error, with no secret in any line.

Our own lines and those of libraries, which use the standard library's logging, go through the same chain and handler.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Literal, TextIO

import structlog

from adapters.shared.redaction import Redactor
from agents.errors import WrongUse
from bots.config import Loaded
from bots.config.effective import secrets_in

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]

_TALKATIVE = (
    "slack_bolt",
    "slack_sdk",
    "discord",
    "docker",
    "urllib3",
    "httpx2",
    "openai",
    "uvicorn.access",
    "aiosqlite",
)
"""Libraries whose ``info`` is what we call ``debug``."""


def redactor(loaded: Loaded, environment: Mapping[str, str]) -> Redactor:
    """What takes the config's secrets, as far as they can be read, out of log lines and outgoing text."""

    def known() -> Iterator[str]:
        for key, secret in secrets_in(loaded.config):
            with suppress(WrongUse):  # a missing secret is reported by whoever needs it
                yield loaded.reveal(secret, key, environment)

    return Redactor(known())


def set_up(loaded: Loaded, environment: Mapping[str, str]) -> Redactor:
    """Log as ``[logs]`` says, without the config's secrets; the redactor, for whatever else leaves the process."""
    redact = redactor(loaded, environment)
    configure(loaded.config.logs.level, loaded.config.logs.format, redact=redact)
    return redact


def configure(level: Level, format_: Format, *, redact: Redactor, stream: TextIO | None = None) -> None:
    """Send all logs of the process to ``stream``, standard error by default, one line each.

    ``auto`` is for people where the stream is a terminal and JSON elsewhere. Calling it again replaces what was set.
    """
    out = sys.stderr if stream is None else stream
    for_people = format_ == "console" or (format_ == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if for_people else "iso", utc=not for_people),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact.processor,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    logging.captureWarnings(capture=True)
