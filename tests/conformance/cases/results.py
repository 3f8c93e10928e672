"""What is said of a program that was run."""

from typing import TypeAlias, Unpack

from tests.conformance.case import Case, Notes, runner, talker, turns

TOLD = "Results are told in the two lines of 0.2.40, for which prompts were written, failures as failures."
SILENT = "A failure that wrote nothing says so, because models took the empty line for a success."

Program: TypeAlias = tuple[str, int, str]
"""Code, and how it ends: exit code and output."""


def result(name: str, about: str, *programs: Program, **more: Unpack[Notes]) -> Case:
    """A coder writes the programs, and the runner runs them."""
    said = "\n\n".join(f"```python\n{code}\n```" for code, _, _ in programs)
    return Case(
        name=name,
        about=about,
        agents=(talker("coder", said), runner()),
        ends=turns(2),
        exits={code: (number, output) for code, number, output in programs},
        **more,
    )


FAILED = "exitcode: 3 (execution failed)\nCode output: The program failed and wrote nothing."
ONE, TWO, BOOM = ("print(1)", 0, "1\n"), ("print(2)", 0, "2\n"), ("boom()", 2, "NameError: boom\n")
FROM_0_7 = {"0.7.5": TOLD}

CASES = (
    result("result-output", "It succeeds and prints.", ONE, deviates=FROM_0_7),
    result("result-silent", "It succeeds and prints nothing.", ("x = 1", 0, ""), deviates=FROM_0_7),
    result("result-failure", "It fails and says why.", BOOM, deviates=FROM_0_7),
    result("result-of-two", "Two blocks print.", ONE, TWO, deviates=FROM_0_7),
    result("result-of-the-failing-one", "The first prints, the second fails.", ONE, BOOM, deviates=FROM_0_7),
    result(
        "result-silent-failure",
        "It fails without a word.",
        ("exit(3)", 3, ""),
        deviates={"0.2.40": SILENT, "0.7.5": TOLD},
        ours={"said": [["ana", "task"], ["coder", "```python\nexit(3)\n```"], ["runner", FAILED]]},
    ),
    Case(
        name="result-is-read",
        about="Who speaks after the runner reads the result.",
        agents=(talker("coder", "```python\nprint(6 * 7)\n```"), runner(), talker("critic")),
        ends=turns(3),
        exits={"print(6 * 7)": (0, "42\n")},
        compared=("speakers", "stop", "ran"),
    ),
)
