"""Is everything there that the config needs? Checks with stable ids, each one function.

A platform's checks (tokens, scopes, intents, membership) join by one line in `CHECKS`.
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path

from agents.errors import ModelFailed, SandboxUnavailable, WrongUse
from bots.checks import Check, Finding, Probes
from bots.config.configuration import Config
from bots.config.default_model import ListModels, choose_model
from bots.config.effective import secrets_in
from bots.config.loader import Loaded
from bots.config.references import readable_by_others
from bots.config.suggestions import did_you_mean
from bots.config.tables import ModelTable

TIMEOUT = 15.0
"""Seconds for one check."""

LEAST_FREE_BYTES = 100_000_000


async def examine(loaded: Loaded, probes: Probes, checks: Mapping[str, Check] | None = None) -> tuple[Finding, ...]:
    """Run all checks beside each other; their findings in the order of the checks. A slow one is a problem."""
    chosen = CHECKS if checks is None else checks
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(_timed(name, check, loaded, probes)) for name, check in chosen.items()]
    return tuple(finding for task in running for finding in task.result())


async def _timed(name: str, check: Check, loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await check(loaded, probes)
    except TimeoutError:
        return (_problem(name, f"This check found no answer within {TIMEOUT:.0f} s; look at what it waits for."),)


async def secrets(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Every secret that something in use needs can be read."""
    needed = [(key, secret) for key, secret in secrets_in(loaded.config) if _in_use(key, loaded.config)]
    missing: list[Finding] = []
    for key, secret in needed:
        try:
            loaded.reveal(secret, key, probes.environment)
        except WrongUse as error:
            missing.append(_problem("secrets", str(error)))
    return missing or (_ok("secrets", f"All secrets that are in use can be read ({len(needed)})."),)


