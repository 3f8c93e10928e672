"""Speaker policies, one by one and as a ladder (C6, C7, C8, C9, C11)."""

import pytest

from agents.errors import WrongUse
from agents.log.events import Answered, Asked, Deleted, Joined, Left, Opened, Reset, Said
from agents.log.transcript import Transcript
from agents.team.custom_policy import as_policy, only
from agents.team.model_choice import model_chooses
from agents.team.policies import first, handed_over, manual, mentioned, named_policies, random, round_robin
from agents.team.situation import STOP, Choice, Decision, Policy, Situation, Stop, Wait, graph_of
from agents.team.transitions import along
from tests.unit.situations import handles, situation
from tests.unit.story import ANA, BOB, CODER, PLANNER, REVIEWER, Story


async def chosen(policy: Policy, story: Story) -> str | None:
    """The speaker, by its short name."""
    decision = await policy.choose(situation(story))
    assert decision is None or isinstance(decision, Choice), decision
    return None if decision is None else decision.speaker.removeprefix("agent:")


def spoken(*turns: str, task: str = "go") -> Story:
    story = Story()
    story.says(ANA, task)
    for agent in turns:
        story.turn(f"agent:{agent}", "said")
    return story


# Mentions


async def test_c6_several_who_are_mentioned_speak_in_text_order_each_once():
    story = Story()
    story.says(ANA, "@coder and @planner, @coder again", CODER, PLANNER)
    assert await mentioned.choose(situation(story)) == Choice(
        speaker=CODER, rung="mentioned", reason="ana addressed coder"
    )
    story.turn(CODER, "me")
    assert await chosen(mentioned, story) == "planner"
    story.turn(PLANNER, "me too")
    assert await chosen(mentioned, story) is None


async def test_c6_the_oldest_open_message_comes_first():
    story = Story()
    story.says(ANA, "@coder", CODER)
    story.says(BOB, "@planner", PLANNER)
    assert await chosen(mentioned, story) == "coder"


async def test_c6_a_reply_to_an_agent_addresses_it():
    story = spoken("coder")
    story.says(ANA, "thanks", said=Said(text="", reply_to=story.transcript.last.seq))
    assert await chosen(mentioned, story) == "coder"


async def test_c6_agents_address_each_other_like_people_do_but_not_themselves():
    story = spoken("coder")
    story.happens(Said(text="@coder"), by=CODER)
    assert await chosen(mentioned, story) is None
    story.turn(CODER, "@reviewer look")
    story.says(CODER, "@reviewer look", REVIEWER, CODER)
    assert await chosen(mentioned, story) == "reviewer"


async def test_c6_people_strangers_and_those_who_left_are_not_chosen():
    story = Story()
    story.says(ANA, "@bob @ghost @coder", BOB, "agent:ghost", CODER)
    story.happens(Left(participant=CODER))
    assert await chosen(mentioned, story) is None


async def test_c18_who_cannot_see_a_message_is_not_addressed_by_it():
    story = Story()
    story.says(ANA, "@coder @planner", CODER, PLANNER, said=Said(text="", audience=(PLANNER,)))
    assert await chosen(mentioned, story) == "planner"


# Handoffs


async def test_c7_the_last_handoff_decides():
    story = spoken()
    story.turn(PLANNER, "first", said=Said(text="", handoff=REVIEWER))
    story.turn(REVIEWER, "then", said=Said(text="", handoff=CODER))
    assert await handed_over.choose(situation(story)) == Choice(
        speaker=CODER, rung="handoff", reason="reviewer handed over to coder"
    )


async def test_c7_without_a_handoff_in_the_last_message_others_decide():
    story = spoken()
    assert await chosen(handed_over, Story()) is None
    story.turn(PLANNER, "first", said=Said(text="", handoff=REVIEWER))
    story.says(ANA, "wait")
    assert await chosen(handed_over, story) is None


async def test_c7_a_handoff_to_a_person_waits_for_them_and_to_stop_ends():
    story = spoken()
    story.turn(PLANNER, "yours", said=Said(text="", handoff=BOB))
    assert await handed_over.choose(situation(story)) == Wait(reason="planner handed over to bob")
    story.turn(PLANNER, "bye", said=Said(text="", handoff="stop"))
    assert await handed_over.choose(situation(story)) == Stop(reason="planner ended the conversation.")


async def test_c7_a_handoff_to_nobody_here_or_from_before_a_reset_is_none():
    story = spoken()
    story.turn(PLANNER, "yours", said=Said(text="", handoff="agent:ghost"))
    assert await chosen(handed_over, story) is None
    story.turn(PLANNER, "yours", said=Said(text="", handoff=CODER))
    story.happens(Reset(), by=ANA)
    assert await chosen(handed_over, story) is None


async def test_c7_a_deleted_message_hands_nothing_over():
    story = spoken()
    story.turn(PLANNER, "yours", said=Said(text="", handoff=CODER))
    story.happens(Deleted(target=story.transcript.last.seq), by=PLANNER)
    assert await chosen(handed_over, story) is None


# Order, chance, people


async def test_c11_round_robin_keeps_the_order():
    story = spoken()
    order: list[str | None] = []
    for _ in range(4):
        order.append(await chosen(round_robin, story))
        story.turn(f"agent:{order[-1]}", "said")
    assert order == ["planner", "coder", "reviewer", "planner"]


async def test_c11_whoever_passes_keeps_the_place_of_those_after_it():
    story = Story()
    story.happens(Joined(participant="agent:writer", name="writer"))
    story.says(ANA, "go")
    story.turn(PLANNER, "said")
    story.turn(CODER, "said")
    story.turn(REVIEWER)
    assert await chosen(round_robin, story) == "writer"


async def test_c11_nobody_with_news_is_nobody():
    story = spoken()
    for agent in (PLANNER, CODER, REVIEWER):
        story.turn(agent)
    for policy in (round_robin, random(), manual):
        assert await chosen(policy, story) is None


async def test_c11_chance_is_the_same_for_the_same_seed_room_and_log():
    story = spoken()
    drawn = {seed: await chosen(random(seed), story) for seed in range(20)}
    assert set(drawn.values()) == {"planner", "coder", "reviewer"}
    assert drawn == {seed: await chosen(random(seed), story) for seed in range(20)}
    story.turn(PLANNER)
    assert "planner" not in {await chosen(random(seed), story) for seed in range(20)}


async def test_c11_a_person_who_names_nobody_here_leaves_the_room_waiting():
    story = spoken()
    asked = await manual.choose(situation(story))
    assert asked == Asked(text="Who speaks next?", kind="speaker", options=("planner", "coder", "reviewer"))
    question = story.happens(asked)
    assert await manual.choose(situation(story)) == Wait(reason="a person is choosing who speaks")
    story.happens(Answered(question=question, text="my mother"), by=ANA)
    assert await manual.choose(situation(story)) == Wait(reason="nobody was chosen")


async def test_c11_the_choice_of_a_person_counts_once():
    story = spoken()
    question = story.happens(Asked(text="Who?", kind="speaker"))
    story.happens(Answered(question=question, option="coder"), by=ANA)
    assert await manual.choose(situation(story)) == Choice(speaker=CODER, rung="manual", reason="ana chose coder")
    story.turn(CODER)
    assert isinstance(await manual.choose(situation(story)), Asked)


# Graphs


GRAPH = along({"planner": ["coder"], "coder": ["reviewer", "planner"], "reviewer": []})


async def test_c8_the_only_successor_is_chosen_at_once():
    assert await GRAPH.choose(situation(spoken("planner"))) == Choice(
        speaker=CODER, rung="graph", reason="the only successor of planner"
    )


async def test_c8_of_several_successors_the_policies_that_follow_choose():
    decision = await GRAPH.choose(situation(spoken("planner", "coder")))
    assert isinstance(decision, Situation)
    assert handles(decision.candidates) == ["planner", "reviewer"]
    assert await chosen(first(GRAPH, round_robin), spoken("planner", "coder")) == "reviewer"


