"""Doctor's look at Slack: each token live, each scope by name, each channel joined."""

from collections.abc import Sequence

from adapters.slack import Missing, Setting, inspect_apps, inspect_installing, inspect_way_in
from adapters.sqlite_store import open_for_reading
from agents.errors import PlatformFailed, StoreFailed, WrongUse
from bots.checks import Finding, Probes
from bots.clock import SystemClock
from bots.config import Loaded
from bots.platforms.slack import setting_of


async def check_slack(loaded: Loaded, probes: Probes) -> Sequence[Finding]:
    """Nothing where Slack is not configured; else one finding for each app, each channel, and the way in over HTTP."""
    if loaded.config.slack is None:
        return ()
    try:
        setting = setting_of(loaded, probes.environment)
        found = await inspect_apps(setting, _channels(loaded), SystemClock())
        if setting.oauth is not None:
            found = (*found, *await _installing(loaded, setting))
        if setting.http is not None:
            found = (*found, await inspect_way_in(setting.http))
    except (WrongUse, PlatformFailed, StoreFailed) as error:
        return (Finding(check="slack", status="problem", text=str(error)),)
    return tuple(Finding(check="slack", status="warning" if one.lacks else "ok", text=one.text) for one in found)


async def _installing(loaded: Loaded, setting: Setting) -> Sequence[Missing]:
    """The workspaces that the database knows, if there is one yet."""
    path = loaded.located(loaded.config.store.path)
    if not path.exists():
        return await inspect_installing(setting, None, SystemClock())
    async with open_for_reading(path, SystemClock()) as store:
        return await inspect_installing(setting, store.facts, SystemClock())


def _channels(loaded: Loaded) -> Sequence[str]:
    """The channels that the config names for certain: by id, or by a name without ``*``."""
    patterns = [one for channel in loaded.config.channels for one in channel.match if one.platform == "slack"]
    return [one.value for one in patterns if one.kind in ("name", "id") and "*" not in one.value]
