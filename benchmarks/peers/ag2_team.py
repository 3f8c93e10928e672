"""ag2 0.14, the last with GroupChat: round robin with a model client that answers at once."""

import contextlib
import io
import json
import logging
import warnings
from types import SimpleNamespace

from autogen.agentchat import ConversableAgent, GroupChat, GroupChatManager

from benchmarks.measuring import FULL, cost, samples

NAMES = ("ana", "ben", "cid", "dot")
TURNS = 200


MODEL = {"config_list": [{"model": "instant", "model_client_cls": "Instant"}], "cache_seed": None}


class Instant:
    """ag2's protocol of a model client."""

    def __init__(self, config, **_):
        pass

    def create(self, params):
        message = SimpleNamespace(content="All right, I am on it.", function_call=None, tool_calls=None)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)], model="instant", cost=0)

    def message_retrieval(self, response):
        return [choice.message.content for choice in response.choices]

    def cost(self, response):
        return 0

    @staticmethod
    def get_usage(response):
        return {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0, "model": "instant"}


def agent(name):
    made = ConversableAgent(name, system_message="Takes part.", llm_config=MODEL, human_input_mode="NEVER", silent=True)
    made.register_model_client(model_client_cls=Instant)
    return made


async def round_robin():
    chat = GroupChat([agent(name) for name in NAMES], [], max_round=TURNS + 1, speaker_selection_method="round_robin")
    manager = GroupChatManager(chat, llm_config=False, human_input_mode="NEVER", silent=True)
    person = ConversableAgent("eva", llm_config=False, human_input_mode="NEVER", silent=True)

    async def run():
        person.initiate_chat(manager, message="Please begin, and take turns.", silent=True)

    used = await cost(run())
    assert len(chat.messages) == TURNS + 1, len(chat.messages)
    return used.cpu / TURNS * 1e3


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)  # ag2 logs to standard output
    with contextlib.redirect_stdout(io.StringIO()):
        measured = samples(FULL, round_robin)
    print(json.dumps({"round robin": measured}))
