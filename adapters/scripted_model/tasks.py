"""The five tasks that the script knows."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """What a person is asked before the work begins; the choice replaces ``CHOICE`` in the code."""

    text: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task and how it goes. ``attempts`` are written one after the other, each after the last one failed.

    ``expected`` is in the output of a run that went well.
    """

    words: str
    plan: str
    attempts: tuple[str, ...]
    expected: str
    result: str
    question: Clarification | None = None


_SINE = """\
This draws the curve and saves it.

```python
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 400)
y = np.sin(x)
figure, axes = plt.subplots(figsize=(8, 4))
axes.plot(x, y, color="teal")
axes.axhline(0, color="grey", linewidth=0.5)
axes.set(title="sin(x) from 0 to 10", xlabel="x", ylabel="sin(x)")
figure.savefig("sin.png", dpi=120, bbox_inches="tight")
print(f"saved sin.png: {len(x)} points between {y.min():.2f} and {y.max():.2f}")
```"""

_PRIMES = """\
Trial division is enough for twenty.

```python
primes = []
candidate = 2
while len(primes) < 20:
    if all(candidate % prime for prime in primes):
        primes.append(candidate)
    candidate += 1
print(*primes)
```"""

_AVERAGE = """\
Read the numbers, then take their mean.

```python
readings = "21, 19, n/a, 24, 22"
values = [float(reading) for reading in readings.split(",")]
print(f"average of {len(values)} readings: {sum(values) / len(values)}")
```"""

_AVERAGE_MENDED = """\
`n/a` is not a number, so it has to be left out, and counted.

```python
readings = "21, 19, n/a, 24, 22"
values = []
missing = 0
for reading in readings.split(","):
    try:
        values.append(float(reading))
    except ValueError:
        missing += 1
print(f"average of {len(values)} readings: {sum(values) / len(values)} ({missing} missing)")
```"""

_SALES = """\
No file was given, so this makes a small one first.

```python
from pathlib import Path

import pandas as pd

Path("sales.csv").write_text(
    "region,product,amount\\n"
    "north,tea,120\\nnorth,coffee,340\\nsouth,tea,210\\nsouth,coffee,95\\nwest,tea,60\\nwest,coffee,410\\n"
)
sales = pd.read_csv("sales.csv")
table = sales.pivot_table(index="region", columns="product", values="amount", aggfunc="sum", margins=True)
print(table.to_string())
print("best region:", sales.groupby("region")["amount"].sum().idxmax())
```"""

_BARS = """\
Bars in CHOICE, as chosen.

```python
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

days = ["Mon", "Tue", "Wed", "Thu", "Fri"]
cups = [3, 4, 2, 5, 6]
figure, axes = plt.subplots(figsize=(6, 4))
axes.bar(days, cups, color="CHOICE")
axes.set(title="Cups of coffee this week", ylabel="cups")
figure.savefig("bars.png", dpi=120, bbox_inches="tight")
print("saved bars.png in CHOICE")
```"""

_SCRIPTS = (
    Task(
        words="plot sin(x) from 0 to 10",
        plan="1. @coder plots sin(x) and saves a PNG.\n2. The runner runs it.\n3. The reviewer looks at the result.",
        attempts=(_SINE,),
        expected="saved sin.png",
        result="sin(x) from 0 to 10 is plotted in sin.png.",
    ),
    Task(
        words="list the first 20 primes",
        plan="1. @coder finds the primes.\n2. The runner runs it.\n3. The reviewer counts them.",
        attempts=(_PRIMES,),
        expected="61 67 71",
        result="the first 20 primes begin with 2, 3, 5 and end with 71.",
    ),
    Task(
        words="average the readings 21, 19, n/a, 24, 22",
        plan="1. @coder computes the mean.\n2. The runner runs it, and again if it fails.\n3. The reviewer checks it.",
        attempts=(_AVERAGE, _AVERAGE_MENDED),
        expected="21.5",
        result="the average of the four readings is 21.5; one is missing. The first attempt failed and was mended.",
    ),
    Task(
        words="sum up sales by region from a CSV",
        plan="1. @coder reads the CSV with pandas.\n2. The runner runs it.\n3. The reviewer checks the sums.",
        attempts=(_SALES,),
        expected="best region: west",
        result="the sums are in the table above; the best region is west with 470.",
    ),
    Task(
        words="draw a bar chart in a colour I choose",
        plan="1. @coder draws the bars in CHOICE.\n2. The runner runs it.\n3. The reviewer looks at the result.",
        attempts=(_BARS,),
        expected="saved bars.png",
        result="the chart is in bars.png, its bars in CHOICE.",
        question=Clarification(text="Which colour shall the bars have?", options=("teal", "tomato", "gold")),
    ),
)

TASKS: tuple[str, ...] = tuple(task.words for task in _SCRIPTS)
"""What to write, or to offer as buttons."""


def task_for(text: str) -> Task | None:
    """The task asked for in these words; case, spaces, an @name in front and a full stop do not matter."""
    wanted = _plain(re.sub(r"^\s*(\(correcting an earlier message\) *)?(@\S+[,:]?\s+)?", "", text))
    return next((task for task in _SCRIPTS if _plain(task.words) == wanted), None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".!? ")
