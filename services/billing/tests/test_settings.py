"""What is missing or unsafe is refused at the start, each by its name."""

import secrets

import pytest
from billing.settings import Settings
from chassis.settings.base import InvalidSettings, load
from chassis.settings.integration_keys import PERMISSIONS, new_integration_key
from chassis.settings.new_keys import new_ring, new_signing_pair

from .postings import WEBHOOK_SECRET

_RINGS = (
    "DEAD_LETTER_KEYS",
    "COOKIE_SIGNING_KEYS",
    "FIELD_ENCRYPTION_KEYS",
    "BILLING_KEYS",
    "PAY_LINK_KEYS",
    "AUTH_OTP_KEYS",
)
SETTINGS = {
    "PORTAL_PROFILE": "local",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/billing",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "AUTH_OTP_URL": "http://auth-otp",
    "STRIPE_SECRET_KEY": "sk_test_" + secrets.token_hex(20),
    "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    "INTEGRATION_KEYS": new_integration_key("core", PERMISSIONS).entry.format(),
    "SESSION_PUBLIC_KEYS": new_signing_pair().public,
    **{name: new_ring() for name in _RINGS},
}
"""The environment of a billing process without servers."""
PRODUCTION = {
    **SETTINGS,
    "PORTAL_PROFILE": "production",
    "DATABASE_URL": "postgresql://web:x@db.example/billing?sslmode=verify-full",
    "KAFKA_BOOTSTRAP": "kafka.example:9093",
    "KAFKA_SECURITY_PROTOCOL": "SSL",
    "PUBLIC_ORIGIN": "https://portal.example.com",
    "STRIPE_SECRET_KEY": "sk_live_" + secrets.token_hex(20),
}
GOOD = "whsec_" + secrets.token_hex(20)


@pytest.mark.parametrize("base", [SETTINGS, PRODUCTION])
def test_a_safe_environment_starts(base: dict[str, str]) -> None:
    assert load(Settings, base).stripe_api_base == "https://api.stripe.com"


@pytest.mark.parametrize(
    ("key", "live"),
    [("sk_live_", True), ("rk_live_", True), ("sk_test_", False), ("rk_test_", False)],
)
def test_the_mode_is_that_of_the_key(key: str, live: bool) -> None:
    told = {**SETTINGS, "STRIPE_SECRET_KEY": key + secrets.token_hex(20)}
    assert load(Settings, told).live is live


def test_several_webhook_secrets_are_told_with_commas() -> None:
    told = {**SETTINGS, "STRIPE_WEBHOOK_SECRETS": f"{GOOD}, {GOOD[::-1]} ,"}
    assert [one.reveal() for one in load(Settings, told).stripe_webhook_secrets] == [GOOD, GOOD[::-1]]


UNSAFE = [
    ({"STRIPE_WEBHOOK_SECRETS": ""}, "STRIPE_WEBHOOK_SECRETS"),
    ({"STRIPE_WEBHOOK_SECRETS": " , ,"}, "STRIPE_WEBHOOK_SECRETS"),
    ({"STRIPE_WEBHOOK_SECRETS": "whsec_short"}, "STRIPE_WEBHOOK_SECRETS"),
    ({"STRIPE_WEBHOOK_SECRETS": "whsec_" + "a" * 40}, "STRIPE_WEBHOOK_SECRETS"),
    ({"STRIPE_WEBHOOK_SECRETS": "whsec_changeme_changeme_please"}, "STRIPE_WEBHOOK_SECRETS"),
    ({"STRIPE_WEBHOOK_SECRETS": f"{GOOD},whsec_short"}, "STRIPE_WEBHOOK_SECRETS"),
    ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
    ({"STRIPE_SECRET_KEY": "pk_live_" + secrets.token_hex(20)}, "STRIPE_SECRET_KEY"),
    ({"STRIPE_SECRET_KEY": "sk_live_"}, "STRIPE_SECRET_KEY"),
    ({"STRIPE_API_BASE": "http://localhost:12111"}, "STRIPE_API_BASE must begin with https://"),
    ({"STRIPE_API_BASE": "stripe.example"}, "STRIPE_API_BASE must begin with https://"),
    ({"SESSION_PUBLIC_KEYS": ""}, "SESSION_PUBLIC_KEYS"),
    ({"COOKIE_SIGNING_KEYS": ""}, "COOKIE_SIGNING_KEYS"),
    ({"FIELD_ENCRYPTION_KEYS": ""}, "FIELD_ENCRYPTION_KEYS"),
    ({"FIELD_ENCRYPTION_KEYS": "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "FIELD_ENCRYPTION_KEYS"),
    ({"PUBLIC_ORIGIN": "http://portal.example.com"}, "PUBLIC_ORIGIN must begin with https://"),
]


@pytest.mark.parametrize(("changes", "named"), UNSAFE)
def test_what_is_missing_or_unsafe_refuses_to_start(changes: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(Settings, {**PRODUCTION, **changes})
    assert [problem for problem in refused.value.problems if problem.startswith(named)]


def test_a_refusal_shows_no_secret() -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(
            Settings, {**PRODUCTION, "STRIPE_WEBHOOK_SECRETS": "whsec_short", "STRIPE_SECRET_KEY": "hunter22"}
        )
    assert not [word for word in ("whsec_short", "hunter22") if word in str(refused.value)]


def test_a_stand_in_of_stripe_is_for_the_local_profile() -> None:
    told = {**SETTINGS, "STRIPE_API_BASE": "http://localhost:12111"}
    assert load(Settings, told).stripe_api_base == "http://localhost:12111"
