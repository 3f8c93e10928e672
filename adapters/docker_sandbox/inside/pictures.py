"""Plots that a program drew but did not save: they were meant to be seen."""

from __future__ import annotations

import os
import sys
import warnings

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".webp")


class Pictures:
    """The workspace's pictures as they are before a program."""

    def __init__(self, folder: str):
        self.folder, self.before = folder, set(os.listdir(folder))
        # what `plt.show()` says where there is no screen
        warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

    def save(self) -> None:
        """Save matplotlib's open figures as PNG files, if the program saved no picture itself."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if not pyplot or not pyplot.get_fignums():
            return
        new = set(os.listdir(self.folder)) - self.before
        if not any(name.lower().endswith(PICTURES) for name in new):
            for number in pyplot.get_fignums():
                pyplot.figure(number).savefig(os.path.join(self.folder, f"figure-{number}.png"))


def close_figures() -> None:
    """Close matplotlib's figures: they were this program's, not the next one's."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close("all")
