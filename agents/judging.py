"""Attention by judgement: a cheap model decides whether anyone of the team should speak at all (P41)."""

import json
from contextlib import aclosing

from agents.errors import ModelFailed
from agents.prompts import Answer, ModelMessage, ModelRequest
from agents.speakers import Think
from agents.transcript import Transcript
from agents.views import model_name

READ = 12
"""How many of the newest messages since the last reset the judge reads."""

_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


async def worth_an_answer(transcript: Transcript, think: Think, model: str) -> bool:
    """Whether the newest messages ask for one of the team; a failing or undecided model means no.

    Raises `BudgetExceeded` and `WrongUse` as every model call does.
    """
    team = "\n".join(f"{one.handle}: {one.role}" for one in transcript.agents)
    system = f"People talk in a channel in which these agents listen:\n{team}"
    newest = [one for one in transcript.above(transcript.start)[-READ:] if not one.deleted and not one.audience]
    read = [ModelMessage(role="user", text=one.text, name=model_name(one.by)) for one in newest]
    ask = (
        "Should one of the agents speak now, because it is asked something or could help at once? "
        'If in doubt, no. Answer with a JSON object: {"answer": "yes"} or {"answer": "no"}.'
    )
    messages = [ModelMessage(role="system", text=system), *read, ModelMessage(role="user", text=ask)]
    request = ModelRequest(messages=messages, schema=_SCHEMA, settings={"temperature": 0})
    text = ""
    try:
        async with aclosing(think(model, request)) as stream:
            async for item in stream:
                text = item.text if isinstance(item, Answer) else text
    except ModelFailed:
        return False
    return _yes(text)


def _yes(text: str) -> bool:
    begin, end = text.find("{"), text.rfind("}")
    try:
        match json.loads(text[begin : end + 1]) if 0 <= begin < end else None:
            case {"answer": str(answer)}:
                return answer.strip().casefold() == "yes"
            case _:
                return text.strip().casefold().startswith("yes")
    except ValueError:
        return False
