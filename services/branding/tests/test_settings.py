"""Without the keys of those who may change settings, branding does not start."""

import base64
import secrets

import pytest
from branding.settings import Settings
from chassis.settings.base import InvalidSettings, load

from .branding_examples import KEY

PRODUCTION = {
    "DATABASE_URL": "postgresql://branding_web:x@db/branding?sslmode=verify-full",
    "KAFKA_BOOTSTRAP": "kafka:9093",
    "KAFKA_SECURITY_PROTOCOL": "SSL",
    "PUBLIC_ORIGIN": "https://portal.example.com",
    "DEAD_LETTER_KEYS": "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


@pytest.mark.parametrize("keys", ["", "changeme", "a" * 64, KEY.key], ids=["none", "word", "hash", "key"])
def test_no_key_or_a_key_in_place_of_its_hash_refuses_to_start(keys: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(Settings, PRODUCTION | {"INTEGRATION_KEYS": keys})
    assert any("INTEGRATION_KEYS" in problem for problem in caught.value.problems)
    assert not keys or keys not in str(caught.value)


@pytest.mark.parametrize("name", ["SERVICEHUB_API_KEY", "BRANDING_API_KEY"])
def test_the_one_key_of_before_refuses_to_start_and_says_what_to_make(name: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(Settings, PRODUCTION | {name: "a" * 48})
    assert f"{name} is now called INTEGRATION_KEYS" in caught.value.problems
    with pytest.raises(InvalidSettings, match="portal keys integration"):
        load(Settings, PRODUCTION | {"INTEGRATION_KEYS": "a" * 48})


def test_the_hash_of_a_key_starts_and_never_shows() -> None:
    settings = load(Settings, PRODUCTION | {"INTEGRATION_KEYS": KEY.entry.format()})
    assert KEY.entry.digest.hex() not in repr(settings)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("", ()),
        ("10.0.0.10", (("10.0.0.10", 53),)),
        ("10.0.0.10:5353, 10.0.0.11", (("10.0.0.10", 5353), ("10.0.0.11", 53))),
        ("fd00::10,[fd00::11]:5353,[fd00::12]", (("fd00::10", 53), ("fd00::11", 5353), ("fd00::12", 53))),
    ],
)
def test_resolvers_are_addresses_with_or_without_a_port(
    told: str, asked: tuple[tuple[str, int], ...]
) -> None:
    settings = load(Settings, PRODUCTION | {"INTEGRATION_KEYS": KEY.entry.format(), "DNS_RESOLVERS": told})
    assert settings.resolvers() == asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DNS_RESOLVERS", "dns.example.com"),
        ("DNS_RESOLVERS", "10.0.0.10:port"),
        ("DNS_RESOLVERS", "10.0.0.10/24"),
        ("DOMAIN_CHECK_SECONDS", "0"),
        ("DOMAIN_CHECK_SECONDS", "300000"),
        ("DOMAIN_PENDING_CHECK_SECONDS", "0"),
    ],
)
def test_what_cannot_be_meant_of_domains_refuses_to_start(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        load(Settings, PRODUCTION | {"INTEGRATION_KEYS": KEY.entry.format(), name: value})
