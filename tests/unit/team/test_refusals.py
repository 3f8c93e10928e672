"""What cannot be meant is refused when it is built, with the valid names in the sentence (C44)."""

import math
from collections.abc import Callable

import pytest

import agents
from agents import (
    STOP,
    Choice,
    Conversable,
    Team,
    Transcript,
    along,
    assistant,
    code_runner,
    first,
    function_agent,
    handed_over,
    handed_to,
    last_speaker_is,
    max_turns,
    model_chooses,
    only,
    predicate,
    profile_of,
    round_robin,
    said,
    two_agent_chat,
    user_proxy,
    when,
)
from agents.errors import WrongUse
from agents.log.events import Said
from agents.team.situation import Decision, Situation
from agents.turn.turn import Acts, Turn
from tests.unit.house import House, says

A, B = function_agent("a", lambda t: "A"), function_agent("b", lambda t: "B")


def team(**more: object) -> Team:
    return Team(**{"agents": [A, B], **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["auto", "random", "model_chooses", "first", "along", "only", "said"])
def test_c44_speakers_without_their_call_are_refused(name: str):
    with pytest.raises(WrongUse, match=rf"speakers is {name}, which has to be called: {name}\(\.\.\.\)"):
        team(speakers=getattr(agents, name))


class Idle:
    async def choose(self, situation: Situation) -> Decision:
        return None


@pytest.mark.parametrize(
    ("speakers", "sentence"),
    [
        (3, "speakers is 3, which is no function of the transcript"),
        (None, "speakers is None"),
        (["a", "b"], r"speakers is \['a', 'b'\]"),
        (A, "speakers is Conversable"),
        (math, "speakers is <module 'math'"),
        (Idle, r"speakers is the class Idle; make one of it: Idle\(\.\.\.\)"),
        (lambda last, groupchat: last, r"custom\(last, groupchat\); it has to take one argument, the transcript"),
        ("round_robbin", "no policy 'round_robbin'; choose one of round_robin, "),
    ],
)
def test_c44_what_is_no_policy_is_refused(speakers: object, sentence: str):
    for build in (lambda: team(speakers=speakers), lambda: first(round_robin, speakers)):  # type: ignore[arg-type]
        with pytest.raises(WrongUse, match=sentence):
            build()


@pytest.mark.parametrize("name", ["auto", "round_robin", "random", "manual"])
def test_c44_a_policys_name_as_a_text_works_in_python_as_in_a_table(name: str):
    assert team(speakers=name).policy.choose
    assert team(speakers=first(name)).policy.choose  # type: ignore[arg-type]


async def test_c44_such_a_text_lets_handoffs_come_first_as_a_table_does():
    async def over(turn: Turn) -> Acts:
        yield Said(text="Yours.", handoff="agent:c")

    giver = Conversable(profile=profile_of("giver"), replies=(over,))
    house = House(
        Team(agents=[giver, says("b", "B"), says("c", "C")], speakers="round_robin", termination=max_turns(2))
    )
    assert await house.hears("go") == [("giver", "Yours."), ("c", "C")]


@pytest.mark.parametrize(
    ("termination", "sentence"),
    [
        ("TERMINATE", r"the text 'TERMINATE'; to end when an agent says so, write said\('TERMINATE'\)"),
        (12, "termination is 12, which is no function of the transcript"),
        (max_turns, r"termination is max_turns, which has to be called: max_turns\(\.\.\.\)"),
        (lambda: True, r"custom\(\); it has to take one argument"),
    ],
)
def test_c44_what_is_no_condition_is_refused(termination: object, sentence: str):
    builds: list[Callable[[], object]] = [
        lambda: team(termination=termination),
        lambda: said("X") | termination,  # type: ignore[operator]
        lambda: said("X") & termination,  # type: ignore[operator]
        lambda: two_agent_chat(A, B, termination=termination),  # type: ignore[arg-type]
    ]
    for build in builds:
        with pytest.raises(WrongUse, match=sentence):
            build()


def test_c44_a_predicate_needs_a_function():
    with pytest.raises(WrongUse, match="The first argument of predicate"):
        predicate("TERMINATE", "It ended.")  # type: ignore[arg-type]


def test_c44_a_callable_that_does_not_tell_what_it_takes_is_tried():
    assert team(termination=max).ends


@pytest.mark.parametrize(
    ("given", "stops"),
    [
        (True, ["The condition custom holds."]),
        ("Enough.", ["Enough."]),
        (False, []),
        ("", []),
        (None, []),
        (3, ["The termination function custom gave 3; it may give a reason as a text, True, or None to go on."]),
    ],
)
async def test_c44_a_condition_may_say_yes_or_why_and_is_named_where_it_says_anything_else(
    given: object, stops: list[str]
):
    house = House(team(termination=lambda transcript: given if transcript.exchange.agent_turns else None))
    await house.hears("go")
    assert (await house.stops())[:1] == stops


def names_nobody(name: str) -> list[tuple[Callable[[], object], str]]:
    """Each place that takes an agent's name, and what it is called in the refusal."""
    return [
        (lambda: team(termination=said("X", by=name)), r"said\(by=\.\.\.\)"),
        (lambda: team(termination=max_turns(3) | said("X", by=name)), r"said\(by=\.\.\.\)"),
        (lambda: team(termination=said("X", by=name) & said("Y")), r"said\(by=\.\.\.\)"),
        (lambda: team(termination=last_speaker_is(name)), r"last_speaker_is\(\.\.\.\)"),
        (lambda: team(termination=handed_to(name)), r"handed_to\(\.\.\.\)"),
        (lambda: team(speakers=model_chooses(allow_repeated_speaker=[name])), "allow_repeated_speaker"),
        (lambda: team(speakers=first(handed_over, model_chooses(allow_repeated_speaker=name))), "allow_repeated"),
        (lambda: team(speakers=along({name: ["a"]})), "The transition graph"),
        (lambda: team(speakers=first(along({"a": name}), round_robin)), "The transition graph"),
        (lambda: team(agents=[A, code_runner("r", sources=[name])]), "sources of the agent 'r'"),
        (lambda: team(agents=[A, assistant("m", hands_over_to=[name])]), "hands_over_to of the agent 'm'"),
        (lambda: team(agents=[A, user_proxy("boss", asks=[name])]), "asks of the agent 'boss'"),
        (lambda: team(agents=[A, A_WITH(name)]), r"when\(\.\.\.\) of the agent 'w'"),
    ]


def A_WITH(name: str) -> Conversable:  # noqa: N802
    async def reply(turn: Turn) -> Acts:
        yield Said(text="W")

    return function_agent("w", lambda t: None).with_reply(when(["person", name, lambda message: False, None], reply))


@pytest.mark.parametrize("place", range(13))
def test_c44_a_name_that_nobody_has_is_refused_with_the_nearest_first(place: int):
    build, where = names_nobody("aa")[place]
    with pytest.raises(
        WrongUse, match=rf"{where}.* names 'aa', and no agent of the team 'team' is called so; they are: a"
    ):
        build()


@pytest.mark.parametrize("place", range(13))
@pytest.mark.parametrize("name", ["a", "agent:a", "person:web/ana"])
def test_c44_names_and_ids_that_can_be_are_accepted(name: str, place: int):
    if not (name.startswith("person") and "graph" in names_nobody(name)[place][1]):
        assert names_nobody(name)[place][0]() is not None


@pytest.mark.parametrize("name", ["stop", "Ana", "@ana", "Ana María", "安娜", "person:web/ana"])
def test_c44_people_and_stop_may_be_handed_the_floor(name: str):
    coder = assistant("coder", hands_over_to=[name])
    assert Team(agents=[coder], termination=handed_to(name)).agents


@pytest.mark.parametrize("name", ["Codr", "CODERS", "ana", "bobb"])
def test_c44_what_looks_like_a_misspelt_agent_is_no_person(name: str):
    with pytest.raises(WrongUse, match=f"names '{name}'.*they are: .*For a person write @{name}."):
        Team(agents=[assistant("coder"), assistant("planner", hands_over_to=[name])])


def test_c44_agents_that_may_be_brought_in_may_be_named():
    planner = assistant("planner", hands_over_to=["critic"])
    assert Team(agents=[planner], guests=["critic"], termination=said("X", by="critic")).agents


def test_c44_a_single_name_needs_no_list():
    runner = code_runner("r", sources="a")
    assert team(agents=[A, runner, assistant("m", hands_over_to="stop", aliases="mm")]).agents
    assert team(speakers=along({"a": "b", "b": "a"})).policy.graph  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["nobody", "All", "here", "everyone", "channel", "STOP", "team"])
