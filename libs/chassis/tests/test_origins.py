"""Where browsers find a business: at the platform, or at a domain that was shown to be its own."""

from typing import Literal

import pytest
from chassis.origins import host_of, is_found_at, origin_of
from msgspec.structs import replace
from servicehub_events import Business
from servicehub_events_tools.testing import samples

PLATFORM, DOMAIN = "https://portal.example.com", "portal.shiny.example"


def business(status: Literal["pending", "verified", "failed"]) -> Business:
    return replace(samples.business(), **samples.own_domain(DOMAIN, status))


WITHOUT = replace(samples.business(), domain=None, domain_check=None)
NOT_SHOWN = [WITHOUT, business("pending"), business("failed")]


@pytest.mark.parametrize("one", NOT_SHOWN)
def test_a_business_without_a_verified_domain_is_found_at_the_platform_alone(one: Business) -> None:
    assert origin_of(one, PLATFORM) == PLATFORM
    assert is_found_at(one, "portal.example.com", PLATFORM)
    assert not is_found_at(one, DOMAIN, PLATFORM)


def test_links_lead_to_a_verified_domain_behind_the_same_gateway() -> None:
    assert origin_of(business("verified"), PLATFORM) == f"https://{DOMAIN}"
    assert origin_of(business("verified"), "http://localhost:8080") == f"http://{DOMAIN}:8080"


def test_a_business_with_a_verified_domain_is_found_there_and_at_the_platform() -> None:
    one = business("verified")
    assert is_found_at(one, DOMAIN, PLATFORM)
    assert is_found_at(one, "portal.example.com", PLATFORM)


@pytest.mark.parametrize("host", ["", "shiny.example", f"a.{DOMAIN}", f"{DOMAIN}.", "evil.example", "None"])
def test_at_any_other_host_there_is_no_business(host: str) -> None:
    for one in (*NOT_SHOWN, business("verified")):
        assert not is_found_at(one, host, PLATFORM)


@pytest.mark.parametrize(
    ("origin", "host"),
    [(PLATFORM, "portal.example.com"), ("http://localhost:8080", "localhost"), ("https://A.b", "a.b")],
)
def test_the_host_of_an_origin_has_no_port(origin: str, host: str) -> None:
    assert host_of(origin) == host
