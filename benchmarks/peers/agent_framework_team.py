"""Microsoft agent-framework 1.23: its group chat, with a chat client that answers at once."""

import asyncio
import itertools
import json
import logging

from agent_framework import Agent, BaseChatClient, ChatResponse, Content, FunctionInvocationLayer, Message
from agent_framework.orchestrations import GroupChatBuilder

from benchmarks.peers.works import LATENCY, NAMES, ROLE, ROOM_TURNS, SAID, TASK, at_once, per_turn, run


class Instant(FunctionInvocationLayer, BaseChatClient):
    """Answers with what ``answer`` makes of the messages: the contents of one message. Functions are called."""

    def __init__(self, answer=lambda _: [SAID], latency=0.0):
        super().__init__()
        self._answer, self._latency = answer, latency
        self.asked = self.longest = 0

    async def _inner_get_response(self, *, messages, stream, options, **_):
        self.asked += 1
        self.longest = max(self.longest, len(messages))
        if self._latency:
            await asyncio.sleep(self._latency)
        # Without an id, the same words said again would be taken for the same message, and left out of the history.
        said = Message(role="assistant", contents=self._answer(messages), message_id=f"message-{self.asked}")
        return ChatResponse(messages=[said])


def agents(client):
    return [Agent(client, ROLE, name=name, description=ROLE) for name in NAMES]


async def talked(workflow, turns, client):
    # Two steps a turn; the builder of group chats has no parameter for more than the usual hundred.
    workflow._runner._max_iterations = 2 * turns + 10
    await workflow.run(TASK)
    assert client.asked == turns, client.asked
    assert client.longest == turns, "the last turn did not see the whole conversation"


def in_turn(state):
    return NAMES[state.current_round % len(NAMES)]


async def round_robin(turns):
    client = Instant()
    group = GroupChatBuilder(participants=agents(client), selection_func=in_turn, max_rounds=turns)
    return await per_turn(turns, talked(group.build(), turns, client))


async def selector(turns):
    names = itertools.cycle(NAMES)

    def choose(_):
        chosen = {"terminate": False, "reason": "In turn.", "next_speaker": next(names), "final_message": None}
        return [json.dumps(chosen)]

    client = Instant()
    chooser = Agent(Instant(choose), ROLE, name="chooser")
    group = GroupChatBuilder(participants=agents(client), orchestrator_agent=chooser, max_rounds=turns)
    return await per_turn(turns, talked(group.build(), turns, client))


async def weather(city: str, days: int = 3) -> str:
    """Daily forecast for a city."""
    return f"{city}: {days} days of sun"


async def tool_turn(turns):
    """One agent, a session each."""
    numbers = itertools.count()

    def answer(messages):
        if messages[-1].role == "tool":
            return [SAID]
        number = next(numbers)
        arguments = json.dumps({"city": f"Madrid {number}"})
        return [Content.from_function_call(call_id=f"call-{number}", name="weather", arguments=arguments)]

    client = Instant(answer)
    agent = Agent(client, ROLE, name="ana", tools=[weather])

    async def work():
        for _ in range(turns):
            assert (await agent.run(TASK, session=agent.create_session())).text == SAID

    spent = await per_turn(turns, work())
    assert client.asked == 2 * turns
    return spent


async def rooms(count):
    """A group chat each, of the same agents."""
    client = Instant(latency=LATENCY)
    team = agents(client)

    async def room(_):
        group = GroupChatBuilder(participants=team, selection_func=in_turn, max_rounds=ROOM_TURNS).build()
        await group.run(TASK)
        return group

    spent = await at_once(count, room)
    assert client.asked == count * ROOM_TURNS, client.asked
    return spent


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # it warns of every group chat that ends where it was told to
    run({"round_robin": round_robin, "selector": selector, "tool_turn": tool_turn, "rooms": rooms})
