"""What model calls cost."""

from msgspec.structs import replace

from agents.log.logged import Logged


class Usage(Logged, frozen=True, kw_only=True):
    """What model calls cost: tokens, and US dollars where the price is known (else None).

    ``cached_tokens`` are those of the ``input_tokens`` that the endpoint had in its cache and charges less for.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        # An unknown price adds nothing to a known one: the sum is what was spent at least.
        usd = None if self.usd is None and other.usd is None else (self.usd or 0.0) + (other.usd or 0.0)
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            usd=usd,
        )

    def priced(self, usd: float | None) -> "Usage":
        """The same tokens at that price."""
        return replace(self, usd=usd)

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens
