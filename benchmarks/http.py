"""What a model call over HTTP costs the event loop, beside the client library's own way to make it."""

import asyncio
import json
import multiprocessing
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from adapters.openai_model import Endpoint, OpenAIModel
from agents.ports import ModelAnswer, ModelMessage, ModelRequest
from benchmarks.measuring import Size, cost
from benchmarks.stage import in_memory, talk, team_of
from benchmarks.table import Row

CALLS = 60
WORDS = 20
"""Of each answer; a streamed one comes in as many chunks."""
SAID = "This is about as long as what people write in a chat, a sentence or two. "


def measure(size: Size) -> Iterator[Row]:
    """CPU per call against a server in another process, answering at once; ours streams, the library's does not."""
    return iter(asyncio.run(_rows(size)))


async def _rows(size: Size) -> list[Row]:
    async with _server() as url:
        rows: list[Row] = []
        for messages, goal in ((20, 0.28), (200, 0.05)):
            ratios: list[float] = []
            each: list[float] = []
            for _ in range(size.repetitions):
                ours, bare = await _calls(url, messages, size.of(CALLS))
                ratios.append(ours / bare)
                each.append(ours)
            what = f"HTTP call with {messages} messages"
            rows.append(Row(what=f"{what}, CPU over bare AsyncOpenAI", samples=tuple(ratios), unit="x", goal=goal))
            rows.append(Row(what=f"{what}, CPU", samples=tuple(each), unit="ms", floor=1.0))
        long, short = size.of(1_000), size.of(50)
        grown = [await _growth(url, long, short) for _ in range(min(size.repetitions, 3))]
        what = f"growth over HTTP: cost per turn at {long:,} turns over {short:,}"
        return [*rows, Row(what=what, samples=tuple(grown), unit="x", floor=1.0, goal=1.5)]


async def _calls(url: str, messages: int, calls: int) -> tuple[float, float]:
    """CPU in ms per call: ours, and `AsyncOpenAI.chat.completions.create`, with as many calls of each in turn."""
    said = [
        ModelMessage(role="user", text=SAID, name="ana") if number % 2 else ModelMessage(role="assistant", text=SAID)
        for number in range(messages)
    ]
    request = ModelRequest(messages=said)
    params: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": SAID, "name": "ana"} if number % 2 else {"role": "assistant", "content": SAID}
        for number in range(messages)
    ]

    async def bare() -> None:
        for _ in range(calls):
            await client.chat.completions.create(model="m", messages=params)

    async def ours() -> None:
        for _ in range(calls):
            async for item in model.stream(request):
                assert not isinstance(item, ModelAnswer) or item.usage.tokens

    async with Endpoint(url, "none") as endpoint, AsyncOpenAI(base_url=url, api_key="none") as client:
        model = OpenAIModel(endpoint, "m")
        await ours()  # so that connections and imports are made
        await bare()
        return (await cost(ours())).cpu / calls * 1e3, (await cost(bare())).cpu / calls * 1e3


async def _growth(url: str, long: int, short: int) -> float:
    async with Endpoint(url, "none") as endpoint:
        ports = {turns: in_memory(OpenAIModel(endpoint, "m")) for turns in (1, long, short)}
        await talk(ports[1], team_of(1))
        spent = {turns: (await talk(ports[turns], team_of(turns))).cpu / turns for turns in (long, short)}
    return spent[long] / spent[short]


@asynccontextmanager
async def _server() -> AsyncGenerator[str]:
    """The base URL of a server in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def _serve(tell: Connection) -> None:
    asyncio.run(_answering(tell))


async def _answering(tell: Connection) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    tell.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of a connection: streamed where that is asked for."""
    usage = {"prompt_tokens": 10, "completion_tokens": WORDS, "total_tokens": 10 + WORDS}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    message = {"role": "assistant", "content": "word " * WORDS}
    whole = json.dumps({**head, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage})
    words: list[dict[str, object]] = [
        {"choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]} for _ in range(WORDS)
    ]
    last: dict[str, object] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    chunks = [json.dumps({**head, **chunk}) for chunk in (*words, last, {"choices": (), "usage": usage})]
    streamed = "".join(f"data: {chunk}\n\n" for chunk in (*chunks, "[DONE]"))
    while request := await _request(reader):
        content, kind = (streamed, "text/event-stream") if b'"stream":true' in request else (whole, "application/json")
        writer.write(
            f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n{content}".encode()
        )
        await writer.drain()
    writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """The next request's body; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length[15:]))
