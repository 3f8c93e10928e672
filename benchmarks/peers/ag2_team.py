"""ag2 0.14, the last with GroupChat, with a model client that answers at once.

Its chats are begun with ``a_initiate_chat``, the way for a program with an event loop, and say nothing on the terminal;
``initiate_chat``, which blocks the loop, takes about half. It has no ``rooms``: it waits for its models in the loop's
few threads.
"""

import contextlib
import io
import itertools
import logging
import warnings
from types import SimpleNamespace

from autogen.agentchat import ConversableAgent, GroupChat, GroupChatManager

from benchmarks.peers.works import NAMES, ROLE, SAID, TASK, per_turn, run


def reply(content, calls=None):
    message = SimpleNamespace(content=content, function_call=None, tool_calls=calls)
    return SimpleNamespace(id="1", choices=[SimpleNamespace(message=message)], model="instant", cost=0)


class Instant:
    """ag2's protocol of a model client."""

    def __init__(self, config, **_):
        pass

    def create(self, params):
        return reply(SAID)

    def message_retrieval(self, response):
        return [choice.message.content for choice in response.choices]

    def cost(self, response):
        return 0

    @staticmethod
    def get_usage(response):
        return {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0, "model": "instant"}


class Chooses(Instant):
    """Names one agent after the other."""

    names = itertools.cycle(NAMES)

    def create(self, params):
        return reply(next(self.names))


class CallsTool(Instant):
    """Calls a function, and after its result says its usual words."""

    numbers = itertools.count()

    def create(self, params):
        if params["messages"][-1]["role"] == "tool":
            return reply(SAID)
        number = next(self.numbers)
        function = SimpleNamespace(name="weather", arguments=f'{{"city": "Madrid {number}"}}')
        return reply(None, [SimpleNamespace(id=f"call-{number}", type="function", function=function)])

    def message_retrieval(self, response):
        message = response.choices[0].message
        if not message.tool_calls:
            return [message.content]
        calls = [
            {
                "id": one.id,
                "type": one.type,
                "function": {"name": one.function.name, "arguments": one.function.arguments},
            }
            for one in message.tool_calls
        ]
        return [{"role": "assistant", "content": None, "tool_calls": calls}]


def config(client):
    return {"config_list": [{"model": "instant", "model_client_cls": client.__name__}], "cache_seed": None}


def agent(name, client=Instant, tools=(), turns=100):
    made = ConversableAgent(
        name,
        system_message=ROLE,
        description=ROLE,
        llm_config=config(client),
        human_input_mode="NEVER",
        max_consecutive_auto_reply=turns,
        silent=True,
    )
    for tool in tools:
        made.register_for_llm(name=tool.__name__, description=tool.__doc__)(tool)
    made.register_model_client(model_client_cls=client)
    return made


def person(**options):
    return ConversableAgent("eva", llm_config=False, human_input_mode="NEVER", silent=True, **options)


async def talked(turns, **choosing):
    chat = GroupChat([agent(name, turns=turns) for name in NAMES], [], max_round=turns + 1, **choosing)
    manager = GroupChatManager(chat, llm_config=False, human_input_mode="NEVER", silent=True)

    spent = await per_turn(turns, person().a_initiate_chat(manager, message=TASK, silent=True))
    assert len(chat.messages) == turns + 1, len(chat.messages)
    return spent


async def round_robin(turns):
    return await talked(turns, speaker_selection_method="round_robin")


async def selector(turns):
    return await talked(
        turns, select_speaker_auto_llm_config=config(Chooses), select_speaker_auto_model_client_cls=Chooses
    )


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city."""
    return f"{city}: {days} days of sun"


async def tool_turn(turns):
    """A chat of two, begun anew each time: task, call, result, answer."""
    ana, eva = agent("ana", CallsTool, tools=[weather]), person()
    eva.register_for_execution(name="weather")(weather)

    async def work():
        for _ in range(turns):
            result = await eva.a_initiate_chat(ana, message=TASK, max_turns=2, silent=True)
            assert len(result.chat_history) == 4, result.chat_history

    return await per_turn(turns, work())


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    with contextlib.redirect_stdout(io.StringIO()) as printed:  # ag2 tells of calls of functions there
        run({"round_robin": round_robin, "selector": selector, "tool_turn": tool_turn})
    print(printed.getvalue().strip().rpartition("\n")[2])
