"""A coder and a runner: the two-agent chat of the AutoGen paper, in a channel."""

from agents import Team, Transcript, assistant, code_runner, first, max_turns, mentioned, round_robin, said
from agents.log.participants import is_person


def run_new_code(transcript: Transcript) -> str | None:
    """The runner follows code, the coder answers people."""
    if transcript.last.code:
        return "runner"
    return "coder" if is_person(transcript.last.by) else None


coder = assistant(
    "coder",
    "Writes and mends Python.",
    instructions=(
        "Solve the task with one fenced Python block at a time and wait for what the runner reports. "
        "Save plots as PNG files in the current folder. When the result is right, say so and end with TERMINATE."
    ),
    settings={"temperature": 0.0},
    avatar=":computer:",
)

team = Team(
    name="pair",
    agents=[coder, code_runner("runner")],
    speakers=first(mentioned, run_new_code, round_robin),
    termination=said("TERMINATE") | max_turns(20),
)
