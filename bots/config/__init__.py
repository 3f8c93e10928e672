"""config.toml: its tables, how the file is read and checked, and the effective values."""

from bots.config.configuration import Config
from bots.config.loader import ConfigWrong, Loaded, load

__all__ = ["Config", "ConfigWrong", "Loaded", "load"]
