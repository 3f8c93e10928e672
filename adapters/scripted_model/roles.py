"""What each role of the ready-made teams does next, decided from the scene alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.scripted_model.scene import Scene
from adapters.scripted_model.tasks import TASKS, Task

ASK_PERSON = "ask_person"
NOBODY = "nobody"
_PLANNER, _REVIEWER = "planner", "reviewer"
_PLAN = "The plan:"

SCRIPT = "I am a script and know these five; set OPENAI_API_KEY or start Ollama for a real model:\n" + "\n".join(
    f"- {words}" for words in TASKS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What to say, and the arguments of `ASK_PERSON` where a person is to be asked. Neither: a pass."""

    text: str = ""
    question: str = ""


PASS = Move()


def act(scene: Scene, *, can_ask: bool) -> Move:
    """What the agent of this scene does now."""
    if scene.task is None:
        return PASS if scene.lines else Move(text=f"{SCRIPT}\n\nTERMINATE")
    if any(line.ends for line in scene.lines):
        return PASS
    if scene.me == _REVIEWER:
        return _review(scene, scene.task)
    leads = scene.me == _PLANNER or _PLANNER not in scene.agents
    if leads and scene.task.question is not None and scene.answer is None:
        return _ask(scene, scene.task, can_ask=can_ask)
    return _plan(scene, scene.task) if scene.me == _PLANNER else _code(scene, scene.task)


def next_speaker(scene: Scene, names: Sequence[str]) -> str:
    """Planner, coder, runner, reviewer, planner: the first of those whose turn it is that may speak."""
    for name in _order(scene):
        if name in names:
            return name
    begins = not scene.lines and NOBODY not in _order(scene)
    return names[0] if begins or NOBODY not in names else NOBODY


def _order(scene: Scene) -> tuple[str, ...]:
    if not scene.lines:
        leader = _PLANNER if _PLANNER in scene.agents else "coder"
        return (leader, NOBODY) if _waits(scene) else (leader, "coder")
    last, task = scene.lines[-1], scene.task
    if task is None or last.ends or _waits(scene):
        return (NOBODY,)
    if last.has_code:
        return ("runner", _REVIEWER, _PLANNER)
    if last.ran == "failed" and scene.attempts < len(task.attempts):
        return ("coder",)
    if last.speaker == _PLANNER:
        return ("coder",)
    if last.speaker == _REVIEWER:
        return (_PLANNER,)
    return (_REVIEWER, _PLANNER) if scene.attempts else (_PLANNER, "coder")


def _waits(scene: Scene) -> bool:
    """Whether a person's choice is missing and nobody has gone on without it."""
    begun = scene.attempts or any(_PLAN in line.text for line in scene.lines)
    return scene.task is not None and scene.task.question is not None and scene.answer is None and not begun


def _ask(scene: Scene, task: Task, *, can_ask: bool) -> Move:
    question = task.question
    if question is None or scene.said(scene.me):
        return PASS
    if can_ask:
        return Move(question=json.dumps({"question": question.text, "options": list(question.options)}))
    return Move(text=f"{question.text} Please write one of {', '.join(question.options)}.")


def _plan(scene: Scene, task: Task) -> Move:
    plan = _chosen(task.plan, scene)
    if not any(line.speaker == _PLANNER and line.text.endswith(plan) for line in scene.lines):
        return Move(text=f"{_greeting(scene)}{_PLAN}\n{plan}")
    if scene.said(_REVIEWER) or (_REVIEWER not in scene.agents and scene.run is not None):
        return _close(scene, task)
    return PASS


def _code(scene: Scene, task: Task) -> Move:
    alone = _PLANNER not in scene.agents
    if _waits(scene):
        return PASS
    if not scene.attempts:
        greeting = _greeting(scene) if alone else ""
        return Move(text=greeting + _chosen(task.attempts[0], scene))
    if scene.run is not None and scene.run.ran == "failed" and scene.attempts < len(task.attempts):
        return Move(text=_chosen(task.attempts[scene.attempts], scene))
    if alone:
        return _close(scene, task)
    return PASS


def _review(scene: Scene, task: Task) -> Move:
    if not scene.attempts:
        return PASS
    run = scene.run
    if run is None:
        return Move(text="APPROVED as it is written; nobody has run it, so there is no result to check.")
    if run.ran == "succeeded" and task.expected in run.text:
        return Move(text=f"APPROVED. The output has what the task asked for: {_line_with(task.expected, run.text)}")
    return Move(text=f"Not approved. The output does not have what the task asked for: {_last_line(run.text)}")


def _close(scene: Scene, task: Task) -> Move:
    run = scene.run
    if run is None:
        return Move(text="Not done: the code is above, and nobody has run it.\n\nTERMINATE")
    if run.ran == "succeeded" and task.expected in run.text:
        return Move(text=f"Done: {_chosen(task.result, scene)}\n\nTERMINATE")
    return Move(
        text=f"Not done: the program ended with {_last_line(run.text)!r}, and a script cannot mend what it did not "
        "expect.\n\nTERMINATE"
    )


def _greeting(scene: Scene) -> str:
    return "(I am a script, not a language model; everything else here is real.)\n\n" if scene.new else ""


def _chosen(text: str, scene: Scene) -> str:
    """The text with the person's choice in it; the first option where the answer names none."""
    question = scene.task.question if scene.task else None
    if question is None:
        return text
    answer = (scene.answer or "").casefold()
    return text.replace("CHOICE", next((one for one in question.options if one in answer), question.options[0]))


def _line_with(words: str, text: str) -> str:
    return next(line.strip() for line in text.splitlines() if words in line).removeprefix("Code output: ")


def _last_line(text: str) -> str:
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    return last.removeprefix("Code output: ")
