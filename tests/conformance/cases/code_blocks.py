"""Which code of a message is run."""

from typing import Unpack

from tests.conformance.case import Case, Doings, runner, talker, turns

PY = "```python\n{}\n```"
NEWEST = "Only the newest message with code is run; what a later one replaces is not."
NAMES = "A block is run as what its first line says, under any usual name of the language, or by its looks without one."
FENCES = "Fences are read as people see them rendered: tildes, longer fences around shorter ones."
ASKED = "A person's code is run where the person tells the runner to, not where it is merely shown."


def block(name: str, about: str, said: str, **more: Unpack[Doings]) -> Case:
    """An agent says something, and the runner is next."""
    case: Doings = {"agents": (talker("coder", said), runner()), "ends": turns(2), **more}
    return Case(name=name, about=about, compared=("ran",), **case)


QUOTED = "What is quoted is not run."
OWN_NAMES, BOTH = {"0.7.5": NAMES}, {"0.2.40": NAMES, "0.7.5": NAMES}
RUN = {"ran": [["python", "print(1)"]]}

CASES = (
    block("code-python", "A block of Python.", "Run this:\n\n" + PY.format("print(1)")),
    block("code-shell", "A block of shell.", "```sh\nls\n```"),
    block("code-bash", "bash is shell.", "```bash\nls\n```", deviates=OWN_NAMES),
    block("code-py", "py is Python.", "```py\nprint(1)\n```", deviates=OWN_NAMES),
    block("code-two-blocks", "Two blocks, in order.", PY.format("x = 1") + "\n\nthen\n\n" + PY.format("print(x)")),
    block("code-without-a-language", "A bare block of Python.", "```\nprint(1)\n```", deviates=OWN_NAMES),
    block(
        "code-windows-lines",
        "Lines end as on Windows.",
        "```python\r\nprint(1)\r\n```",
        deviates={"0.7.5": "Lines that end as on Windows are lines; 0.7.5 leaves such code out without a word."},
    ),
    block("code-python3", "python3 is Python.", "```python3\nprint(1)\n```", deviates=BOTH, ours=RUN),
    block(
        "code-with-more-words",
        "More stands behind the language.",
        "```python demo\nprint(1)\n```",
        deviates=BOTH,
        ours=RUN,
    ),
    block("code-in-a-list", "A block under the point of a list.", "- First:\n\n  ```python\n  print(1)\n  ```"),
    block("code-in-a-quote", "A block in a quote.", "> ```python\n> print(1)\n> ```", deviates={"0.7.5": QUOTED}),
    block("code-ruby", "A language that is not run.", "```ruby\nputs 1\n```"),
    block("code-none", "No code at all.", "Nothing to run."),
    block("code-inline", "A span of code is no block.", "Call `print(1)` now."),
    block("code-unclosed", "A block that is not closed.", "```python\nprint(1)"),
    block(
        "code-tildes",
        "A block between tildes.",
        "~~~python\nprint(1)\n~~~",
        deviates={"0.2.40": FENCES, "0.7.5": FENCES},
        ours=RUN,
    ),
    block(
        "code-in-a-longer-fence",
        "A block that is shown inside a longer fence.",
        "````markdown\n" + PY.format("print(1)") + "\n````",
        deviates={"0.7.5": FENCES},
    ),
    block(
        "code-up-to-a-failure",
        "The first block fails: the second one is not run.",
        PY.format("boom()") + "\n\n" + PY.format("print(2)"),
        exits={"boom()": (1, "boom\n")},
    ),
    Case(
        name="code-newest-only",
        about="A sketch, then the code: one after the other, and the runner is next.",
        agents=(talker("planner", PY.format("sketch()")), talker("coder", PY.format("print(1)")), runner()),
        ends=turns(3),
        compared=("ran",),
        deviates={"0.7.5": NEWEST},
    ),
    Case(
        name="code-before-a-remark",
        about="Code, then a remark without code, and the runner is next.",
        agents=(talker("coder", PY.format("print(1)")), talker("critic", "Looks good."), runner()),
        ends=turns(3),
        compared=("ran",),
    ),
    Case(
        name="code-once",
        about="The same code is not run again in the next round.",
        agents=(talker("coder", PY.format("print(1)"), "That is all."), runner()),
        ends=turns(4),
        compared=("ran",),
    ),
    Case(
        name="code-of-the-person",
        about="The task holds code, and the runner is next.",
        agents=(runner(), talker("coder")),
        tasks=("What does this do?\n\n" + PY.format("print(1)"),),
        ends=turns(2),
        compared=("ran",),
        deviates={"0.2.40": ASKED, "0.7.5": ASKED},
        ours={"ran": []},
    ),
)
