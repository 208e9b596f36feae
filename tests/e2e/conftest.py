"""One stack and one browser for all journeys."""

from collections.abc import Iterator

import httpx
import pytest
from local_stack.environment import Addresses
from playwright.sync_api import Browser
from portal_testing.chromium import chromium

from tests.e2e.support.guests import Guests
from tests.e2e.support.outside_world import Mailbox, ServiceHub, Stripe


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="package")
def mailbox(portal: Addresses, http: httpx.Client) -> Mailbox:
    return Mailbox(portal.mailbox_url, http)


@pytest.fixture(scope="package")
def servicehub(portal: Addresses, http: httpx.Client) -> ServiceHub:
    return ServiceHub(portal.simulator_url, http)


@pytest.fixture
def stripe(portal: Addresses, http: httpx.Client) -> Iterator[Stripe]:
    """The sandbox, which behaves before and after each test."""
    sandbox = Stripe(portal.stripe_url, http)
    sandbox.behave()
    yield sandbox
    sandbox.behave()


@pytest.fixture(scope="package")
def all_guests(browser: Browser, portal: Addresses, mailbox: Mailbox) -> Guests:
    return Guests(browser, portal, mailbox)


@pytest.fixture
def guests(all_guests: Guests) -> Iterator[Guests]:
    """No console error, no broken security policy, no request to anybody else: in every test."""
    all_guests.problems.clear()
    yield all_guests
    all_guests.close()
    assert all_guests.problems == []
