"""A room in a terminal: what is said, shown as it comes; lines that people type or pipe in."""

from adapters.terminal.lines import read_lines as read_lines
from adapters.terminal.room import TerminalRoom as TerminalRoom
