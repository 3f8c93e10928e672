"""What somebody wrote on a platform, made plain for people and models."""

from dataclasses import dataclass

from agents.log.participants import SYSTEM, Mention, is_agent


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageText:
    """A message's text, and everybody whom it addresses, once each and in text order."""

    text: str
    mentions: tuple[Mention, ...] = ()

    @property
    def addresses_us(self) -> bool:
        """Whether an agent or the house itself is addressed."""
        return any(is_agent(one.participant) or one.participant == SYSTEM for one in self.mentions)
