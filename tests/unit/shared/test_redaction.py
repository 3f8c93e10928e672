"""P35, R29, D24: no secret in any log line or outgoing text, and nothing else taken out."""

import io
import json
import time

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from adapters.shared.redaction import REDACTED, Redactor

redact = Redactor()

# Put together at run time, so that no scanner takes this file for a leak.
TOKENS = {
    "slack bot": "xox" + "b-1234567890-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
    "slack user": "xox" + "p-1234567890-abcdefabcdef",
    "slack app": "xapp" + "-1-A0123456789-1234567890123-0123456789abcdef0123456789abcdef",
    "slack refresh": "xox" + "e.xoxp-1-Mi0yLTEyMzQ1Njc4OTAtYWJjZGVm",
    "slack response_url": "https://hooks.slack" + ".com/actions/T0001/123456789/AbCdEfGhIjKl",
    "slack socket ticket": "wss://wss-primary.slack.com/link/?ticket" + "=0123abcd-4567-89ef&app_id=x",
    "discord bot": "MTE0NDU2Nzg5MDEyMzQ1Njc4" + ".GaBcDe." + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_",
    "discord webhook": "https://discord.com/api/webhooks" + "/123456789012345678/AbCdEfGhIjKlMnOpQrStUvWxYz-_0123",
    "openai": "sk" + "-abcdefghijklmnopqrstuvwxyz0123456789",
    "openai project": "sk" + "-proj-AbC_dEf-0123456789AbCdEf",
    "anthropic": "sk" + "-ant-api03-AbCdEf_0123456789-AbCdEf",
    "stripe": "sk" + "_live_0123456789abcdefABCDEF",
    "google": "AIza" + "SyA0123456789abcdefABCDEF0123456789",
    "hugging face": "hf" + "_abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "github": "ghp" + "_0123456789abcdefghijABCDEFGHIJ012345",
    "github fine": "github" + "_pat_11ABCDEFG0123456789_abcdefghijklmnop",
    "gitlab": "glpat" + "-abcdefghij0123456789",
    "npm": "npm" + "_0123456789abcdefghijABCDEFGHIJ012345",
    "pypi": "pypi" + "-AgEIcHlwaS5vcmcCJDAxMjM0NTY3LTg5YWItY2RlZi0wMTIzLTQ1Njc4OWFiY2RlZg",
    "aws id": "AKIA" + "IOSFODNN7EXAMPLE",
    "aws key": "aws_secret_access_key = wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "bearer": "Authorization: Bear" + "er abc.DEF-0123456789_xyz",
    "basic": "Authorization: Bas" + "ic dXNlcjpwYXNzd29yZA==",
    "address": "postgresql://tertulia:s3cr3t" + "@db.example.org:5432/x",
    "signed token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "private key": "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----",
    "private key cut off": "-----BEGIN OPENSSH PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA",
}
SECRET_PARTS = {
    "slack response_url": "AbCdEfGhIjKl", "slack socket ticket": "0123abcd", "discord webhook": "AbCdEf",
    "aws key": "K7MDENG", "bearer": "0123456789_xyz", "basic": "dXNlcj", "address": "s3cr3t", "private key": "MIIEpA",
    "private key cut off": "b3Blb",
}  # fmt: skip


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("around", ["{}", "before {} after", 'key="{}"', "{}\nnext line", "`{}`", "({})", "a={}&b=1"])
def test_p35_whatever_has_the_shape_of_a_token_is_taken_out(kind, around):
    text = around.format(TOKENS[kind])
    shown = redact(text)
    assert SECRET_PARTS.get(kind, TOKENS[kind]) not in shown
    assert REDACTED in shown
    assert redact(shown) == shown


@pytest.mark.parametrize("kind", [kind for kind in TOKENS if kind != "private key cut off"])
def test_p35_what_stands_around_a_token_stays(kind):
    shown = redact(f"Use this: {TOKENS[kind]} in the config.")
    assert shown.startswith("Use this: ")
    assert shown.endswith(" in the config.")


