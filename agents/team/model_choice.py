"""A model chooses who speaks next.

The prompt is a role play, as in the AutoGen paper (arXiv 2308.08155, application A5: with it 11 of 12 tasks succeeded,
with a prompt in the style of a task 8 of 12). It grows with the conversation only.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from agents.errors import ModelFailed
from agents.log.events import Usage
from agents.log.participants import Profile, agent_id, is_agent, is_person
from agents.log.prose import GLUED
from agents.log.transcript import Message, Transcript, is_news
from agents.log.used_names import Named, named, one_or_more
from agents.ports import ModelAnswer, ModelMessage, ModelRequest, estimated_tokens
from agents.ports.thoughts import without_thoughts
from agents.team.policies import first, handed_over, mentioned
from agents.team.situation import Choice, Decision, Nobody, Policy, Situation, Wait
from agents.turn.message_text import as_all_read

ATTEMPTS = 3
"""How often the model is asked before the order of the team decides."""

NOBODY = "nobody"
"""What the model answers if nobody should speak."""

LONGEST = 4_000
"""How many characters of one message the choosing model reads."""

READ_TOKENS = 8_000
"""How much of the conversation the choosing model reads, in estimated tokens: the newest messages."""


class _ModelChooses(Struct, frozen=True):
    flow: str
    model: str
    repeats: bool | tuple[str, ...]

    @property
    def names(self) -> tuple[Named, ...]:
        return () if isinstance(self.repeats, bool) else named("allow_repeated_speaker", self.repeats)

    async def choose(self, situation: Situation) -> Decision:
        eligible = self._eligible(situation)
        if not eligible:
            return None
        if (asker := _awaited(situation.transcript)) is not None:
            return Wait(reason=f"{asker} waits for an answer")
        if (wait := situation.awaited) is not None:
            return wait
        if len(eligible) == 1:
            return Choice(speaker=eligible[0].id, rung="auto", reason="the only one who can speak")
        flow = "\n".join(text for text in (self.flow, situation.flow) if text)
        prompt = _prompt(situation.transcript, eligible, flow)
        usage, owed = Usage(), _is_owed(situation)
        for _ in range(ATTEMPTS):
            try:
                answer = await self._ask(situation, prompt, eligible)
            except ModelFailed as error:
                return _fallback(situation, eligible, usage, f"the model could not choose ({error})")
            usage = usage + answer.usage
            all_names = [profile.handle for profile in situation.present]
            found = names_in(answer.text, [profile.handle for profile in eligible], all_names)
            if found == [NOBODY]:
                if not owed:
                    return Nobody(rung="auto", reason="The model that chooses who speaks named nobody.")
                if prompt[-1].text.endswith(_SOMEBODY_WAITS):
                    why = "the first in order, because the model named nobody over a person's message"
                    return Choice(speaker=eligible[0].id, rung="auto", reason=why, usage=usage)
                prompt = [*prompt[:-1], _adding(prompt[-1], _SOMEBODY_WAITS)]
                continue
            if len(found) == 1:
                speaker = next(profile for profile in eligible if profile.handle == found[0])
                return Choice(speaker=speaker.id, rung="auto", reason="chosen by the model", usage=usage)
            # What was wrong is said with the question, so that the prompt does not grow with the attempts.
            prompt = [*prompt[:-1], _again(prompt[-1], found)]
        return _fallback(situation, eligible, usage, f"the model named nobody in {ATTEMPTS} attempts")

    def _eligible(self, situation: Situation) -> tuple[Profile, ...]:
        """Whoever has something new to answer, and the last speaker where it may go on without."""
        last = situation.last_speaker
        return tuple(
            profile
            for profile in situation.present
            if profile in situation.candidates or (profile.id == last and self._may_repeat(profile))
        )

    def _may_repeat(self, profile: Profile) -> bool:
        return self.repeats if isinstance(self.repeats, bool) else profile.id in map(agent_id, self.repeats)

    async def _ask(
        self, situation: Situation, prompt: Sequence[ModelMessage], eligible: Sequence[Profile]
    ) -> ModelAnswer:
        names = [*(profile.handle for profile in eligible), NOBODY]
        schema = {
            "type": "object",
            "properties": {"speaker": {"type": "string", "enum": names}},
            "required": ["speaker"],
            "additionalProperties": False,
        }
        return await situation.think(
            self.model, ModelRequest(messages=prompt, schema=schema, settings={"temperature": 0})
        )


def model_chooses(
    flow: str = "", *, model: str = "default", allow_repeated_speaker: bool | Sequence[str] = False
) -> Policy:
    """Let a model choose who speaks next, or that nobody does.

    It chooses among those who have something new to answer; where only one agent can speak, no model is asked. While an
    agent waits for a person's answer nobody is chosen, until the answer is there or people say something else: what
    comes next depends on it. After three unusable answers, or where the model fails, the team's order decides. Where it
    names nobody although a person waits for an answer, it is asked once more; then the first in order speaks.

    ``flow`` is the plan in plain language. ``model`` is the name of a configured model. ``allow_repeated_speaker`` says
    whether the last speaker may go on without anything new to answer: always, never, or only the agents named.

        speakers = first(mentioned, model_chooses("The coder writes, the reviewer reads.", model="small"))
        team = Team(agents=[coder, reviewer], speakers=speakers)
    """
    repeated = allow_repeated_speaker
    repeats = repeated if isinstance(repeated, bool) else one_or_more(repeated)
    return _ModelChooses(flow, model, repeats)


def _fallback(situation: Situation, eligible: Sequence[Profile], usage: Usage, why: str) -> Choice:
    """Choose without the model: of those it could have chosen, the next one in the team's order."""
    speaker = situation.next_of(eligible)
    return Choice(speaker=speaker, rung="auto", reason=f"next in order, because {why}", usage=usage)


