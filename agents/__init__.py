"""Tertulia's core: multi-agent conversation as values and functions over a room's log."""
