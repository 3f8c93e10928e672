"""Asking an OpenAI-compatible endpoint which models it has; the one question that setting up may ask of a network."""

import json
from collections.abc import Sequence
from typing import Annotated
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from pydantic import BaseModel, Field, ValidationError

from agents.errors import ModelFailed


class _ListedModel(BaseModel):
    id: Annotated[str, Field(min_length=1)]


class _Models(BaseModel):
    data: list[_ListedModel]


def models_at(base_url: str, api_key: str, *, timeout: float = 5.0) -> tuple[str, ...]:
    """The names of the endpoint's models. Raises `ModelFailed` with the reason; ``timeout`` is in seconds.

    No proxy is used for this machine's own addresses.
    """
    request = Request(f"{base_url}/models", headers={"Accept": "application/json"})
    if api_key:
        request.add_unredirected_header("Authorization", f"Bearer {api_key}")
    opener = build_opener(ProxyHandler({})) if request.host.startswith(("127.", "localhost")) else build_opener()
    try:
        with opener.open(request, timeout=timeout) as response:
            found = _Models.model_validate(json.loads(response.read(1_000_000)))
    except HTTPError as error:
        error.close()
        kind = "credentials" if error.code in (401, 403) else "server"
        raise ModelFailed(f"{request.host} answered {error.code} ({error.reason}).", kind=kind) from error
    except (ValueError, ValidationError) as error:
        raise ModelFailed(f"{request.host} answers, but not as the OpenAI API does.", kind="invalid") from error
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        raise ModelFailed(f"{request.host} does not answer ({reason}).", kind="disconnected") from error
    return tuple(model.id for model in found.data)


def models_or_none(base_url: str, api_key: str) -> Sequence[str]:
    """`models_at` for choosing: nobody there, within half a second, is an empty answer."""
    try:
        return models_at(base_url, api_key, timeout=0.5)
    except ModelFailed:
        return ()
