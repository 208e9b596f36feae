"""The order of the whole suite, and what its parallel processes may do beside each other.

What is fast and needs nothing comes first, then what needs servers. A module stays in one process, and so do
all tests of the running stack, and all of the stormy one: there is one stack of each kind. These two are the
longest and wait a lot, so they begin before the many short modules that need servers, or one process would
wait for the other at the end.
"""

import faulthandler
import os

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key, get_timeout_config_value
from hypothesis import settings

pytest.register_assert_rewrite("portal_testing.identity")  # laws are tests that others inherit

# A busy machine or a faked clock is no failure, so no example has a deadline.
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=40, database=None)
settings.register_profile("deep", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "house"))

_STAGES = ("judge", "stack", "e2e", "chaos")
_STORMY, _CALM = "stormy stack", "calm stack"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by what a test needs, keeping the order within, and say which tests one process takes together."""
    items.sort(key=_stage)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Bound what puts things away, too: pytest stops the clock of a test that has failed."""
    if seconds := get_timeout_config_value(item.config):
        stderr = item.config.stash[fault_handler_stderr_fd_key]
        faulthandler.dump_traceback_later(seconds, file=stderr, exit=True)


def _stage(item: pytest.Item) -> tuple[int, int]:
    stage = max(
        (_STAGES.index(mark.name) + 1 for mark in item.iter_markers() if mark.name in _STAGES), default=0
    )
    long = (_STORMY, _CALM)
    group = _group(item)
    return (_STAGES.index("stack") + 1, long.index(group)) if group in long else (stage, len(long))


def _group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    if "storms" in fixtures:
        return _STORMY
    if "portal" in fixtures:
        return _CALM
    return item.nodeid.partition("::")[0]