def test_c44_an_agent_is_not_called_what_means_something_else(name: str):
    with pytest.raises(WrongUse, match=f"An agent cannot be called {name}"):
        function_agent(name, lambda t: "X")


@pytest.mark.parametrize("agent", ["coder", 3, lambda t: "x"])
def test_c44_what_is_no_agent_is_refused(agent: object):
    with pytest.raises(WrongUse, match="is no agent; make one"):
        Team(agents=[agent])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("given", "speaker"),
    [(A, "a"), ("b", "b"), ("agent:b", "b"), (Choice(speaker="b"), "b"), (Choice(speaker="agent:b", rung="mine"), "b")],
)
async def test_c44_a_function_may_give_an_agent_its_name_or_a_choice_with_a_short_name(given: object, speaker: str):
    house = House(team(speakers=lambda transcript: given, termination=max_turns(1)))
    assert await house.hears("go") == [(speaker, speaker.upper())]
    assert (await house.transcript()).floor.past[0].rung in ("custom", "mine")


@pytest.mark.parametrize("given", [3, ["a"], object(), {"speaker": "a"}])
async def test_c44_a_function_that_gives_anything_else_stops_the_room_and_is_named(given: object):
    def pick(transcript: Transcript) -> object:
        return given

    house = House(team(speakers=pick))
    await house.hears("go")
    (reason,) = await house.stops()
    assert reason.startswith(f"The speaker function pick gave {given!r}; it may give the name of an agent (a, b)")


