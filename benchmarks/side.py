"""One side of a comparison: runs a benchmark of the tree it is started in, and prints its rows as one line of JSON.

``python -P benchmarks/side.py NAME REPETITIONS PART``, with that tree as working directory and as PYTHONPATH. It is run
for older commits as well, so it uses nothing but what their ``benchmarks`` has: `rows`, `Size` and the fields of `Row`.
"""

import json
import sys
from pathlib import Path

from benchmarks.measuring import Size
from benchmarks.running import rows

OURS = ("agents", "adapters", "bots", "benchmarks", "tests")


def main(name: str, repetitions: str, part: str) -> None:
    """Measure, and print it; fail where code of another tree was measured."""
    measured = rows(name, Size(repetitions=int(repetitions), part=float(part)))
    strange = strangers(Path.cwd())
    if strange:
        raise SystemExit(f"{strange[0]} was imported from another tree; nothing was measured.")
    fields = ("what", "samples", "unit", "floor", "goal")
    print(json.dumps([{field: getattr(row, field) for field in fields} for row in measured]))


def strangers(tree: Path) -> list[str]:
    """Modules of ours that were not imported from that tree."""
    ours = [(name, module.__file__) for name, module in sys.modules.items() if name.partition(".")[0] in OURS]
    return [name for name, file in ours if file and not Path(file).is_relative_to(tree)]


if __name__ == "__main__":
    main(*sys.argv[1:])
