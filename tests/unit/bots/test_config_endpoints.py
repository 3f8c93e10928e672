"""Asking an endpoint for its models, over a socket."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agents.errors import ModelFailed
from bots.config.endpoints import models_at, models_or_none


class Endpoint(ThreadingHTTPServer):
    """Answers every request the same, and remembers who asked."""

    status, body = 200, b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_p27_the_models_are_those_that_the_endpoint_lists(endpoint: Endpoint):
    endpoint.body = json.dumps({"object": "list", "data": [{"id": "llama", "owned_by": "x"}, {"id": "other"}]}).encode()
    assert models_at(endpoint.address, "sk-test") == ("llama", "other")
    assert models_or_none(endpoint.address, "") == ("llama", "other")
    assert endpoint.asked == [("/v1/models", "Bearer sk-test"), ("/v1/models", None)]


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (401, b"", "credentials", "answered 401"),
        (500, b"", "server", "answered 500"),
        (200, b"<html>", "invalid", "not as the OpenAI API does"),
        (200, b'{"models": []}', "invalid", "not as the OpenAI API does"),
        (200, b"\xff", "invalid", "not as the OpenAI API does"),
    ],
)
def test_p29_an_endpoint_that_answers_otherwise_is_explained(
    endpoint: Endpoint, status: int, body: bytes, kind: str, sentence: str
):
    endpoint.status, endpoint.body = status, body
    with pytest.raises(ModelFailed, match=sentence) as caught:
        models_at(endpoint.address, "")
    assert caught.value.kind == kind
    assert models_or_none(endpoint.address, "") == ()


def test_p29_nobody_at_an_address_is_explained(endpoint: Endpoint):
    endpoint.server_close()
    with pytest.raises(ModelFailed, match="does not answer") as caught:
        models_at(endpoint.address, "")
    assert caught.value.kind == "disconnected"
    assert models_or_none(endpoint.address, "") == ()
