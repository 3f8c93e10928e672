"""The buttons of question cards: discord.py makes one of a click by its id alone, however old the card."""

import re
from typing import Any

import discord


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"hi:(?P<question>\d{1,12}):(?P<choice>\d{1,2}|w):(?P<signed>[0-9a-f]{12})",
):
    """A button of any card, however old."""

    def __init__(self, custom_id: str, question: int, choice: str, signed: str):
        super().__init__(discord.ui.Button(custom_id=custom_id))
        self.question, self.choice, self.signed = question, choice, signed

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> "AnswerButton":
        """The button that was pressed."""
        return cls(match[0], int(match["question"]), match["choice"], match["signed"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody pressed it."""
        await interaction.client.listener.clicked(interaction, self)
