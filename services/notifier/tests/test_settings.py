"""What the notifier refuses to start with."""

import pytest
from chassis.settings import InvalidSettings, load
from code_samples import random_ring
from faust.auth import SASLCredentials, SSLCredentials
from notifier.adapters.faust_app import credentials
from notifier.settings import Settings

GOOD = {
    "DATABASE_URL": "postgresql://u:p@db.example/notifier?sslmode=verify-full",
    "KAFKA_BOOTSTRAP": "kafka.example:9093",
    "KAFKA_SECURITY_PROTOCOL": "SSL",
    "PUBLIC_ORIGIN": "https://portal.example.com",
    "DEAD_LETTER_KEYS": random_ring(),
    "NOTIFIER_KEYS": random_ring(),
    "PAY_LINK_KEYS": random_ring(),
    "FIELD_ENCRYPTION_KEYS": random_ring(),
    "BLIND_INDEX_KEYS": random_ring(),
    "UNSUBSCRIBE_KEYS": random_ring(),
    "SMTP_URL": "smtps://user:pw@mail.example.com:465",
    "MAIL_FROM": "no-reply@example.com",
    "TWILIO_ACCOUNT_SID": "AC8f3a1c9e6b7d42058e1f9a3c7b6d5e40",
    "TWILIO_AUTH_TOKEN": "8f3a1c9e6b7d42058e1f9a3c7b6d5e40",
    "TWILIO_FROM": "+15005550006",
}


def test_good_settings_are_taken() -> None:
    settings = load(Settings, GOOD)
    assert settings.sender == "no-reply@example.com"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SMTP_URL", "mail.example.com:25", "SMTP_URL must look like"),
        ("MAIL_FROM", "", "MAIL_FROM is not set"),
        ("MAIL_FROM", "Sample <no-reply@example.com>", "MAIL_FROM must be a bare address"),
        ("TWILIO_AUTH_TOKEN", "changeme", "TWILIO_AUTH_TOKEN is missing or weak"),
        ("TWILIO_BASE_URL", "http://localhost:8025", "TWILIO_BASE_URL must begin with https://"),
        ("FIELD_ENCRYPTION_KEYS", "", "FIELD_ENCRYPTION_KEYS is not set"),
        ("NOTIFIER_KEYS", "", "NOTIFIER_KEYS is not set"),
        ("UNSUBSCRIBE_KEYS", "", "UNSUBSCRIBE_KEYS is not set"),
        ("PAY_LINK_KEYS", "", "PAY_LINK_KEYS is not set"),
        ("DELIVERIES_AT_ONCE", "1", "DELIVERIES_AT_ONCE must be 2 or more"),
        ("NEWS_FOLD_SECONDS", "-1", "NEWS_FOLD_SECONDS must be from 0 to 300"),
        ("NEWS_FOLD_SECONDS", "301", "NEWS_FOLD_SECONDS must be from 0 to 300"),
    ],
)
def test_it_refuses_and_says_why(name: str, value: str, says: str) -> None:
    with pytest.raises(InvalidSettings, match=says):
        load(Settings, GOOD | {name: value})


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("FIELD_ENCRYPTION_KEYS", "DEAD_LETTER_KEYS"),
        ("NOTIFIER_KEYS", "FIELD_ENCRYPTION_KEYS"),
        ("UNSUBSCRIBE_KEYS", "FIELD_ENCRYPTION_KEYS"),
        ("NOTIFIER_KEYS", "DEAD_LETTER_KEYS"),
        ("PAY_LINK_KEYS", "NOTIFIER_KEYS"),
    ],
)
def test_two_rings_must_not_share_a_key(name: str, other: str) -> None:
    with pytest.raises(InvalidSettings, match="must not share a key"):
        load(Settings, GOOD | {name: GOOD[other]})


def test_senders_are_named_by_calling_code() -> None:
    settings = load(Settings, GOOD | {"TWILIO_SENDERS": "+44=+447700900123, 49=Portal"})
    assert settings.senders_by_calling_code == {44: "+447700900123", 49: "Portal"}


@pytest.mark.parametrize(
    "text", ["44", "GB=Portal", "+44=", "+44=A name of twelve", "+44=12345", "+44=+0123"]
)
def test_a_sender_that_nobody_can_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettings, match="TWILIO_SENDERS must look like"):
        load(Settings, GOOD | {"TWILIO_SENDERS": text})


def test_the_local_profile_makes_up_a_sender() -> None:
    local = {"PORTAL_PROFILE": "local", "PUBLIC_ORIGIN": "http://localhost:8080", "MAIL_FROM": ""}
    assert load(Settings, GOOD | local).sender == "no-reply@localhost"


def test_faust_speaks_to_the_brokers_as_all_other_clients_do() -> None:
    names = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_USERNAME": "notifier", "KAFKA_PASSWORD": "pw"}
    asked = credentials(load(Settings, GOOD | names))
    assert isinstance(asked, SASLCredentials)
    assert (asked.protocol.value, asked.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (asked.username, asked.password) == ("notifier", "pw")
    assert asked.ssl_context is not None
    assert asked.ssl_context.check_hostname
    encrypted = credentials(load(Settings, GOOD))
    assert isinstance(encrypted, SSLCredentials)
    assert encrypted.context.check_hostname
    local = {"PORTAL_PROFILE": "local", "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}
    assert credentials(load(Settings, GOOD | local)) is None
