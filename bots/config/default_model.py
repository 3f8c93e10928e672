"""Which model agents think with when they name none: configured, from the environment, local, or a script."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bots.config.references import Secret
from bots.config.tables import ModelTable

LOCAL_ENDPOINT = "http://127.0.0.1:11434/v1"
"""Where Ollama, and what imitates it, answers."""

OPENAI_ENDPOINT = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-5-mini"

DEMO_BUDGET_USD = 0.25
"""The most that a demo may spend, whatever the config says."""

ListModels = Callable[[str, str], Sequence[str]]
"""The models at an endpoint, by its address and key; empty where nobody answers at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The model called ``default``; None: a script. ``announcement`` is said before the first call."""

    source: Literal["configured", "environment", "local", "scripted"]
    model: ModelTable | None
    announcement: str


def choose_model(
    configured: ModelTable | None,
    environment: Mapping[str, str],
    list_models: ListModels,
    *,
    scripted: bool = False,
    demo: bool = False,
) -> ModelChoice:
    """Choose the first there is: configured, from the environment, local, a script.

    ``scripted`` refuses every model; ``demo`` is capped at `DEMO_BUDGET_USD`.
    The environment is asked for OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL, and ``list_models`` only where
    nothing before it decided.
    """
    if scripted:
        return _script("You asked for the script, so no model is called.")
    if configured is not None:
        return _model("configured", configured, "The config says", demo=demo)
    found = _from_environment(environment, list_models)
    if found is not None:
        return _model("environment", found, "The environment (OPENAI_API_KEY, OPENAI_BASE_URL) says", demo=demo)
    local = list_models(LOCAL_ENDPOINT, "")
    if local:
        table = ModelTable(model=local[0], base_url=LOCAL_ENDPOINT)
        return _model("local", table, "A local endpoint answers", demo=False)
    return _script("No model is configured; set OPENAI_API_KEY or start Ollama for a real one.")


def _from_environment(environment: Mapping[str, str], list_models: ListModels) -> ModelTable | None:
    key, address = environment.get("OPENAI_API_KEY", "").strip(), environment.get("OPENAI_BASE_URL", "").strip()
    if not key and not address:
        return None
    address = address.rstrip("/") or OPENAI_ENDPOINT
    name = environment.get("OPENAI_MODEL", "").strip()
    if not name:
        name = OPENAI_MODEL if address == OPENAI_ENDPOINT else next(iter(list_models(address, key)), "")
    if not name:
        return None
    api_key = Secret(kind="env", value="OPENAI_API_KEY") if key else None
    return ModelTable(model=name, base_url=address, api_key=api_key)


def _model(
    source: Literal["configured", "environment", "local"], table: ModelTable, because: str, *, demo: bool
) -> ModelChoice:
    host = urlsplit(table.base_url).netloc.rpartition("@")[2]
    budget = f" This demo spends at most ${DEMO_BUDGET_USD:.2f}; --scripted calls no model." if demo else ""
    said = f"{because}: the agents think with {table.model} at {host}, which will see what is written here.{budget}"
    return ModelChoice(source=source, model=table, announcement=said)


def _script(why: str) -> ModelChoice:
    return ModelChoice(source="scripted", model=None, announcement=f"A script plays the agents. {why}")
