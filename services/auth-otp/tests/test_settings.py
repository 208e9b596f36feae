"""What is missing or unsafe is refused at the start, each by name."""

import base64
import secrets

import pytest
from auth_otp.settings import Settings
from chassis.settings.base import InvalidSettings, load
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def ring(key: bytes) -> str:
    return "k1:" + base64.urlsafe_b64encode(key).decode()


def environment(**changes: str) -> dict[str, str]:
    private = Ed25519PrivateKey.generate()
    rings = (
        "FIELD_ENCRYPTION_KEYS",
        "BLIND_INDEX_KEYS",
        "CODE_PEPPERS",
        "COOKIE_SIGNING_KEYS",
        "NOTIFIER_KEYS",
        "AUTH_OTP_KEYS",
        "DEAD_LETTER_KEYS",
    )
    safe = {
        "DATABASE_URL": "postgresql://web:x@db.example/auth_otp?sslmode=verify-full",
        "KAFKA_BOOTSTRAP": "kafka.example:9093",
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "PUBLIC_ORIGIN": "https://portal.example.com",
        "REDIS_URL": "rediss://:x@valkey.example:6379/0",
        "NOTIFIER_URL": "http://notifier.example",
        "SESSION_SIGNING_KEYS": ring(private.private_bytes_raw()),
        "SESSION_PUBLIC_KEYS": ring(private.public_key().public_bytes_raw()),
        **{name: ring(secrets.token_bytes(32)) for name in rings},
    }
    return {**safe, **changes}


def settings_of(**changes: str) -> Settings:
    return load(Settings, environment(**changes))


TLS = "rediss://:x@valkey.example:6379/0?"
_PRIVATE = Ed25519PrivateKey.generate()
SIGNING, SIGNED = ring(_PRIVATE.private_bytes_raw()), ring(_PRIVATE.public_key().public_bytes_raw())
SHARED = ring(secrets.token_bytes(32))


def test_a_safe_environment_starts() -> None:
    assert settings_of().code_tries == 5


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"REDIS_URL": "redis://valkey.example:6379/0"}, "REDIS_URL must begin with rediss://"),
        ({"REDIS_URL": TLS + "ssl_cert_reqs=none"}, "REDIS_URL must not set ssl_cert_reqs"),
        ({"REDIS_URL": TLS + "ssl_check_hostname=false"}, "REDIS_URL must not set ssl_check_hostname"),
        ({"REDIS_URL": TLS + "a=b&ssl%5Fcert%5Freqs=none"}, "REDIS_URL must not set ssl_cert_reqs"),
        ({"CODE_PEPPERS": ""}, "CODE_PEPPERS is not set"),
        ({"CODE_PEPPERS": "k1:" + "A" * 43}, "CODE_PEPPERS: key k1 is weak"),
        ({"FIELD_ENCRYPTION_KEYS": SHARED, "BLIND_INDEX_KEYS": SHARED}, "must not share a key"),
        ({"DEAD_LETTER_KEYS": SHARED, "BLIND_INDEX_KEYS": SHARED}, "must not share a key"),
        ({"NOTIFIER_KEYS": SHARED, "FIELD_ENCRYPTION_KEYS": SHARED}, "must not share a key"),
        ({"NOTIFIER_KEYS": ""}, "NOTIFIER_KEYS is not set"),
        ({"NOTIFIER_URL": ""}, "NOTIFIER_URL is not set"),
        (
            {"SESSION_SIGNING_KEYS": SIGNING, "SESSION_PUBLIC_KEYS": SIGNED, "COOKIE_SIGNING_KEYS": SIGNING},
            "must not share a key",
        ),
        ({"WRONG_CODES_PER_DAY": "0"}, "WRONG_CODES_PER_DAY must be at least 1"),
        ({"SESSION_PUBLIC_KEYS": SHARED}, "SESSION_PUBLIC_KEYS must hold the public half"),
        ({"CODE_TRIES": "0"}, "CODE_TRIES must be at least 1"),
        ({"CODE_RENEW_WITHIN_SECONDS": "600"}, "CODE_RENEW_WITHIN_SECONDS must be shorter"),
        ({"CODE_LIFE_SECONDS": "ten"}, "CODE_LIFE_SECONDS"),
        ({"CODE_LIFE_SECONDS": "601"}, "CODE_LIFE_SECONDS must be at most 600"),
    ],
)
def test_an_unsafe_one_is_refused_by_name(changes: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidSettings, match=named):
        settings_of(**changes)
