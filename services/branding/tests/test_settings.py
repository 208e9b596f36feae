"""The key must be worth having outside the local profile."""

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


@pytest.mark.parametrize("key", ["", "changeme", "a" * 64])
def test_no_key_or_a_weak_one_refuses_to_start(key: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(Settings, PRODUCTION | {"SERVICEHUB_API_KEY": key})
    assert any("SERVICEHUB_API_KEY" in problem for problem in caught.value.problems)


def test_a_strong_key_starts_and_never_shows() -> None:
    settings = load(Settings, PRODUCTION | {"SERVICEHUB_API_KEY": KEY})
    assert KEY not in repr(settings)
