"""What a model has tried in one turn: it neither repeats a call without end, nor is taken at half a word."""

from collections.abc import Sequence

from agents.errors import ModelFailed
from agents.ports import ModelAnswer, ToolCall, ToolResult

SAME_CALLS = 3
"""After how many calls of one tool in a row, with the same arguments, an agent is thought to go in circles."""

_REPEATED = ToolResult(
    text=f"Not called again: you have made this very call {SAME_CALLS} times in a row, and know the result. "
    "Answer in words now.",
    failed=True,
)
_CUT = ToolResult(
    text="Not called: your answer reached its length limit and was cut off, so the arguments may not be whole. "
    "Send the call again, with less around it.",
    failed=True,
)
_EMPTY = "Your answer was empty. Answer now."


class Attempts:
    """What came so far in one turn.

    ``nudge`` is what the model is told besides the conversation when it is asked again, mostly nothing. ``in_circles``
    says that it repeats itself, so that it is offered no tools any more.
    """

    def __init__(self) -> None:
        self.nudge = ""
        self.in_circles = False
        self._was_cut = self._was_empty = False
        self._newest, self._times = ("", ""), 0

    def sort(self, answer: ModelAnswer) -> tuple[Sequence[ToolCall], Sequence[tuple[ToolCall, ToolResult]]]:
        """The calls of an answer that may be made, and those that are refused, with what the model is told.

        Raises `ModelFailed` where calls are cut off by the length limit for the second time.
        """
        self.nudge = ""
        if answer.calls and answer.finish == "length":
            if self._was_cut:
                raise ModelFailed(
                    f"{answer.model or 'The model'} twice reached its length limit in the middle of a tool call; "
                    "raise max_tokens for this model.",
                    kind="cut",
                )
            self._was_cut = True
            return (), [(call, _CUT) for call in answer.calls]
        made: list[ToolCall] = []
        refused: list[tuple[ToolCall, ToolResult]] = []
        for call in answer.calls:
            what = call.tool, call.arguments
            self._times = self._times + 1 if what == self._newest else 1
            self._newest = what
            if self._times > SAME_CALLS:
                self.in_circles = True
                refused.append((call, _REPEATED))
            else:
                made.append(call)
        return made, refused

    def again_after_nothing(self) -> bool:
        """Whether a model that gave an empty answer is asked again; that is done once in a turn."""
        asked_before, self._was_empty = self._was_empty, True
        self.nudge = _EMPTY
        return not asked_before
