"""What a policy is asked in tests: the situation that a told story has come to."""

from agents.log.participants import Profile
from agents.ports import ModelAnswer, ModelRequest
from agents.runtime.conversation import NAMED
from agents.team.situation import Situation, Think
from agents.testing import FakeModel
from tests.unit.story import Story


async def never_asked(model: str, request: ModelRequest) -> ModelAnswer:
    raise AssertionError("this policy must not call a model")


def thinking(model: FakeModel) -> Think:
    """Any name is this model."""
    return lambda name, request: answered(model, request)


async def answered(model: FakeModel, request: ModelRequest) -> ModelAnswer:
    """The model's answer, without what came before it."""
    (answer,) = [item async for item in model.stream(request) if isinstance(item, ModelAnswer)]
    return answer


def situation(story: Story, *, think: Think = never_asked, flow: str = "") -> Situation:
    """As a conversation puts it together: whoever has not passed, and among them those with news."""
    transcript = story.transcript
    newest = transcript.messages[-1].seq if transcript.messages else 0
    present = tuple(one for one in transcript.agents if transcript.floor.heard.get(one.id, 0) < newest)
    candidates = tuple(one for one in present if transcript.unheard(one.id))
    return Situation(transcript=transcript, candidates=candidates, present=present, think=think, named=NAMED, flow=flow)


def handles(profiles: tuple[Profile, ...]) -> list[str]:
    return [profile.handle for profile in profiles]
