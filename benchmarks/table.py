"""One table for all benchmarks: what was measured, how far it could go down, what we want, whether we are there."""

import statistics
from dataclasses import dataclass

WIDTHS = (60, 11, 11, 11, 11, 5)
HEADS = ("what", "median", "best", "floor", "goal", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement, repeated: less is better.

    ``floor`` is what the least that could do the work costs, ``goal`` what we want at most; both in ``unit`` (empty: a
    plain number). The goal is met by the median.
    """

    what: str
    samples: tuple[float, ...]
    unit: str
    floor: float | None = None
    goal: float | None = None

    @property
    def median(self) -> float:
        """The sample in the middle."""
        return statistics.median(self.samples)

    @property
    def best(self) -> float:
        """The smallest sample: what the machine's other work disturbed least."""
        return min(self.samples)

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal."""
        return None if self.goal is None else self.median <= self.goal


def header() -> str:
    """The table's first two lines."""
    return "\n".join((row_of_cells(HEADS), rule()))


def rule() -> str:
    """The line below a table's heads."""
    return row_of_cells(tuple("-" * width for width in WIDTHS))


def line(row: Row) -> str:
    """The row as one line of the table."""
    numbers = (number(value, row.unit) for value in (row.median, row.best, row.floor, row.goal))
    return row_of_cells((row.what, *numbers, "" if row.met is None else "yes" if row.met else "NO"))


def number(value: float | None, unit: str) -> str:
    """A cell with about three digits and the unit; empty for None."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f} {unit}".rstrip()


def row_of_cells(cells: tuple[str, ...]) -> str:
    """One line of the table: the first cell to the left, the others to the right."""
    first, *others = (
        cell.ljust(width) if index == 0 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    return " ".join((first, *others)).rstrip()