@pytest.mark.parametrize(
    "text",
    [
        "commit 74fe885d1f0c3c2b8a9e6f5d4c3b2a1908f7e6d5 by Ana",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "id 123e4567-e89b-12d3-a456-426614174000 done",
        "task-force-of-people-with-long-names-2024 and risk-averse-2024-strategy-paper",
        "token = get_token()  # the password: str stays",
        'headers = {"Authorization": f"Bearer {token}"}',
        "The bearer of this letter is responsible for everything.",
        "https://example.org/a/b?c=d#e and http://127.0.0.1:8000/api",
        "https://example.org:8080/users/@ana",
        "from sklearn.model_selection import train_test_split",
        "pip install scikit-learn==1.5.0",
        "Math.max.apply(null, values); MonthlyReport.Details.TotalAmountOfEverything",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "xoxo, see you. The xapp folder. AKIA is a prefix.",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "npm_config_cache=/x hf_hub_download(repo) pypi-server",
        "discord.com/api/webhooks is where webhooks live",
        "std::unordered_map<std::string, int> a://b c:d@e",
        "secret_key: the name of the setting that holds the key",
        "1.2.3.4.5.6 OneTwoThreeFourFiveSixSeven.eight1.ninetenelevenn",
    ],
)
def test_p35_ordinary_text_and_code_stay_as_they_are(text):
    assert redact(text) == text


def test_p35_known_secrets_go_in_every_form_they_take():
    known = Redactor(["p@ss w/rd+1", 'quo"te\\d-secret', "longer-secret-tail", "longer-secret"])
    shown = known('p@ss w/rd+1 p%40ss%20w%2Frd%2B1 {"a": "quo\\"te\\\\d-secret"} longer-secret-tail longer-secret.')
    assert shown == f'{REDACTED} {REDACTED} {{"a": "{REDACTED}"}} {REDACTED} {REDACTED}.'


def test_p35_a_known_value_too_short_to_be_a_secret_blanks_nothing_out():
    assert Redactor(["", "a", "admin"])("a banana for admin") == "a banana for admin"


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(sorted(TOKENS)))
def test_p35_a_known_secret_goes_whatever_stands_around_it(before, after, kind):
    secret = TOKENS[kind]
    assert secret not in Redactor([secret])(before + secret + after)


def test_p35_the_structlog_processor_looks_into_every_value():
    stream = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[Redactor(["hunter22"]).processor, structlog.processors.JSONRenderer()],
    )
    logger.info(
        "started with hunter22",
        api_key="anything at all", tokens=12, token="", ok=True, nothing=None, share=0.5,
        nested={"list": [TOKENS["github"], {"password": "x"}], "set": {TOKENS["openai"]}, 1: b"hunter22"},
        error=ValueError(TOKENS["slack bot"]), thing=Redactor,
    )  # fmt: skip
    line = json.loads(stream.getvalue())
    assert line["event"] == f"started with {REDACTED}"
    assert (line["api_key"], line["tokens"], line["token"], line["ok"]) == (REDACTED, 12, "", True)
    assert (line["nothing"], line["share"]) == (None, 0.5)
    assert line["nested"] == {"list": [REDACTED, {"password": REDACTED}], "set": [REDACTED], "1": REDACTED}
    assert line["error"].strip() == f"ValueError: {REDACTED}"
    assert "Redactor" in line["thing"]


@pytest.mark.parametrize(
    "text",
    ["xox" * 300_000, "eyJ" * 300_000, "sk-" * 300_000, "M" * 1_000_000, "M.a" * 300_000, "://" * 300_000,
     "a:b@" * 250_000, "bearer " * 140_000, "-----BEGIN PRIVATE KEY-----" * 40_000, "secret_key" * 100_000,
     "eyJaaaaaaaaaaaa." * 60_000, "The quick brown fox jumps over the lazy dog. " * 22_000,
     "://" + "a" * 1_000_000, "Bearer " + "a" * 1_000_000],
    ids=lambda text: text[:16],
)  # fmt: skip
def test_p35_a_million_characters_take_no_more_than_a_moment(text):
    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 3