async def file_modes(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Nobody else on the machine can read a secret or the database."""
    named = [secret.value for _, secret in secrets_in(loaded.config) if secret.kind == "file"]
    open_ones = [path for path in map(loaded.located, (*named, loaded.config.store.path)) if _open(path)]
    return [
        _problem("file-modes", f"Others on this machine can read {path}; run `chmod 600 {path}`.") for path in open_ones
    ] or (_ok("file-modes", "Nobody else on this machine can read secrets or the database."),)


async def database(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """The database can be opened, is sound, and has room to grow."""
    return (await asyncio.to_thread(_database, loaded.located(loaded.config.store.path)),)


async def clock(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Time has not gone backwards: budgets are by day, and Slack refuses what is five minutes off."""
    path = loaded.located(loaded.config.store.path)
    newest = max((each.stat().st_mtime for each in (path, Path(__file__)) if each.exists()), default=0.0)
    behind = newest - probes.now()
    if behind > 60:
        return (_problem("clock", f"This machine's clock is at least {behind / 60:.0f} minutes slow; set it right."),)
    return (_ok("clock", "The clock is not behind what was written here."),)


async def engine(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """A Docker engine answers and has the sandbox's image."""
    runs_code = any(agent.kind == "code_runner" or agent.runs_code for agent in loaded.config.agents.values())
    try:
        with probes.sandbox(loaded.config.sandbox) as sandbox:
            await sandbox.check()
    except SandboxUnavailable as error:
        said = f"{error} Until then code is shown, not run."
        return (Finding(check="engine", status="problem" if runs_code else "warning", text=said),)
    return (_ok("engine", "The Docker engine answers and has the sandbox's image."),)


async def models(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Every model's endpoint answers and knows the model."""
    configured = loaded.config.models
    choice = await asyncio.to_thread(
        choose_model, configured.get("default"), probes.environment, _quiet(probes.models_at)
    )
    asked = dict(configured) if choice.model is None else {"default": choice.model, **configured}
    found = [await asyncio.to_thread(_model, name, table, loaded, probes) for name, table in asked.items()]
    if choice.model is None:
        found.insert(0, Finding(check="model:default", status="warning", text=choice.announcement))
    return found


async def channels(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Every configured channel is on a platform that is switched on, and that this Tertulia can reach."""
    config = loaded.config
    named = {"slack": config.slack is not None, "discord": config.discord is not None, "web": config.web.enabled}
    bound = {one.platform for channel in config.channels for one in channel.match if one.platform in named}
    switched_on = {platform for platform, on in named.items() if on}
    found = [
        _problem("channels", f"Channels of {platform} have a team, but no [{platform}] is switched on to reach them.")
        for platform in sorted(bound - switched_on)
    ]
    found += [
        _problem(
            "channels", f"[{platform}] is configured, but this version has no adapter for {platform}; take it out."
        )
        for platform in sorted(switched_on)
        if not probes.has_adapter(platform)
    ]
    if found:
        return found
    if not config.channels:
        text = "No channel is bound to a team; add a [[channels]] table, or let an admin say `use TEAM` in one."
        return (Finding(check="channels", status="warning", text=text),)
    count = len(config.channels)
    return (_ok("channels", f"All [[channels]] tables ({count}) are on platforms that are switched on."),)


async def slack(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Slack accepts every token, and the apps have their scopes and channels; imported only where it is configured."""
    if loaded.config.slack is None:
        return ()
    check: Check = import_module("bots.platforms.slack_check").check_slack
    return await check(loaded, probes)


async def discord(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Discord knows every token, and the host bot may read; imported only where it is configured."""
    if loaded.config.discord is None:
        return ()
    check: Check = import_module("bots.platforms.discord_check").check_discord
    return await check(loaded, probes)


CHECKS: Mapping[str, Check] = {
    "secrets": secrets,
    "file-modes": file_modes,
    "database": database,
    "clock": clock,
    "engine": engine,
    "models": models,
    "channels": channels,
    "slack": slack,
    "discord": discord,
}
"""All checks, in the order in which they are shown."""


def _ok(check: str, text: str) -> Finding:
    return Finding(check=check, status="ok", text=text)


def _problem(check: str, text: str) -> Finding:
    return Finding(check=check, status="problem", text=text)


def _in_use(key: str, config: Config) -> bool:
    """Whether anything would read this secret: what belongs to an agent or model that no team uses may be missing."""
    table, _, rest = key.partition(".")
    agents = {agent for team in config.teams.values() for agent in team.agents}
    if table == "agents":
        return rest.partition(".")[0] in agents
    if table == "models":
        named = {config.agents[agent].model for agent in agents} | {
            team.speaker_model for team in config.teams.values()
        }
        fallbacks = {other for name in named if name in config.models for other in config.models[name].fallback}
        return rest.partition(".")[0] in named | fallbacks
    return True


def _open(path: Path) -> bool:
    return path.exists() and readable_by_others(path)


def _database(path: Path) -> Finding:
    folder = next(each for each in path.parents if each.exists())
    if not os.access(folder, os.W_OK):
        return _problem("database", f"The database cannot be written in {folder}; give yourself access, or move it.")
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        return _problem("database", f"Only {free / 1e6:.0f} MB are free in {folder}; make room for the database.")
    if not path.exists():
        return _ok("database", f"The database will be made at {path}.")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        verdict = str(error)
    if verdict != "ok":
        return _problem("database", f"The database {path} is damaged ({verdict}); restore a backup.")
    return _ok("database", f"The database {path} is sound.")


def _quiet(ask: ListModels) -> ListModels:
    def listed(base_url: str, api_key: str) -> Sequence[str]:
        try:
            return ask(base_url, api_key)
        except ModelFailed:
            return ()

    return listed


def _model(name: str, table: ModelTable, loaded: Loaded, probes: Probes) -> Finding:
    check = f"model:{name}"
    try:
        key = loaded.reveal(table.api_key, f"models.{name}.api_key", probes.environment) if table.api_key else ""
    except WrongUse as error:
        return Finding(check=check, status="warning", text=f"{table.base_url} was not asked for its models: {error}")
    try:
        known = probes.models_at(table.base_url, key)
    except ModelFailed as error:
        return _problem(check, f"The model {table.model} cannot be reached: {error}")
    if known and table.model not in known:
        return _problem(check, f"{table.base_url} has no model {table.model}{did_you_mean(table.model, known) or '.'}")
    return _ok(check, f"{table.base_url} answers and has {table.model}.")
