"""The usual agents, each a chain of reply functions: a model, a stand-in for people, a code runner, a function.

The first three are AutoGen's ``AssistantAgent`` and the two uses of its ``UserProxyAgent`` (arXiv 2308.08155, section
2.1).
"""

from collections.abc import Mapping, Sequence

from agents.errors import WrongUse
from agents.log.events import OnDeadline
from agents.log.participants import AGENT_NAME, Profile, agent_id
from agents.log.used_names import one_or_more
from agents.ports import Tool, ToolFunction
from agents.turn.code_reply import run_code
from agents.turn.conversable import BeforeSend, Conversable
from agents.turn.function_reply import Function, answering_with
from agents.turn.human_input import HumanInputMode, check_with_people
from agents.turn.model_reply import DAY, OnMessages, Thinking, reply_with_model
from agents.turn.threads import name_of
from agents.turn.view import DEFAULT_CUT, Cut

RESERVED = frozenset({"nobody", "all", "here", "everyone", "channel", "stop", "team"})
"""What no agent may be called, in any case: these words address everybody, or are answers of choosing models."""


def profile_of(name: str, role: str = "", *, avatar: str = "", aliases: Sequence[str] = ()) -> Profile:
    """The face of an agent.

    Raises `WrongUse` for a name that models would not accept, or that means something else, such as ``nobody``.

        face = profile_of("coder", "Writes Python.", avatar=":keyboard:", aliases=["dev"])
    """
    if not AGENT_NAME.fullmatch(name):
        raise WrongUse(f"{name!r} cannot be an agent's name; use a letter, then letters, digits, - and _ (at most 64).")
    if name.casefold() in RESERVED:
        raise WrongUse(
            f"An agent cannot be called {name}, because that name means something else; give it another one."
        )
    return Profile(id=agent_id(name), name=name, role=role, avatar=avatar, aliases=one_or_more(aliases))


def assistant(
    name: str,
    role: str = "",
    *,
    instructions: str = "",
    model: str = "default",
    settings: Mapping[str, object] | None = None,
    tools: Sequence[Tool | ToolFunction] = (),
    hands_over_to: Sequence[str] = (),
    asks_people: bool = True,
    human_input_mode: HumanInputMode = "NEVER",
    max_consecutive_auto_reply: int | None = None,
    answer_minutes: float | None = DAY,
    on_deadline: OnDeadline = "skip",
    view: Cut = DEFAULT_CUT,
    on_messages: OnMessages | None = None,
    before_send: BeforeSend | None = None,
    avatar: str = "",
    aliases: Sequence[str] = (),
) -> Conversable:
    """An agent with a model.

    name: what models and people call it: a letter, then letters, digits, ``-`` and ``_``, at most 64.
    role: one line about it that people, the other agents and the choice of speakers read.
    instructions: what its own model reads besides.
    model: the name of one of the configured models.
    settings: its own inference settings, such as ``temperature``.
    tools: typed functions, sync or async, or `Tool` values.
    hands_over_to: whom its model may give the floor to: names of agents, people (``@Ana``), or ``stop``; the tool for
        it is offered while they are in the room.
    asks_people: whether its model is offered the tool ``ask_person``, which asks somebody and waits for the answer.
    human_input_mode: when people are asked before it replies.
    max_consecutive_auto_reply: how often it replies to one sender without a person; None is without end.
    answer_minutes: how long people have to answer what it asks, a day if nothing else is said; None is without end.
    on_deadline: what happens once that time is up. ``skip``: its model reads that nobody answered, and a reply that
        was to be checked is left out; ``auto_reply``: that one is given unchecked; ``stop``: the conversation ends.
    view: what of the conversation its model reads, for example ``last(50)`` (see `agents.turn.view`).
    on_messages: a hook on all messages before its model reads them.
    before_send: a hook that may change each message that it is about to say.
    avatar: an emoji code (``:compass:``) or the URL of an image.
    aliases: other names by which it can be addressed.

    Raises `WrongUse` for a name that models would not accept, for two tools of one name, and for a view, a mode or a
    deadline that cannot be meant.

        planner = assistant("planner", "Plans.", instructions="At most five steps.", hands_over_to=["coder", "stop"])
        coder = assistant("coder", "Writes Python.", settings={"temperature": 0}, tools=[search])
        team = Team(agents=[planner, coder])
    """
    if not callable(view):
        raise WrongUse(f"The view of {name!r} is {view!r}; make one, as with last(50) or token_budget(8_000).")
    thinking = Thinking(
        model=model,
        instructions=instructions,
        settings=dict(settings or {}),
        tools=tuple(tools),
        hands_over_to=one_or_more(hands_over_to),
        asks_people=asks_people,
        answer_minutes=answer_minutes,
        on_deadline=on_deadline,
        cut=view,
        on_messages=on_messages,
    )
    answer = reply_with_model(thinking)
    checks = human_input_mode != "NEVER" or max_consecutive_auto_reply is not None
    check = check_with_people(
        human_input_mode,
        max_consecutive_auto_reply=max_consecutive_auto_reply,
        minutes=answer_minutes,
        on_deadline=on_deadline,
    )
    return Conversable(
        profile=profile_of(name, role, avatar=avatar, aliases=aliases),
        replies=(check, answer) if checks else (answer,),
        before_send=before_send,
        model=model,
        tools=_tool_names(name, tools),
    )