async def test_c44_a_policy_that_gives_no_decision_stops_the_room_and_is_named():
    class Odd:
        async def choose(self, situation: Situation) -> Decision:
            return "a"  # type: ignore[return-value]

    house = House(team(speakers=Odd(), mentions=False))
    await house.hears("go")
    assert await house.stops() == ["The speaker policy Odd gave 'a'; it may give a Choice, STOP or None."]


@pytest.mark.parametrize(
    ("given", "stop"),
    [
        (["zed"], "The function allowed of only(...) names 'zed', and no agent here is called so; they are: a, b."),
        ("bb", "The function allowed of only(...) names 'bb', and no agent here is called so; they are: b, a."),
        (3, "The function allowed of only(...) gave 3; it may give a list of names."),
        ([3], "The function allowed of only(...) gave [3]; it may give a list of names."),
    ],
)
async def test_c44_only_names_agents_that_are_here(given: object, stop: str):
    def allowed(transcript: Transcript) -> object:
        return given

    house = House(team(speakers=first(only(allowed), round_robin)))  # type: ignore[arg-type]
    await house.hears("go")
    assert await house.stops() == [stop]


@pytest.mark.parametrize("given", ["b", [B], ["b", "a_guest_that_left"]])
async def test_c44_only_takes_a_name_agents_and_those_who_were_sent_away(given: object):
    gone = says("a_guest_that_left", "G")
    members = Team(agents=[A, B, gone], speakers=first(only(lambda t: given), round_robin), termination=max_turns(1))  # type: ignore[arg-type, return-value]
    house = House(members)
    await house.hears("@a hello")
    await house.says("/agents leave a_guest_that_left")
    assert (await house.hears("go"))[0] == ("b", "B")


def test_c44_only_needs_a_function():
    with pytest.raises(WrongUse, match="only is "):
        only(["a"])  # type: ignore[arg-type]


