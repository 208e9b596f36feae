"""Order of the whole suite: what is fast and needs nothing first, killed processes and browsers last."""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("portal_testing.identity")  # laws are tests that others inherit
settings.register_profile("house", deadline=None)  # a busy machine or a faked clock is no failure
settings.load_profile("house")

_LAST = ("stack", "chaos", "e2e")  # browsers hold the event loop, so they come last


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by what a test needs, keeping the order within."""
    items.sort(
        key=lambda item: max(
            (_LAST.index(m.name) + 1 for m in item.iter_markers() if m.name in _LAST), default=0
        )
    )
