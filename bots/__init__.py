"""The composition root: configuration, command line, process life, ready-made teams."""

from bots.guard import require_own_packages

require_own_packages()