def _tool_names(agent: str, tools: Sequence[object]) -> tuple[str, ...]:
    names: list[str] = []
    for tool in tools:
        if not isinstance(tool, Tool) and not callable(tool):
            raise WrongUse(f"{tool!r} is no tool of {agent!r}; give it a typed function or a Tool.")
        called = tool.name if isinstance(tool, Tool) else name_of(tool)
        if called in names:
            raise WrongUse(f"{agent!r} has two tools called {called!r}; rename one.")
        names.append(called)
    return tuple(names)


def user_proxy(
    name: str = "user_proxy",
    role: str = "Stands in for the people.",
    *,
    human_input_mode: HumanInputMode = "ALWAYS",
    max_consecutive_auto_reply: int | None = None,
    runs_code: bool = False,
    asks: Sequence[str] = (),
    answer_minutes: float | None = None,
    on_deadline: OnDeadline = "skip",
    avatar: str = "",
) -> Conversable:
    """An agent that stands in for people: it asks them by mode, may run code, and has no model.

    What a person answers is said as the agent's own message, of which the transcript knows whose words they are.

    name: what models and people call it.
    role: one line about it that people, the other agents and the choice of speakers read.
    human_input_mode: when people are asked before it replies.
    max_consecutive_auto_reply: how often it replies to one sender without a person; None is without end.
    runs_code: whether, unless people answered, it runs the agents' newest code that is new to it, as a
        `code_runner` does.
    asks: ids of the participants who may answer; none means anybody present.
    answer_minutes: how long they have to answer; None is without end.
    on_deadline: what happens once that time is up: it says nothing (``skip``), it goes on by itself (``auto_reply``),
        or the conversation ends (``stop``).
    avatar: an emoji code or the URL of an image.

    Raises `WrongUse` for a name that models would not accept, and for a mode or a deadline that cannot be meant.

        boss = user_proxy("boss", human_input_mode="TERMINATE", runs_code=True)
        team = two_agent_chat(boss, assistant("coder", "Writes Python."))
    """
    check = check_with_people(
        human_input_mode,
        max_consecutive_auto_reply=max_consecutive_auto_reply,
        of=asks,
        minutes=answer_minutes,
        on_deadline=on_deadline,
    )
    return Conversable(
        profile=profile_of(name, role, avatar=avatar), replies=(check, run_code()) if runs_code else (check,)
    )


def code_runner(
    name: str, role: str = "Runs code.", *, sources: Sequence[str] = (), avatar: str = ":gear:"
) -> Conversable:
    """An agent that runs the newest code in the sandbox and says what came out, or why it cannot be run.

    ``sources`` names the participants whose code is run; none means all agents, and people where they address it.
    Raises `WrongUse` for a name that models would not accept.

        team = Team(agents=[assistant("coder", "Writes Python."), code_runner("runner", sources=["coder"])])
    """
    return Conversable(profile=profile_of(name, role, avatar=avatar), replies=(run_code(sources=sources),))


def function_agent(name: str, function: Function, role: str = "", *, avatar: str = "") -> Conversable:
    """An agent that says what a plain function returns, sync or async; None is a pass.

    The function takes the room's transcript, or the `Turn` where its parameter is called so, and returns a text, a
    `Said` (with files, an audience, a handoff), a `Noted`, a `NamedFile`, or a list of these (see `answering_with`).

    Raises `WrongUse` for a name that models would not accept, and for a function that takes something else.

        def count_words(transcript: Transcript) -> str | None:
            return f"{len(transcript.last.text.split())} words"

        counter = function_agent("counter", count_words, "Counts words.")
    """
    return Conversable(profile=profile_of(name, role, avatar=avatar), replies=(answering_with(function),))
