"""P27: which model agents think with when they name none, and what is said about it."""

from collections.abc import Callable, Sequence

from bots.config.default_model import LOCAL_ENDPOINT, choose_model
from bots.config.tables import ModelTable

CONFIGURED = ModelTable(model="big", base_url="http://10.0.0.5/v1")
KEY = {"OPENAI_API_KEY": "sk-x"}


def nobody(base_url: str, api_key: str) -> Sequence[str]:
    return ()


def only(address: str, *models: str) -> Callable[[str, str], Sequence[str]]:
    return lambda base_url, api_key: models if base_url == address else ()


def test_p27_a_configured_model_comes_first():
    choice = choose_model(CONFIGURED, KEY, only(LOCAL_ENDPOINT, "llama"))
    assert (choice.source, choice.model) == ("configured", CONFIGURED)
    assert "big at 10.0.0.5" in choice.announcement


def test_p27_a_key_in_the_environment_is_announced_with_model_endpoint_and_budget():
    choice = choose_model(None, KEY, only(LOCAL_ENDPOINT, "llama"), demo=True)
    assert choice.source == "environment"
    assert choice.model is not None
    assert str(choice.model.api_key) == "env:OPENAI_API_KEY"
    for part in ("gpt-5-mini", "api.openai.com", "$0.25", "--scripted"):
        assert part in choice.announcement
    assert "sk-x" not in choice.announcement


def test_p27_the_environment_may_name_another_endpoint_and_model():
    named = choose_model(None, {"OPENAI_BASE_URL": "http://10.0.0.6/v1/", "OPENAI_MODEL": "mine"}, nobody)
    assert named.model == ModelTable(model="mine", base_url="http://10.0.0.6/v1")
    asked = choose_model(None, {"OPENAI_BASE_URL": "http://10.0.0.6/v1"}, only("http://10.0.0.6/v1", "a", "b"))
    assert asked.model == ModelTable(model="a", base_url="http://10.0.0.6/v1")


def test_p27_an_endpoint_of_the_environment_that_is_not_there_is_passed_over():
    choice = choose_model(None, {"OPENAI_BASE_URL": "http://10.0.0.6/v1"}, nobody)
    assert choice.source == "scripted"


def test_p27_then_a_local_endpoint_that_answers():
    choice = choose_model(None, {}, only(LOCAL_ENDPOINT, "llama", "other"), demo=True)
    assert (choice.source, choice.model) == ("local", ModelTable(model="llama", base_url=LOCAL_ENDPOINT))
    assert "llama at 127.0.0.1:11434" in choice.announcement
    assert "$" not in choice.announcement


def test_p27_at_last_a_script_that_says_it_is_one():
    choice = choose_model(None, {"OPENAI_API_KEY": "  "}, nobody)
    assert (choice.source, choice.model) == ("scripted", None)
    assert choice.announcement.startswith("A script plays the agents.")


def test_p27_scripted_refuses_every_model_and_asks_nobody():
    def asked(base_url: str, api_key: str) -> Sequence[str]:
        raise AssertionError(base_url)

    choice = choose_model(CONFIGURED, KEY, asked, scripted=True)
    assert choice.model is None
