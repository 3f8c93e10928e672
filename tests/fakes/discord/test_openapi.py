"""The validator finds what is wrong, and only that; so do the rules of this project."""

import pytest

from tests.fakes.discord import openapi, rules
from tests.fakes.discord.calls import Request
from tests.fakes.discord.openapi import Document, document, document_path

SEND = "POST /channels/{channel_id}/messages"
QUIET = {"parse": [], "replied_user": False}

needs_document = pytest.mark.skipif(
    not document_path().exists(), reason=f"Discord's OpenAPI document is absent; name its file in {openapi.VARIABLE}."
)


def request(route: str, json=None, *, query=None, params=None, files=()) -> Request:
    method, path = route.split(" ", 1)
    return Request(
        route=route,
        method=method,
        path=path,
        params={"channel_id": "1", **(params or {})},
        query=query or {},
        json=json,
        files=files,
        bot=None,
        webhook=None,
        at=0.0,
        arrived=0.0,
    )


def found(route: str, json=None, **rest) -> list[str]:
    known = document()
    assert known is not None
    return known.violations(request(route, json, **rest))


def button(**fields):
    return {"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "a", "label": "A", **fields}]}


@needs_document
def test_d26_a_message_as_discord_py_sends_it_is_right():
    reference = {"message_id": 7, "channel_id": 1, "fail_if_not_exists": True}
    body = {
        "content": "hello",
        "nonce": "a",
        "enforce_nonce": True,
        "tts": False,
        "allowed_mentions": {"parse": [], "users": ["1"]},
        "message_reference": reference,
        "components": [button()],
        "attachments": [{"id": 0, "filename": "a.png"}],
    }
    assert found(SEND, body, files=(("a.png", b""),)) == []


@needs_document
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"contents": "x"}, "body.contents is not known"),
        ({"content": 7}, "body.content is no string or null: 7"),
        ({"content": "x" * 4001}, "body.content's length is above 4000: 4001"),
        ({"allowed_mentions": {"parse": ["all"]}}, "body.allowed_mentions.parse[0] is not"),
        ({"allowed_mentions": {"parse": ["users", "users"]}}, "body.allowed_mentions.parse says something twice"),
        ({"allowed_mentions": {"users": ["ana"]}}, "body.allowed_mentions.users[0] does not look like"),
        ({"allowed_mentions": {"user": []}}, "body.allowed_mentions.user is not known"),
        ({"embeds": [{}] * 11}, "body.embeds's number of items is above 10: 11"),
        ({"message_reference": {"channel_id": "1"}}, "body.message_reference.message_id is missing"),
        ({"components": [button(label="x" * 81)]}, "label's length is above 80: 81"),
        ({"components": [button(lable="x")]}, "lable is not known"),
        ({"components": [{"type": 99}]}, "body.components[0].type is none of"),
    ],
)
def test_d26_a_wrong_body_is_noticed(body, complaint):
    complaints = found(SEND, body)
    assert any(complaint in one for one in complaints), complaints


@needs_document
def test_d26_wrong_queries_paths_and_routes_are_noticed():
    history = "GET /channels/{channel_id}/messages"
    assert found(history, query={"limit": "50", "after": "7"}) == []
    assert found(history, query={"limit": "500"}) == ["query.limit is above 100: 500"]
    assert found(history, query={"limit": "many"}) == ["query.limit is no integer: 'many'"]
    assert found(history, query={"newest": "1"}) == ["query.newest is not known"]
    assert found(history, {"limit": 1}) == ["body is not taken here"]
    assert len(found(history, params={"channel_id": "data"})) == 1
    assert found(SEND) == ["body is missing"]
    assert found("POST /nowhere", {}) == ["there is no POST /nowhere"]
    assert found("POST /channels/{channel_id}/threads", {"name": "", "type": 11}) == [
        "body.name's length is below 1: 0"
    ]
    execute, ids = "POST /webhooks/{webhook_id}/{webhook_token}", {"webhook_id": "1", "webhook_token": "t"}
    assert found(execute, {"content": "x"}, query={"wait": "1"}, params=ids) == []
    assert found(execute, {"content": "x"}, query={"wait": "yes"}, params=ids) == ["query.wait is no boolean: 'yes'"]
    assert found(execute, {"content": "x", "nonce": "a"}, params=ids) == ["body.nonce is not known"]


def test_d26_a_document_that_says_something_unknown_is_not_passed_over():
    body = {"content": {"application/json": {"schema": {"type": "object", "if": {}}}}}
    odd = Document({"paths": {"/x": {"post": {"requestBody": body}}}})
    with pytest.raises(ValueError, match=r"does not understand \['if'\]"):
        odd.violations(request("POST /x", {}))


def test_d26_the_document_is_found_by_a_variable(monkeypatch, tmp_path):
    monkeypatch.setenv(openapi.VARIABLE, str(tmp_path / "absent.json"))
    assert document_path() == tmp_path / "absent.json"
    assert not document_path().exists()


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ({"content": "x"}, "D8"),
        ({"content": "x", "allowed_mentions": {"parse": ["everyone"]}}, "D8"),
        ({"content": "x", "allowed_mentions": {"parse": ["roles"]}}, "D8"),
        ({"content": "x", "allowed_mentions": {"users": []}}, "D8"),
        ({"content": "x" * 2001, "allowed_mentions": QUIET}, "D9"),
    ],
)
def test_d8_d9_our_own_rules_hold_for_messages_callbacks_and_forum_posts(body, number):
    callback = "POST /interactions/{interaction_id}/{interaction_token}/callback"
    edit = "PATCH /channels/{channel_id}/messages/{message_id}"
    for wrong in (
        request(edit, body),
        request(callback, {"type": 4, "data": body}),
        request("POST /channels/{channel_id}/threads", {"name": "x", "message": body}),
    ):
        assert [one[-3:-1] for one in rules.violations(wrong)] == [number]
    assert list(rules.violations(request(edit, {"content": "x", "allowed_mentions": QUIET}))) == []
    assert list(rules.violations(request(callback, {"type": 5}))) == []


def test_d11_a_message_without_an_enforced_nonce_is_noticed():
    body = {"content": "x", "allowed_mentions": QUIET, "nonce": "a"}
    assert len(list(rules.violations(request(SEND, body)))) == 1
    assert list(rules.violations(request(SEND, {**body, "enforce_nonce": True}))) == []