def _awaited(transcript: Transcript) -> str | None:
    """The name of an agent that asked people something after the last that they said, and has no answer yet."""
    if not transcript.open_questions:
        return None
    spoken = (one.seq for one in reversed(transcript.messages) if is_person(one.by) and is_news(one))
    spoke = next(spoken, 0)
    asking = (question.by for question in transcript.open_questions if question.seq > spoke and is_agent(question.by))
    return next((transcript.name_of(one) for one in asking), None)


def _prompt(transcript: Transcript, eligible: Sequence[Profile], flow: str) -> list[ModelMessage]:
    roles = "\n".join(f"{one.handle}: {one.role}" for one in transcript.agents)
    names = ", ".join(profile.handle for profile in eligible)
    plan = f"\nHow they work together: {flow}" if flow else ""
    system = f"You are in a role play game. The following roles are available:\n{roles}{plan}"
    ask = (
        f"Read the conversation above. Then select the next role from [{names}] to play, or {NOBODY} if nothing is "
        'left to be said. Answer with a JSON object: {"speaker": "..."}.'
    )
    return [
        ModelMessage(role="system", text=system),
        *_conversation(transcript),
        ModelMessage(role="user", text=ask),
    ]


def _conversation(transcript: Transcript) -> list[ModelMessage]:
    read: list[Message] = []
    left = READ_TOKENS
    for message in reversed(transcript.messages):
        if message.seq <= transcript.start or left <= 0:
            break
        if message.deleted or message.audience:
            continue
        left -= estimated_tokens(message.text)
        read.append(message)
    return [one if len(one.text) <= LONGEST else _shortened(one) for one in as_all_read(transcript, read)]


def _shortened(message: ModelMessage) -> ModelMessage:
    half = LONGEST // 2
    return replace(message, text=f"{message.text[:half]}\n[…]\n{message.text[-half:]}")


def _again(ask: ModelMessage, named: Sequence[str]) -> ModelMessage:
    wrong = f"You named several: {', '.join(named)}." if named else "You named none of the roles."
    return ask if ask.text.endswith(wrong) else _adding(ask, wrong)


_SOMEBODY_WAITS = "You named nobody, but a person waits for an answer: name the role that answers best."


def _adding(ask: ModelMessage, words: str) -> ModelMessage:
    return ModelMessage(role="user", text=f"{ask.text} {words}")


def _is_owed(situation: Situation) -> bool:
    """Whether a person waits for an answer about which nobody has had the floor yet."""
    waiting = situation.unanswered
    past = situation.transcript.floor.past
    return waiting is not None and not any(turn.upto >= waiting.seq for turn in past)


def names_in(text: str, names: Sequence[str], others: Sequence[str] = ()) -> list[str]:
    r"""The names (or ``nobody``) that a model's answer holds, each once, in text order.

    Thoughts are not read. Case, and whether a name's words are parted by a blank, ``-``, ``_`` or ``\_``, do not
    matter. A name inside another word does not count, nor inside a longer name, be it one of the ``others``, who are
    not to be chosen.
    """
    speech, _ = without_thoughts(text)
    if speech in names:
        return [speech]
    pattern, known = _names_pattern(tuple(dict.fromkeys((*names, NOBODY, *others))))
    for words in _where_names_stand(speech):
        matches = [known[(match.lastindex or 0) - 1] for match in pattern.finditer(words)]
        if found := [name for name in dict.fromkeys(matches) if name in names or name == NOBODY]:
            return found
    return []


_GAP = r"(?:\\?[-_]|[ \t\xa0]+)"


@lru_cache(maxsize=256)
def _names_pattern(names: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern of these names, longer ones first, and which name each of its groups stands for."""
    longest_first = tuple(sorted(names, key=len, reverse=True))
    spelt = "|".join(f"({_GAP.join(map(re.escape, re.split('[-_]', name)))})" for name in longest_first)
    letter = rf"(?![{GLUED}])[^\W_]"
    pattern = rf"(?<!{letter})(?<!{letter}[-_])(?<!{letter}\\_)(?:{spelt})(?!(?:\\?[-_])*{letter})"
    return re.compile(pattern, re.IGNORECASE), longest_first


def _where_names_stand(text: str) -> tuple[str, ...]:
    """The name in the answer's JSON and, as it may be none, the words around; all of an answer that has no JSON."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        match json.loads(text[begin : end + 1]):
            case {"speaker": str(speaker)}:
                return speaker, f"{text[:begin]} {text[end + 1 :]}"
            case _:
                return (text,)
    except ValueError:
        return (text,)


def auto(flow: str = "") -> Policy:
    """The policy called ``auto`` in a config file: whoever is addressed, then handoffs, then a model's choice.

    ``flow`` is the plan in plain language, which the model reads.

        team = Team(agents=[coder, reviewer], speakers=auto("The reviewer follows the coder."))
    """
    return first(mentioned, handed_over, model_chooses(flow))
