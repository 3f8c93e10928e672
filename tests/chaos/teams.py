"""A team that needs no model and whose words can be counted: every message is taken up by each agent exactly once."""

import re

from agents import Team, Transcript, function_agent, round_robin
from agents.log.participants import is_person

WORD = re.compile(r"\bw(\d+);")
"""What a person writes in the message with this number."""


def _takes_up(name: str):
    def act(transcript: Transcript) -> str | None:
        news = [one.text for one in transcript.unheard(f"agent:{name}") if is_person(one.by)]
        numbers = [number for text in news for number in WORD.findall(text)]
        return " ".join(f"{name[0]}{number};" for number in numbers) or None

    return act


pair = Team(
    name="pair",
    agents=[function_agent("coder", _takes_up("coder")), function_agent("planner", _takes_up("planner"))],
    speakers=round_robin,
)
"""The coder says ``c17;`` and the planner ``p17;`` for ``w17;``, together with whatever else came meanwhile."""
