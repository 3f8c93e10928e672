"""What tokens cost, from the price list that genai-prices carries: offline, by host and model."""

import ipaddress
from urllib.parse import urlsplit

import genai_prices

from agents.log.events import Usage


def is_loopback(base_url: str) -> bool:
    """Whether the endpoint is on this machine."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def usd(usage: Usage, *, model: str, base_url: str) -> float | None:
    """The price in US dollars; None where the list does not know the host or the model."""
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens, cache_read_tokens=usage.cached_tokens, output_tokens=usage.output_tokens
    )
    try:
        return float(genai_prices.calc_price(counted, model, provider_api_url=base_url).total_price)
    except LookupError:
        return None


def load() -> None:
    """Read the price list now (about 0.2 s and 60 MB, once); a first `usd` would else do it on the event loop."""
    usd(Usage(input_tokens=1), model="gpt-5-mini", base_url="https://api.openai.com/v1")
