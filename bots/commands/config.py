"""``tertulia config check``: every effective value of a config file, or everything that is wrong with it."""

import json
import sys
from pathlib import Path

from bots.config import ConfigWrong, load
from bots.config.effective import Value, effective


def check(path: Path, *, as_json: bool) -> int:
    """Print the effective values and return 0, or the file's problems and return 1. Raises `WrongUse` for no file."""
    try:
        loaded = load(path)
    except ConfigWrong as error:
        if as_json:
            print(json.dumps({"ok": False, "problems": [str(one) for one in error.problems]}, ensure_ascii=False))
        else:
            print(error, file=sys.stderr)
        return 1
    values = effective(loaded.config)
    if as_json:
        rows = [{"key": one.key, "value": one.value, "origin": one.origin} for one in values]
        print(json.dumps({"ok": True, "values": rows}, ensure_ascii=False))
        return 0
    shown = [one for one in values if one.origin != "default" or one.value not in (None, "", [], {})]
    for one in shown:
        print(f"{_line(one):<72} # {one.origin}")
    print(f"\n{path} is fine.", file=sys.stderr)
    return 0


def _line(one: Value) -> str:
    if one.value is None:
        return f"{one.key} = (secret)"
    return f"{one.key} = {json.dumps(one.value, ensure_ascii=False)}"
