"""Small teams without a model, for channels of the fake Discord."""

from agents import Team, Transcript, first, function_agent, mentioned, round_robin
from agents.participants import is_person


def _answering(name: str):
    def act(transcript: Transcript) -> str | None:
        last = transcript.last
        return f"{name} heard: {last.text}" if is_person(last.by) else None

    return act


echo = Team(
    name="echo",
    agents=[function_agent("coder", _answering("coder")), function_agent("planner", _answering("planner"))],
    speakers=first(mentioned, round_robin),
)
"""Whoever is asked repeats what a person said; the others pass."""
