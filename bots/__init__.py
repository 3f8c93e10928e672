"""The composition root: configuration, command line, process life, ready-made teams. `run` is its public interface."""

from typing import TYPE_CHECKING

from bots.guard import require_own_packages

if TYPE_CHECKING:
    from agents import Team
    from agents.runtime.team_run import TeamRun

require_own_packages()


async def run(team: "Team", task: str) -> "TeamRun":
    """Let a team work on a task until its room rests, shown in the terminal; what came of it.

    The model is chosen as everywhere: OPENAI_API_KEY, a local endpoint, else a script; a ``config.toml`` in the
    current folder counts. Nothing is kept. What comes back is what `agents.testing.run_team` gives too: the messages,
    who spoke, why it ended, what it cost, the files, the notes, and every record. Raises `WrongUse`, `StoreFailed`.
    """
    from bots.one_task import run_team  # noqa: PLC0415 (importing bots has to cost nothing)

    return await run_team(team, task)
