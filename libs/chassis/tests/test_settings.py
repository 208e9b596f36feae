"""Settings: every problem at once, by the name of its variable; nothing weak outside the local profile."""

import base64
import secrets
from collections.abc import Mapping
from typing import ClassVar

import pytest
from chassis.settings.base import InvalidSettings, Secret, ServiceSettings, load, weak_secret


def environment(**changes: str) -> dict[str, str]:
    return {
        "PORTAL_PROFILE": "production",
        "DATABASE_URL": "postgresql://web:hunter2@db.example/portal?sslmode=verify-full",
        "KAFKA_BOOTSTRAP": "kafka.example:9093",
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "PUBLIC_ORIGIN": "https://portal.example",
        "DEAD_LETTER_KEYS": "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        **changes,
    }


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as refused:
        load(ServiceSettings, environ)
    return refused.value.problems


def test_a_complete_environment_is_read() -> None:
    settings = load(ServiceSettings, environment(HTTP_PORT="8123"))
    assert settings.http_port == 8123
    assert settings.database_url.reveal().startswith("postgresql://web:hunter2@")


def test_a_secret_shows_nowhere() -> None:
    assert "hunter2" not in repr(load(ServiceSettings, environment()))


def test_every_missing_setting_is_named_at_once() -> None:
    named = " ".join(problems({}))
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP", "PUBLIC_ORIGIN", "DEAD_LETTER_KEYS"):
        assert f"{name} is not set" in named


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://web:x@db.example/portal"),
        ("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
        ("PUBLIC_ORIGIN", "http://portal.example"),
        ("PUBLIC_ORIGIN", "https://portal.example/base"),
        ("HTTP_PORT", "eighty"),
        ("PORTAL_PROFILE", "prod"),
        ("ACCESS_LOG", "true"),
        ("DEAD_LETTER_KEYS", "k1:AAAA"),
    ],
)
def test_a_setting_unfit_for_production_is_named(name: str, value: str) -> None:
    assert [problem for problem in problems(environment(**{name: value})) if name in problem]


def test_the_local_profile_may_speak_plainly() -> None:
    local = {
        "PORTAL_PROFILE": "local",
        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "PUBLIC_ORIGIN": "http://localhost:8080",
    }
    assert load(ServiceSettings, environment(**local)).portal_profile == "local"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "change-me",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "passwordpasswordpassword",
        "development-secret-key-one",
    ],
)
def test_a_weak_secret_is_named(value: str) -> None:
    assert weak_secret("STRIPE_SECRET_KEY", Secret(value))


def test_a_random_secret_passes() -> None:
    assert not weak_secret("STRIPE_SECRET_KEY", Secret(secrets.token_urlsafe(24)))


class Renamed(ServiceSettings, frozen=True, kw_only=True):
    """Of a service whose setting had another name."""

    renamed: ClassVar[Mapping[str, str]] = {"CODE_LIFE": "CODE_LIFE_SECONDS"}

    code_life_seconds: int = 600


@pytest.mark.parametrize("also", [{}, {"CODE_LIFE_SECONDS": "600"}])
def test_an_old_name_refuses_to_start_and_says_the_new_one(also: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(Renamed, environment(CODE_LIFE="60", **also))
    assert refused.value.problems == ("CODE_LIFE is now called CODE_LIFE_SECONDS",)
