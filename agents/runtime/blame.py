"""What people are told of a bug: which function of the team's author it was in, where it was in one."""

import sysconfig
import traceback
from pathlib import Path

_OURS = ("agents", "adapters", "bots")
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def told_of(bug: Exception) -> str:
    """A sentence on what stopped the conversation; it holds no word of the bug's own text, which may be a secret."""
    kind = type(bug).__name__
    for frame, line in traceback.walk_tb(bug.__traceback__):
        code, module = frame.f_code, str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] not in _OURS and not code.co_filename.startswith(_LIBRARIES):
            where = f"{code.co_name} ({Path(code.co_filename).name}, line {line})"
            return f"The function {where} failed with {kind}, which stopped the conversation; the log has the details."
    return f"An internal error ({kind}) stopped the conversation; the server's log has the details."
