"""What goes to the endpoint: messages, names, images, tools, settings, schemas (M7, M8, M10, C26, C31)."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai_model import Endpoint, OpenAIModel
from adapters.openai_model.payload import api_names
from agents.errors import ModelFailed, WrongUse
from agents.log.files import FileRef
from agents.ports import ModelMessage, ModelRequest, ToolCall, ToolSchema
from agents.testing import MemoryFiles
from tests.adapters.openai_model.conftest import Serve, ask, call
from tests.fakes.model_endpoint import STOP, answer, said, status

HI = answer(said("hi"), STOP)
TOOL = ToolSchema(name="weather", description="Daily forecast.", parameters={"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"speaker": {"enum": ["a", "b"]}}, "additionalProperties": False}


async def test_a_conversation_with_tools_becomes_messages(serve: Serve) -> None:
    house = await serve(HI)
    messages = [
        ModelMessage(role="system", text="You are coder."),
        ModelMessage(role="user", text="weather?", name="ana"),
        ModelMessage(role="assistant", text="", calls=(ToolCall(id="c1", tool="weather", arguments="{}"),)),
        ModelMessage(role="tool", text="sun", call="c1"),
        ModelMessage(role="assistant", text="Sun."),
    ]
    await call(house.model, ModelRequest(messages=messages, tools=(TOOL,)))
    sent = house.server.requests[0]
    assert sent["model"] == "m"
    assert sent["messages"] == [
        {"role": "system", "content": "You are coder."},
        {"role": "user", "content": "ana: weather?", "name": "ana"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "sun", "tool_call_id": "c1"},
        {"role": "assistant", "content": "Sun."},
    ]
    assert sent["tools"] == [
        {
            "type": "function",
            "function": {"name": "weather", "description": "Daily forecast.", "parameters": TOOL.parameters},
        }
    ]
    assert "authorization: bearer key" in house.server.heads[0].lower()


@pytest.mark.parametrize("arguments", ['{"city": ', "[1]", ""])
async def test_earlier_arguments_that_were_no_object_are_wrapped_into_one(serve: Serve, arguments: str) -> None:
    house = await serve(HI)
    calls = (ToolCall(id="c1", tool="weather", arguments=arguments),)
    await call(house.model, ModelRequest(messages=[ModelMessage(role="assistant", text="", calls=calls)]))
    function = house.server.requests[0]["messages"][0]["tool_calls"][0]["function"]
    assert function["arguments"].startswith('{"unreadable": ')


async def test_m7_names_are_what_the_api_takes(serve: Serve) -> None:
    house = await serve(HI)
    names = ["ana", "Ana María", "x" * 80, "ünï"]
    await call(house.model, ModelRequest(messages=[ModelMessage(role="user", text="hi", name=name) for name in names]))
    sent = [message["name"] for message in house.server.requests[0]["messages"]]
    assert sent[0] == "ana"
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in sent)


NAMES = st.lists(
    st.sampled_from(["José", "Jose", "Ana (2)", "Ana_2", "田中", "佐藤", "participant", "x" * 80]) | st.text()
)


@given(NAMES)
def test_m7_no_two_names_are_sent_alike(names: list[str]) -> None:
    sent = api_names(tuple(dict.fromkeys(name for name in names if name)))
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in sent.values())
    assert len(set(sent.values())) == len(sent)


async def test_m7_a_name_that_the_api_does_not_take_stands_in_front_of_the_text(serve: Serve) -> None:
    house = await serve(HI)
    names = ["coder", "José Müller", "Jose Muller", "Ana (2)", "田中"]
    await call(house.model, ModelRequest(messages=[ModelMessage(role="user", text="hi", name=name) for name in names]))
    sent = [(message["name"], message["content"]) for message in house.server.requests[0]["messages"]]
    assert sent[0][0] == "coder"
    assert sent[1:] == [
        ("Jose_Muller", "José Müller: hi"),
        ("Jose_Muller_2", "Jose Muller: hi"),
        ("Ana_2", "Ana (2): hi"),
        ("participant", "田中: hi"),
    ]


async def test_m7_a_name_of_nothing_is_still_a_name(serve: Serve) -> None:
    house = await serve(HI)
    await call(house.model, ModelRequest(messages=[ModelMessage(role="user", text="hi", name="")]))
    assert "name" not in house.server.requests[0]["messages"][0]


async def test_c26_openai_reads_names_and_needs_no_prefix() -> None:
    endpoint = Endpoint("https://api.openai.com/v1", "key")
    assert not endpoint.habits("gpt-5-mini").prefix_names
    assert OpenAIModel(endpoint, "gpt-5-mini").name == "gpt-5-mini at api.openai.com"


async def test_c26_names_become_a_prefix_alone_where_the_field_is_refused(serve: Serve) -> None:
    house = await serve(status(400, {"message": "messages.0.name: extra inputs are not permitted"}), HI, HI)
    await call(house.model)
    await call(house.model)
    assert house.server.requests[1]["messages"] == [{"role": "user", "content": "ana: hello"}]
    assert house.server.requests[2]["messages"] == house.server.requests[1]["messages"]


async def test_m8_images_reach_the_model(serve: Serve) -> None:
    files = MemoryFiles()
    image = FileRef(sha256=await files.put(b"\x89PNG"), name="plot.png", media_type="image/png", size=4)
    gone = FileRef(sha256="0" * 64, name="old.png", media_type="image/png", size=4)
    house = await serve(HI, HI, files=files)
    for _ in range(2):
        message = ModelMessage(role="user", text="look", name="ana", images=(image, gone))
        await call(house.model, ModelRequest(messages=[message]))
    for sent in house.server.requests:
        text, picture = sent["messages"][0]["content"]
        assert text == {"type": "text", "text": "ana: look\n[image old.png: no longer there]"}
        assert picture == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}


async def test_m8_a_model_that_sees_nothing_is_told_what_was_there(serve: Serve) -> None:
    files = MemoryFiles()
    image = FileRef(sha256=await files.put(b"\x89PNG"), name="plot.png", media_type="image/png", size=4)
    house = await serve(status(400, {"message": "image_url is only supported by vision models"}), HI, files=files)
    await call(house.model, ModelRequest(messages=[ModelMessage(role="user", text="look", images=(image,))]))
    told = house.server.requests[1]["messages"][0]["content"]
    assert told == "look\n[image plot.png: this model cannot see images]"


async def test_m8_without_files_images_are_named(serve: Serve) -> None:
    house = await serve(HI)
    image = FileRef(sha256="0" * 64, name="plot.png", media_type="image/png", size=4)
    await call(house.model, ModelRequest(messages=[ModelMessage(role="user", text="look", images=(image,))]))
    assert house.server.requests[0]["messages"][0]["content"] == "look\n[image plot.png: no longer there]"


async def test_m8_only_so_many_images_are_kept_in_memory(serve: Serve) -> None:
    files = MemoryFiles()
    images = [
        FileRef(sha256=await files.put(bytes([number])), name=f"{number}.png", media_type="image/png", size=1)
        for number in range(40)
    ]
    house = await serve(HI, files=files)
    await call(house.model, ModelRequest(messages=[ModelMessage(role="user", text="look", images=tuple(images))]))
    assert len(house.server.requests[0]["messages"][0]["content"]) == 41


async def test_m10_a_longer_conversation_begins_with_the_bytes_of_the_shorter(serve: Serve) -> None:
    house = await serve(HI, HI)
    first = ask("one", "two", tools=(TOOL,))
    await call(house.model, first)
    await call(
        house.model,
        ModelRequest(messages=[*first.messages, ModelMessage(role="assistant", text="three")], tools=(TOOL,)),
    )
    shorter, longer = house.server.bodies
    assert longer.startswith(shorter[: shorter.rindex(b"]")])
    assert b'"tools"' in shorter[: shorter.index(b'"messages"')]


async def test_c31_settings_of_the_request_go_over_those_of_the_model(serve: Serve) -> None:
    house = await serve(HI, settings={"temperature": 0.7, "top_p": 0.9, "seed": None})
    settings = {"temperature": 0.0, "max_tokens": 50, "extra_body": {"min_p": 0.1}}
    await call(house.model, ask("hello", settings=settings))
    sent = house.server.requests[0]
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"], sent["min_p"]) == (0.0, 0.9, 50, 0.1)
    assert "seed" not in sent
    assert "extra_body" not in sent


async def test_a_schema_is_asked_for_as_structured_output(serve: Serve) -> None:
    house = await serve(HI, HI)
    await call(house.model, ask("who?", schema=SCHEMA))
    await call(house.model, ask("who?", schema={"type": "object"}))
    closed, open_ = (request["response_format"]["json_schema"] for request in house.server.requests)
    assert closed["schema"] == SCHEMA
    assert closed["strict"] is True
    assert open_["strict"] is False


async def test_a_model_without_structured_output_is_asked_plainly_from_then_on(serve: Serve) -> None:
    house = await serve(status(400, {"message": "json_schema is not available"}), HI, HI)
    for _ in range(2):
        assert (await call(house.model, ask("who?", schema=SCHEMA))).text == "hi"
    assert ["response_format" in request for request in house.server.requests] == [True, False, False]
    assert house.pauses == []


async def test_a_complaint_about_something_else_does_not_end_structured_output(serve: Serve) -> None:
    odd = status(400, {"message": "odd"})
    house = await serve(odd, odd, HI)
    with pytest.raises(ModelFailed, match="odd"):
        await call(house.model, ask("who?", schema=SCHEMA))
    await call(house.model, ask("who?", schema=SCHEMA))
    assert "response_format" in house.server.requests[2]


@pytest.mark.parametrize(
    ("complaint", "before", "after"),
    [
        (
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
            {"max_tokens": 50},
            {"max_completion_tokens": 50},
        ),
        ("'temperature' does not support 0.0 with this model. Only the default (1) value.", {"temperature": 0.0}, {}),
        ("Unrecognized request argument supplied: seed", {"seed": 1}, {}),
    ],
)
async def test_settings_that_a_model_does_not_take_are_left_out_from_then_on(
    serve: Serve, complaint: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    house = await serve(status(400, {"message": complaint}), HI, HI, settings=before)
    other = OpenAIModel(house.endpoint, "m", settings=before)
    await call(house.model)
    await call(other)
    first, *later = house.server.requests
    for key, value in before.items():
        assert first[key] == value
    for sent in later:
        assert {key: sent[key] for key in after} == after
        assert not (before.keys() - after.keys()) & sent.keys()


async def test_a_wrong_value_is_an_error_and_is_not_left_out(serve: Serve) -> None:
    house = await serve(status(400, {"message": "temperature must be at most 2"}), settings={"temperature": 9})
    with pytest.raises(ModelFailed, match="at most 2"):
        await call(house.model)


async def test_stream_options_and_tools_are_left_out_where_they_are_unknown(serve: Serve) -> None:
    house = await serve(
        status(400, {"message": "unknown field stream_options"}),
        status(400, {"message": "m does not support tools"}),
        HI,
    )
    await call(house.model, ask("hello", tools=(TOOL,)))
    assert not {"stream_options", "tools"} & house.server.requests[2].keys()


@pytest.mark.parametrize("code", [400, 500])
async def test_templates_that_want_roles_to_alternate_get_that(serve: Serve, code: int) -> None:
    files = MemoryFiles()
    image = FileRef(sha256=await files.put(b"\x89PNG"), name="plot.png", media_type="image/png", size=4)
    house = await serve(
        status(code, {"message": "Conversation roles must alternate user/assistant/..."}), HI, files=files
    )
    messages = [
        ModelMessage(role="user", text="one", name="ana"),
        ModelMessage(role="user", text="two", name="ben"),
        ModelMessage(role="assistant", text="a"),
        ModelMessage(role="assistant", text="b", calls=(ToolCall(id="c1", tool="t", arguments="{}"),)),
        ModelMessage(role="tool", text="x", call="c1"),
        ModelMessage(role="tool", text="y", call="c2"),
        ModelMessage(role="user", text="see"),
        ModelMessage(role="user", text="this", images=(image,)),
    ]
    await call(house.model, ModelRequest(messages=messages))
    sent = house.server.requests[1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "tool", "user"]
    assert sent[0]["content"] == "ana: one\n\nben: two"
    assert sent[1]["content"] == "a\n\nb"
    assert sent[1]["tool_calls"][0]["id"] == "c1"
    assert [part["type"] for part in sent[4]["content"]] == ["text", "text", "image_url"]


async def test_what_was_learned_is_not_learned_twice(serve: Serve) -> None:
    wrong = status(400, {"message": "Conversation roles must alternate"})
    house = await serve(wrong, wrong, HI)
    with pytest.raises(ModelFailed):
        await call(house.model)
    assert len(house.server.requests) == 2


@pytest.mark.parametrize(
    "base_url", ["localhost:11434/v1", "http://", "http://[bad/v1", "http://host:port/v1", "ftp://host"]
)
def test_a_base_url_that_is_none_is_refused_when_it_is_read(base_url: str) -> None:
    with pytest.raises(WrongUse, match="is no base_url"):
        Endpoint(base_url)


def test_a_key_with_odd_characters_is_refused_when_it_is_read() -> None:
    with pytest.raises(WrongUse, match="copy it again"):
        Endpoint("https://api.openai.com/v1", "sk-“quoted”")


async def test_a_key_is_sent_without_the_line_end_of_its_file_and_never_taken_from_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    house = await serve(HI, HI)
    for key in ("sk-mine\n", ""):
        async with Endpoint(house.server.url, key) as endpoint:
            await call(OpenAIModel(endpoint, "m"))
    sent = [
        line for head in house.server.heads for line in head.splitlines() if line.lower().startswith("authorization")
    ]
    assert [line.split()[-1] for line in sent] == ["sk-mine", "none"]
