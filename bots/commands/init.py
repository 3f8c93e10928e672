"""``tertulia init``: writes config.toml from the example; asks a person only what flags leave open."""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import typer

from agents.errors import WrongUse
from bots.commands.doctor import doctor
from bots.config import ConfigWrong
from bots.config.loader import parse
from bots.first_config import Answers, ChannelKind, example, filled_in, platforms

_WHERE = "Where shall the team be besides the web room, such as slack:#data-team or discord:#help? Empty: nowhere"
_ADMIN = {
    "slack": "Who is admin in Slack? slack: and the member id (Profile, More, Copy member ID); empty: nobody yet",
    "discord": "Who is admin in Discord? discord: and the user id (Developer Mode, Copy User ID); empty: nobody yet",
}
_STEPS = {
    "slack": "Slack: `tertulia manifest slack --link` prints the address that makes the app; install it, and put its "
    "two tokens into SLACK_BOT_TOKEN and SLACK_APP_TOKEN. docs/slack.md shows each step.",
    "discord": "Discord: make a bot with the message content intent in the developer portal, invite it, and put its "
    "token into DISCORD_BOT_TOKEN. docs/discord.md shows each step.",
}
"""What only people can do, for each platform."""

_MODES: tuple[ChannelKind, ...] = ("own", "shared")


def init(
    path: Path,
    *,
    channel: ChannelKind | None,
    model: str | None,
    base_url: str | None,
    api_key: str | None,
    match: Sequence[str] | None = None,
    admins: Sequence[str] | None = None,
) -> int:
    """Write ``path``, check what it names on chat platforms, and say what comes next.

    Raises `WrongUse` where it exists or an answer cannot be meant.
    """
    if path.exists():
        raise WrongUse(f"{path} exists already and was left as it is; name another file with --config, or edit it.")
    asks = sys.stdin.isatty()
    if channel is None and asks:
        channel = _ask_channel()
    if match is None:
        match = _ask(_WHERE, "").replace(",", " ").split() if asks else ()
    if admins is None:
        admins = [_ask(_ADMIN[one], "") for one in _ADMIN if _on(one, match)] if asks else ()
    if model is None and asks:
        model = _ask("Which model do the agents think with? Empty: chosen at each start", "")
        if model and base_url is None:
            base_url = _ask("At which endpoint? Empty: OpenAI", "")
        if model and api_key is None:
            api_key = _ask(
                "Where is its key? env:NAME or file:PATH; empty: none needed", "" if base_url else "env:OPENAI_API_KEY"
            )
    answers = Answers(
        channel=channel or "own",
        match=tuple(match),
        admins=tuple(one for one in admins if one),
        model=model or "",
        base_url=base_url or "",
        api_key=api_key or "",
    )
    if not answers.model and (answers.base_url or answers.api_key):
        raise WrongUse("--base-url and --api-key belong to a model; name it with --model.")
    text = filled_in(example(), answers)
    _, problems = parse(tomllib.loads(text))
    if problems:
        raise ConfigWrong(path, problems)
    _write(path, text)
    print(f"{path} is written. Next: `tertulia doctor`, then `tertulia run`.", file=sys.stderr)
    for platform in platforms(answers):
        print(_STEPS[platform], file=sys.stderr)
    if platforms(answers) and asks:
        doctor(path, as_json=False)
    return 0


def _on(platform: str, match: Sequence[str]) -> bool:
    return any(one.startswith(f"{platform}:") for one in match)


def _ask_channel() -> ChannelKind:
    question = "Is the channel the team's own, where it answers everything, or shared with people's talk? (own/shared)"
    while True:
        said = _ask(question, "own").casefold()
        for mode in _MODES:
            if said and mode.startswith(said):
                return mode


def _ask(question: str, default: str) -> str:
    answer: str = typer.prompt(question, default=default, show_default=bool(default), err=True)
    return answer.strip()


def _write(path: Path, text: str) -> None:
    """Write it in one piece, readable by its owner alone: people put tokens into it. Never over an existing file."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise WrongUse(f"{path} exists already and was left as it is.") from error
    except OSError as error:
        raise WrongUse(f"{path} cannot be written ({error.strerror}); choose another place with --config.") from error
