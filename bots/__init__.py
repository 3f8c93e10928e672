"""The composition root: configuration, command line, process life, ready-made teams. `run` is its public interface."""

from typing import TYPE_CHECKING

from bots.guard import require_own_packages

if TYPE_CHECKING:
    from agents import Team
    from agents.log.records import Record

require_own_packages()


async def run(team: "Team", task: str) -> "tuple[Record, ...]":
    """Let a team work on a task until its room sleeps, shown in the terminal; every record of the room.

    The model is chosen as everywhere: OPENAI_API_KEY, a local endpoint, else a script; a ``config.toml`` in the
    current folder counts. Nothing is kept. Raises `WrongUse`, `StoreFailed`.
    """
    from bots.one_task import run_team  # noqa: PLC0415 (importing bots has to cost nothing)

    return await run_team(team, task)
