"""It starts on a development machine only, says what is missing, and keeps its books between runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stand_in_stripe.accounts import open_account
from stand_in_stripe.app import open_first_accounts
from stand_in_stripe.books import Books
from stand_in_stripe.sandbox import PLATFORM, Context, Sandbox
from stand_in_stripe.settings import SandboxMisconfigured, Settings

GIVEN = {
    "PORTAL_PROFILE": "local",
    "STRIPE_SANDBOX_DATA": "stripe",
    "STRIPE_SECRET_KEY": "sk_test_x",
    "STRIPE_WEBHOOK_SECRETS": "whsec_a, whsec_b",
    "STRIPE_WEBHOOK_URL": "http://localhost:8080/billing/webhooks/stripe",
}


@pytest.mark.parametrize("profile", ["production", "", "staging"])
def test_it_refuses_to_start_anywhere_but_in_the_local_profile(profile: str) -> None:
    with pytest.raises(SandboxMisconfigured, match="PORTAL_PROFILE=local only"):
        Settings.from_environment({**GIVEN, "PORTAL_PROFILE": profile})


def test_the_process_itself_ends_with_a_sentence() -> None:
    environment = {"PATH": os.environ["PATH"], **GIVEN, "PORTAL_PROFILE": "production"}
    ended = subprocess.run(
        [sys.executable, "-m", "stand_in_stripe"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "PORTAL_PROFILE=local only" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY is missing"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "is a key of live mode"),
        ({"STRIPE_WEBHOOK_SECRETS": " , "}, "STRIPE_WEBHOOK_SECRETS is missing"),
        ({"STRIPE_SANDBOX_DATA": ""}, "STRIPE_SANDBOX_DATA is missing"),
        ({"STRIPE_WEBHOOK_URL": ""}, "STRIPE_WEBHOOK_URL is missing"),
        ({"STRIPE_SANDBOX_ACCOUNTS": "acct_x:US"}, "acct_id:COUNTRY:currency"),
        ({"STRIPE_PORT": "http"}, "STRIPE_PORT must be a number"),
    ],
)
def test_a_setting_that_can_not_be_used_says_what_to_do(change: dict[str, str], told: str) -> None:
    with pytest.raises(SandboxMisconfigured, match=told):
        Settings.from_environment(GIVEN | change)


def test_every_secret_signs_and_the_demo_accounts_are_known() -> None:
    settings = Settings.from_environment(GIVEN)
    assert settings.webhook_secrets == ("whsec_a", "whsec_b")
    assert settings.accounts == (
        ("acct_sparkle", "US", "usd"),
        ("acct_hikari", "JP", "jpy"),
    )
    assert settings.origin == "http://localhost:12111"
    assert "sk_test_x" not in repr(settings)


def test_a_clock_that_was_moved_stays_ahead_in_the_next_run(tmp_path: Path) -> None:
    for ahead in (0, 3_600):
        books = Books(tmp_path / "stripe.sqlite3")
        sandbox = Sandbox(books, "http://localhost", clock=lambda: 1_000.0)
        assert sandbox.now == 1_000 + ahead
        sandbox.set_ahead(3_600)
        books.close()


def test_a_second_run_finds_the_books_of_the_first(tmp_path: Path) -> None:
    settings = Settings.from_environment(GIVEN | {"STRIPE_SANDBOX_DATA": str(tmp_path / "stripe")})
    first = Sandbox(Books(settings.data), settings.origin)
    open_first_accounts(first, settings)
    open_account(Context(first, PLATFORM), "acct_hikari", "JP", "jpy", charges_enabled=False)
    first.books.close()

    second = Sandbox(Books(settings.data), settings.origin)
    open_first_accounts(second, settings)
    assert not second.account("acct_hikari")["charges_enabled"]
    second.books.close()
