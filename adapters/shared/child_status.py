"""The one message by which a chat channel sees its child rooms: edited as they go, and short once all have ended."""

from collections.abc import Iterable

from agents.log.events import Closed, Opened
from agents.log.records import Record
from agents.log.turns import together

LONGEST_TASK = 100
"""Characters of a task that are shown."""


def status_text(records: Iterable[Record], group: str) -> str:
    """What is said of the child rooms that were opened together, in CommonMark.

    ``records`` are those of the room that opened them, up to now, and ``group`` is what `together` says of one of them.
    """
    opened: dict[str, Opened] = {}
    closed: dict[str, Closed] = {}
    for record in records:
        match record.event or record.trace:
            case Opened(child=child) as event if together(child) == group:
                opened[child] = event
            case Closed(child=child) as event if child in opened:
                closed[child] = event
            case _:
                pass
    if len(closed) == len(opened):
        turns = sum(one.turns for one in closed.values())
        return f"*{_names(opened.values())}: done, in {turns} turn{'' if turns == 1 else 's'}.*"
    lines = [f"{_name(event)}: {'done' if child in closed else _task(event)}" for child, event in opened.items()]
    return "*Working in a room of its own:*" + "".join(f"\n- {line}" for line in lines)


def _names(opened: Iterable[Opened]) -> str:
    return ", ".join(_name(event) for event in opened)


def _name(event: Opened) -> str:
    return event.team.replace("_", "\\_").replace("*", "\\*") or "A conversation"


def _task(event: Opened) -> str:
    line = " ".join(event.task.split())
    return f"{line[:LONGEST_TASK]}…" if len(line) > LONGEST_TASK else line or "at work"
