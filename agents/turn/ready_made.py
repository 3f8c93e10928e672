"""The usual agents, each a chain of reply functions: a model, a stand-in for people, a code runner, a function (C2)."""

from collections.abc import Mapping, Sequence

from agents.errors import WrongUse
from agents.log.participants import AGENT_NAME, Profile, agent_id
from agents.ports import Tool, ToolFunction
from agents.turn.code_reply import run_code
from agents.turn.conversable import BeforeSend, Conversable, answering_with
from agents.turn.human_input import HumanInputMode, check_with_people
from agents.turn.model_reply import OnMessages, Thinking, reply_with_model
from agents.turn.turn import Function
from agents.turn.view import DEFAULT_CUT, Cut


def profile_of(name: str, role: str = "", *, avatar: str = "", aliases: Sequence[str] = ()) -> Profile:
    """The face of an agent. Raises `WrongUse` for a name that models would not accept."""
    if not AGENT_NAME.fullmatch(name):
        raise WrongUse(f"{name!r} cannot be an agent's name; use a letter, then letters, digits, - and _ (at most 64).")
    return Profile(id=agent_id(name), name=name, role=role, avatar=avatar, aliases=tuple(aliases))


def assistant(
    name: str,
    role: str = "",
    *,
    instructions: str = "",
    model: str = "default",
    settings: Mapping[str, object] | None = None,
    tools: Sequence[Tool | ToolFunction] = (),
    hands_over_to: Sequence[str] = (),
    human_input_mode: HumanInputMode = "NEVER",
    max_consecutive_auto_reply: int | None = None,
    view: Cut = DEFAULT_CUT,
    on_messages: OnMessages | None = None,
    before_send: BeforeSend | None = None,
    avatar: str = "",
    aliases: Sequence[str] = (),
) -> Conversable:
    """An agent with a model.

    ``model`` names one of the configured models, ``settings`` are its own inference settings (C31). ``tools`` are
    typed functions or `Tool` values. ``hands_over_to`` names whom it may transfer to. ``view`` cuts what its model
    reads; ``on_messages`` and ``before_send`` are hooks (C1).
    """
    thinking = Thinking(
        model=model,
        instructions=instructions,
        settings=dict(settings or {}),
        tools=tuple(tools),
        hands_over_to=tuple(hands_over_to),
        cut=view,
        on_messages=on_messages,
    )
    answer = reply_with_model(thinking)
    checks = human_input_mode != "NEVER" or max_consecutive_auto_reply is not None
    check = check_with_people(human_input_mode, max_consecutive_auto_reply=max_consecutive_auto_reply)
    return Conversable(
        profile=profile_of(name, role, avatar=avatar, aliases=aliases),
        replies=(check, answer) if checks else (answer,),
        before_send=before_send,
        model=model,
        tools=tuple(tool.name if isinstance(tool, Tool) else tool.__name__ for tool in tools),
    )


def user_proxy(
    name: str = "user_proxy",
    role: str = "Stands in for the people.",
    *,
    human_input_mode: HumanInputMode = "ALWAYS",
    max_consecutive_auto_reply: int | None = None,
    runs_code: bool = False,
    asks: Sequence[str] = (),
    avatar: str = "",
) -> Conversable:
    """An agent that stands in for people: asks them by mode, may run code, has no model.

    ``asks`` are participant ids of those who may answer; empty means anybody present.
    """
    check = check_with_people(human_input_mode, max_consecutive_auto_reply=max_consecutive_auto_reply, of=asks)
    return Conversable(
        profile=profile_of(name, role, avatar=avatar), replies=(check, run_code()) if runs_code else (check,)
    )


def code_runner(
    name: str, role: str = "Runs code.", *, sources: Sequence[str] = (), avatar: str = ":gear:"
) -> Conversable:
    """An agent that runs the code blocks of new messages in the sandbox; ``sources`` limits whose (C2, C23)."""
    return Conversable(profile=profile_of(name, role, avatar=avatar), replies=(run_code(sources=sources),))


def function_agent(name: str, function: Function, role: str = "", *, avatar: str = "") -> Conversable:
    """A plain function of the transcript, sync or async, as an agent; None is a pass (C2)."""
    return Conversable(profile=profile_of(name, role, avatar=avatar), replies=(answering_with(function),))
