"""config.toml: its tables, how it is read, and what it comes to."""

from bots.config.configuration import Config
from bots.config.loader import ConfigWrong, Loaded, load

__all__ = ["Config", "ConfigWrong", "Loaded", "load"]
