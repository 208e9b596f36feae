"""Where a payer may be sent: origins and nothing else, which also end up in a header."""

import pytest
from chassis.settings.base import InvalidSettings, load
from local_stack.secrets_file import SecretsFile
from portal_read.settings import Settings


def settings_with(origins: str, profile: str, secrets: SecretsFile) -> Settings:
    tls = profile == "production"
    return load(
        Settings,
        {
            "PORTAL_PROFILE": profile,
            "DATABASE_URL": "postgresql://db/portal_read" + ("?sslmode=verify-full" if tls else ""),
            "KAFKA_BOOTSTRAP": "kafka:9092",
            "KAFKA_SECURITY_PROTOCOL": "SSL" if tls else "PLAINTEXT",
            "PUBLIC_ORIGIN": "https://portal.example.com",
            "DEAD_LETTER_KEYS": secrets.keys("dead-letter"),
            "FIELD_ENCRYPTION_KEYS": secrets.keys("field"),
            "AUTH_OTP_URL": "http://auth-otp",
            "AUTH_OTP_KEYS": secrets.keys("auth-otp.callers"),
            "BILLING_KEYS": secrets.keys("billing.callers"),
            "BILLING_URL": "http://billing",
            "NOTIFIER_URL": "http://notifier",
            "NOTIFIER_KEYS": secrets.keys("notifier.callers"),
            "SESSION_PUBLIC_KEYS": secrets.session_keys().public,
            "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
            "CHECKOUT_ORIGINS": origins,
        },
    )


@pytest.fixture
def secrets(tmp_path_factory: pytest.TempPathFactory) -> SecretsFile:
    return SecretsFile(tmp_path_factory.mktemp("secrets") / "secrets.json")


def test_the_payment_page_is_stripes_unless_something_else_is_said(secrets: SecretsFile) -> None:
    assert settings_with("", "production", secrets).checkout_origins == ("https://checkout.stripe.com",)
    two = settings_with("https://checkout.stripe.com, https://pay.example.com", "production", secrets)
    assert two.checkout_origins == ("https://checkout.stripe.com", "https://pay.example.com")


@pytest.mark.parametrize(
    "origins",
    [
        "checkout.stripe.com",
        "https://x/path",
        "https://x; script-src *",
        "https://*.example",
        "*",
        "https://a b",
    ],
)
def test_what_is_no_origin_is_refused(origins: str, secrets: SecretsFile) -> None:
    with pytest.raises(InvalidSettings, match="CHECKOUT_ORIGINS"):
        settings_with(origins, "local", secrets)


def test_without_tls_only_on_this_machine(secrets: SecretsFile) -> None:
    local = settings_with("http://localhost:12111", "local", secrets)
    assert local.checkout_origins == ("http://localhost:12111",)
    with pytest.raises(InvalidSettings, match="CHECKOUT_ORIGINS"):
        settings_with("http://localhost:12111", "production", secrets)
