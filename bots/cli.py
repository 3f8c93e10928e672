"""The command line: what can be typed, and nothing else. A command's body is imported when it is called.

A new command is one function here and one module in `bots.commands`, whose result is the exit code: 0 done, 1 a problem
was found; wrong use is 2. What a command finds goes to standard output, everything else to standard error.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

ConfigOption = Annotated[Path, typer.Option("--config", "-c", metavar="PATH", help="The config file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CONFIG = Path("config.toml")


def _typer(what: str) -> typer.Typer:
    return typer.Typer(
        help=what,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # rich would cost 0.2 s and 20 MB before the first word
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )


app = _typer("A team of AI agents in your Slack, Discord or web room.")
config_app = _typer("The config file.")
sandbox_app = _typer("The sandbox that agents' code runs in.")
app.add_typer(config_app, name="config")
app.add_typer(sandbox_app, name="sandbox")
manifest_app = _typer("What a chat platform must be told of the app that Tertulia is there.")
app.add_typer(manifest_app, name="manifest")
invite_app = _typer("Let Tertulia into a server.")
app.add_typer(invite_app, name="invite")


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        app(prog_name="tertulia")
    except Exception as error:
        from agents.errors import TertuliaError, WrongUse  # brings the whole core, which --help can do without

        if not isinstance(error, TertuliaError):
            raise
        print(f"tertulia: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, WrongUse) else 1)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"tertulia {version('tertulia')}")
        raise typer.Exit


@app.callback()
def tertulia(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A team of AI agents in your Slack, Discord or web room."""


@app.command()
def demo(
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Let a script play the agents, whatever is set.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="The page's port; taken: the next free one.")] = None,
    task: Annotated[str | None, typer.Option(help="What to ask the team first.")] = None,
) -> None:
    """Open a room in your browser and play a task in it; no token, no key."""
    from bots.commands import demo as body

    raise typer.Exit(body.demo(scripted=scripted, port=port, task=task))


@app.command()
def chat(
    config: ConfigOption = CONFIG,
    team: Annotated[str, typer.Option(help="A team of the config, a ready-made one, or module:team.")] = "",
    as_json: JsonOption = False,
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Let a script play the agents, whatever is set.")
    ] = False,
) -> None:
    """Talk to a team in the terminal; a piped message ends when the room sleeps."""
    from bots.commands import chat as body

    raise typer.Exit(body.chat(config, team=team, as_json=as_json, scripted=scripted))


@app.command()
def run(
    config: ConfigOption = CONFIG,
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Let a script play the agents, whatever is set.")
    ] = False,
) -> None:
    """Serve everything that the config names, until Ctrl-C."""
    from bots.commands import run as body

    raise typer.Exit(body.run(config, scripted=scripted))


@app.command()
def init(
    config: ConfigOption = CONFIG,
    channel: Annotated[
        Literal["own", "shared"] | None,
        typer.Option(help="Is the channel the team's own, or shared with people's talk?"),
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(
            "--match", metavar="CHANNEL", help="A channel besides the web room: slack:#data-team. Repeatable."
        ),
    ] = None,
    admin: Annotated[
        list[str] | None, typer.Option("--admin", metavar="PERSON", help="An admin: slack:U012AB3CD. Repeatable.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's name; without one it is chosen at the start.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The model's endpoint, if it is not OpenAI's.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Where its key is: env:NAME or file:PATH.")] = None,
) -> None:
    """Write a config file, asking what flags leave open."""
    from bots.commands import init as body

    raise typer.Exit(
        body.init(config, channel=channel, model=model, base_url=base_url, api_key=api_key, match=match, admins=admin)
    )


@app.command()
def doctor(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Check that everything the config needs is there and works."""
    from bots.commands import doctor as body

    raise typer.Exit(body.doctor(config, as_json=as_json))


@app.command()
def export(
    room: Annotated[
        str | None, typer.Argument(help="The room, such as web:lobby; all of them where none is named.")
    ] = None,
    config: ConfigOption = CONFIG,
    format_: Annotated[
        Literal["jsonl", "markdown", "html"], typer.Option("--format", help="What it is written as.")
    ] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="PATH", help="The file to write.")] = None,
) -> None:
    """Write a conversation out, also while Tertulia runs."""
    from bots.commands import export as body

    raise typer.Exit(body.export(config, room, format_=format_, output=output))


@app.command()
def replay(
    source: Annotated[str, typer.Argument(help="An exported JSONL file, - for standard input, or a room.")],
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Read a conversation again; nothing is sent and no model is called."""
    from bots.commands import replay as body

    raise typer.Exit(body.replay(config, source, as_json=as_json))


@app.command()
def budget(
    room: Annotated[str | None, typer.Argument(help="The room; all of them where none is named.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show what was spent today and what the limits are."""
    from bots.commands import budget as body

    raise typer.Exit(body.budget(config, room, as_json=as_json))


@config_app.command("check")
def config_check(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Print every value and where it came from, or everything that is wrong."""
    from bots.commands import config as body

    raise typer.Exit(body.check(config, as_json=as_json))


@sandbox_app.command("build")
def sandbox_build() -> None:
    """Build the sandbox's image from this machine's own Python; no image registry is needed."""
    from bots.commands import sandbox as body

    raise typer.Exit(body.build())


@sandbox_app.command("check")
def sandbox_check(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Attack the sandbox as hostile code would, and say what held."""
    from bots.commands import sandbox as body

    raise typer.Exit(body.check(config, as_json=as_json))


@manifest_app.command("slack")
def manifest_slack(
    config: ConfigOption = CONFIG,
    agent: Annotated[
        str, typer.Option(help="The agent that is to be an app of its own; without it the host app.")
    ] = "",
    name: Annotated[str, typer.Option(help="What the host app is called.")] = "Tertulia",
    link: Annotated[bool, typer.Option("--link", help="Print the address that opens it in Slack.")] = False,
) -> None:
    """Print the Slack app manifest."""
    from bots.commands import manifest as body

    raise typer.Exit(body.slack(config, agent=agent, name=name, link=link))


@invite_app.command("discord")
def invite_discord(
    config: ConfigOption = CONFIG,
    agent: Annotated[str, typer.Option(help="The agent whose own bot it is; without it the host bot.")] = "",
) -> None:
    """Print the address that invites the Discord bot with the rights that it needs."""
    from bots.commands import invite as body

    raise typer.Exit(body.discord(config, agent=agent))