async def test_c44_a_policy_of_ones_own_is_checked_and_bound_like_ours():
    class Graphed:
        graph = {"agent:a": ("agent:b",)}  # noqa: RUF012
        quick = True

        async def choose(self, situation: Situation) -> Decision:
            return Choice(speaker="a") if situation.transcript.exchange.agent_turns == 0 else STOP

    assert team(agents=[A, B, says("c")], speakers=Graphed()).unreachable() == ("agent:c",)
    house = House(team(speakers=Graphed()))
    assert await house.hears("go") == [("a", "A")]


@pytest.mark.parametrize(
    "compares",
    [
        lambda t: "b" if t.last.by == "a" else "a",
        lambda t: "b" if t.last.by != "a" else "a",
        lambda t: "b" if t.last.by in ("system", "a") else "a",
        lambda t: "b" if t.last.by in {"a"} else "a",
    ],
)
def test_c44_an_id_that_is_compared_with_a_short_name_is_refused(compares: Callable[[Transcript], str]):
    for build in (lambda: team(speakers=compares), lambda: team(termination=compares), lambda: only(compares)):
        with pytest.raises(WrongUse, match=r"compares .by with 'a'; .by is an id such as 'agent:a', so compare .name"):
            build()


@pytest.mark.parametrize(
    "compares",
    [
        lambda t: "b" if t.last.name == "a" else "a",
        lambda t: "b" if t.last.by == "agent:a" else "a",
        lambda t: "b" if t.last.by not in ("system", "person:web/ana", 3) else "a",
        lambda t: "b" if t.last.by.partition(":")[2] == "a" else "a",
        lambda t: "b" if not t.last.by + "x" and t.last.seq else "a",
    ],
)
async def test_c44_names_and_ids_that_are_compared_with_their_like_work(compares: Callable[[Transcript], str]):
    assert team(speakers=compares).policy.choose


async def test_c44_a_policy_that_compares_names_alternates():
    house = House(team(speakers=lambda t: "b" if t.last.name == "a" else "a", termination=max_turns(3)))
    await house.hears("t")
    assert await house.speakers() == ["a", "b", "a"]


def named_twice() -> Callable[[], str]:
    def now() -> str:
        "Tell the time."
        return "noon"

    return now


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: assistant("a", tools=[named_twice(), named_twice()]), "'a' has two tools called 'now'; rename one"),
        (lambda: assistant("a", tools=["now"]), "'now' is no tool of 'a'; give it a typed function or a Tool"),
        (lambda: assistant("a", view=50), r"The view of 'a' is 50; make one, as with last\(50\)"),
        (lambda: user_proxy("a", human_input_mode="always"), "human_input_mode cannot be 'always'; choose one of ALW"),
        (lambda: assistant("a", human_input_mode=None), "human_input_mode cannot be None; choose one of ALWAYS, TERM"),
        (lambda: Team(agents=A), "The agents of the team 'team' have to be a list, as in agents="),
        (lambda: Team(agents=iter([A])), "The agents of the team 'team' have to be a list"),
    ],
)
def test_c44_what_an_agent_or_a_team_cannot_have_is_refused(make: Callable[[], object], sentence: str):
    with pytest.raises(WrongUse, match=sentence):
        make()


@pytest.mark.parametrize("where", ["speakers", "termination", "agent"])
async def test_c44_a_function_that_fails_is_named_with_its_line(where: str):
    def broken(transcript: Transcript) -> str:
        return str(1 / 0)

    agent = function_agent("c", broken) if where == "agent" else A
    speakers = broken if where == "speakers" else round_robin
    house = House(
        Team(agents=[agent], speakers=speakers, termination=broken if where == "termination" else max_turns(1))
    )
    await house.says("go")
    await house.run()
    (reason,) = await house.stops()
    assert reason.startswith("The function broken (test_refusals.py, line ")
    assert "failed with ZeroDivisionError, which stopped the conversation" in reason


async def test_c44_functions_of_text_that_was_run_have_no_module_and_are_taken():
    space: dict[str, Callable[[Transcript], str]] = {}
    exec("def pick(t): return 'a' if t.last.name == 'b' else 'b'", space)
    space["pick"].__module__ = None  # type: ignore[assignment]
    assert team(speakers=space["pick"]).policy.choose
