"""What every test shares: which tests must not run beside each other, and examples that are the same each time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A change is judged by its own merits: `HYPOTHESIS_PROFILE=default` goes hunting with new examples.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

ALONE = ("engine", "browser", "chaos", "local_model")
"""Tests with one of these markers, or in a folder of that name, share something: one worker runs them in turn."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folders = item.path.relative_to(Path(__file__).parent).parts
        for name in ALONE:
            if name in folders or item.get_closest_marker(name):
                item.add_marker(pytest.mark.xdist_group(name))
                break


def pytest_make_parametrize_id(val: object) -> str | None:
    """Long texts do not belong into names of tests: pytest hands those on in the environment, which has a limit."""
    return f"{len(val)} characters" if isinstance(val, str | bytes) and len(val) > 300 else None
