"""Planner, coder, runner, reviewer: they write code, run it in the sandbox and check what came out."""

from agents import Team, assistant, auto, code_runner, max_turns, said

FLOW = "The planner opens. The coder writes code. The runner runs new code. The reviewer checks, the planner closes."

planner = assistant(
    "planner",
    "Splits the task and says when it is done.",
    instructions=(
        "Plan in at most five short steps and leave the code to the coder. "
        "When the reviewer approves, sum up the answer for the people in a sentence or two and end with TERMINATE."
    ),
    avatar=":compass:",
)
coder = assistant(
    "coder",
    "Writes Python.",
    instructions=(
        "Write one fenced Python block that does the whole step and prints what matters. "
        "Save plots as PNG files in the current folder. When the runner reports an error, mend the code."
    ),
    settings={"temperature": 0.0},
    avatar=":computer:",
)
runner = code_runner("runner")
reviewer = assistant(
    "reviewer",
    "Checks the result.",
    instructions="Look at the code and at what the runner reported. Say APPROVED, or what is wrong, in two sentences.",
    avatar=":mag:",
)

team = Team(
    name="coding",
    agents=[planner, coder, runner, reviewer],
    speakers=auto(),
    flow=FLOW,
    termination=said("TERMINATE") | max_turns(20),
)
