"""What every test shares: which tests must not run beside each other."""

import pytest

ALONE = ("engine", "browser", "chaos", "local_model")
"""Tests with one of these markers share one thing of the machine, so one worker runs them, one after another."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in ALONE:
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.xdist_group(name))
                break