@pytest.mark.parametrize("graph", [{"planner": ["coder"], "reviewer": []}, {"planner": ["coder"]}])
async def test_c8_a_speaker_without_successors_ends_the_chat_with_that_reason(graph: dict[str, list[str]]):
    decision = await along(graph).choose(situation(spoken("planner", "reviewer")))
    assert decision == Stop(reason="reviewer has no successor in the transition graph.", kind="graph")


async def test_c8_successors_that_cannot_speak_end_it_too():
    story = spoken("planner")
    story.happens(Left(participant=CODER))
    assert await GRAPH.choose(situation(story)) == Stop(
        reason="None of planner's successors (coder) can speak.", kind="graph"
    )


async def test_c8_an_agent_may_follow_itself_where_the_graph_says_so():
    assert await chosen(along({"planner": ["planner"]}), spoken("planner")) == "planner"


async def test_c8_what_a_person_says_is_not_bound_by_the_graph():
    story = spoken("planner")
    story.says(ANA, "wait")
    assert await GRAPH.choose(situation(story)) is None
    assert await GRAPH.choose(situation(Story())) is None


async def test_c8_the_graph_of_a_ladder_is_all_of_its_graphs():
    ladder = first(mentioned, along({"planner": ["coder"]}), first(along({"coder": ["planner"]}), round_robin))
    assert graph_of(ladder) == {PLANNER: (CODER,), CODER: (PLANNER,)}
    assert graph_of(round_robin) == {}


# Functions of one's own


async def test_c9_a_function_names_an_agent_by_id_handle_or_name():
    for name in ("agent:coder", "coder"):
        assert await chosen(as_policy(lambda transcript, name=name: name), spoken()) == "coder"


async def test_c9_an_async_function_is_a_policy_too():
    async def reviewer_last(transcript: Transcript) -> str:
        return "reviewer"

    assert await as_policy(reviewer_last).choose(situation(spoken())) == Choice(
        speaker=REVIEWER, rung="reviewer_last", reason="the function named it"
    )


@pytest.mark.parametrize("name", ["auto", "round_robin", "random", "manual"])
async def test_c9_a_function_may_name_another_policy(name: str):
    story = Story()
    story.says(ANA, "@coder go", CODER)
    decision: Decision = await as_policy(lambda transcript: name).choose(situation(story))
    assert isinstance(decision, Choice | Asked)
    if isinstance(decision, Choice):
        assert decision.rung == ("mentioned" if name == "auto" else name)


async def test_c9_none_passes_on_inside_a_ladder_and_stop_ends_at_once():
    assert await chosen(first(lambda transcript: None, round_robin), spoken()) == "planner"
    assert await chosen(first(lambda transcript: None), spoken()) is None
    assert await first(lambda transcript: STOP, round_robin).choose(situation(spoken())) is STOP


async def test_c9_a_name_that_has_just_passed_is_no_choice_and_no_error():
    story = spoken()
    story.turn(CODER)
    assert await chosen(as_policy(lambda transcript: "coder"), story) is None


async def test_c9_a_wrong_name_is_an_error_that_names_the_valid_ones():
    with pytest.raises(
        WrongUse, match=r"chose 'codr'.*\(coder, planner, reviewer\).*auto, round_robin, random, manual"
    ):
        await as_policy(lambda transcript: "codr").choose(situation(spoken()))


async def test_c9_a_candidate_function_narrows_the_list():
    policy = first(only(lambda transcript: ["reviewer", "coder"]), round_robin)
    assert await chosen(policy, spoken("planner")) == "coder"
    assert await chosen(first(only(lambda transcript: []), round_robin), spoken()) is None


async def test_a_policy_stays_what_it_is():
    assert as_policy(round_robin) is round_robin
    assert set(named_policies()) == {"round_robin", "random", "manual"}


@pytest.mark.parametrize("policy", [round_robin, random(), GRAPH, model_chooses()])
async def test_c39_a_conversation_of_its_own_holds_the_floor_for_its_opener(policy: Policy):
    story = spoken()
    story.turn(PLANNER, "Wait.", Opened(child="web:lobby/1", task="Look."))
    waits = Wait(reason="planner waits for a conversation of its own")
    assert await policy.choose(situation(story)) == waits
