"""Lets the tests of this folder import the samples beside them, and share one browser."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from little_site import Site, serving
from playwright.sync_api import Browser
from portal_testing.chromium import chromium


@pytest.fixture(scope="module")  # ended before another module starts a browser of its own
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running
