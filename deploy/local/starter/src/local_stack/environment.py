"""What each process of each service is told: one function per service, every variable spelled out.

All values are texts of environment variables. Keys have the form `kid:base64url`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local_stack.secrets_file import SecretsFile
from local_stack.servers.databases import DatabaseUrls

Process = Literal["api", "worker", "migrate"]
TWILIO_FROM = "+15005550006"  # Twilio's own test number
PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "TZ", "LOG_LEVEL")
PASSED_ON_PREFIXES = ("OTEL_", "SSL_CERT_", "COVERAGE_")
PER_SOURCE = ("SOURCE_SENDS_PER_HOUR", "SOURCE_VERIFIES_PER_MINUTE", "BRAKE_PER_SOURCE")
"""Limits that one machine on which many people sign in, such as that of the tests, may have to raise."""


@dataclass(frozen=True)
class Addresses:
    """Where everything is once the stack runs."""

    public_origin: str
    kafka_bootstrap: str
    redis_url: str
    smtp_url: str
    mailbox_url: str
    auth_otp_url: str
    branding_url: str
    simulator_url: str
    databases: Mapping[str, DatabaseUrls]
    api_ports: Mapping[str, int]
    worker_ports: Mapping[str, int]
    stripe_url: str = "http://localhost:12111"


def inherited() -> dict[str, str]:
    """Return what every child gets from our own environment: no setting of the stack, no stray credential."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    } | {"PYTHONUNBUFFERED": "1"}


def auth_otp(stack: Addresses, secrets: SecretsFile, process: Process) -> dict[str, str]:
    """Sign-in: signs sessions, keeps contacts encrypted, hands codes over to the notifier."""
    session = secrets.session_keys()
    return _common("auth-otp", "auth_otp", stack, secrets, process) | {
        "REDIS_URL": stack.redis_url,
        "SESSION_SIGNING_KEYS": session.private,
        "SESSION_PUBLIC_KEYS": session.public,
        "FIELD_ENCRYPTION_KEYS": secrets.keys("auth_otp.field"),
        "BLIND_INDEX_KEYS": secrets.keys("auth_otp.index"),
        "CODE_PEPPERS": secrets.keys("auth_otp.pepper"),
        "NOTIFIER_URL": f"http://127.0.0.1:{stack.api_ports['notifier']}",
        "NOTIFIER_KEYS": secrets.keys("notifier.callers"),
        "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
        **{name: os.environ[name] for name in PER_SOURCE if os.environ.get(name)},
    }


def portal_read(stack: Addresses, secrets: SecretsFile, process: Process) -> dict[str, str]:
    """The pages and their read model."""
    return _common("portal-read", "portal_read", stack, secrets, process) | {
        "AUTH_OTP_URL": stack.auth_otp_url,
        "BILLING_URL": f"http://127.0.0.1:{stack.api_ports['billing']}",
        "CHECKOUT_ORIGINS": stack.stripe_url,
        "SESSION_PUBLIC_KEYS": secrets.session_keys().public,
        "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
    }


def billing(stack: Addresses, secrets: SecretsFile, process: Process) -> dict[str, str]:
    """Takes payments, at the Stripe sandbox."""
    return _common("billing", "billing", stack, secrets, process) | {
        "STRIPE_API_BASE": stack.stripe_url,
        "STRIPE_SECRET_KEY": stripe_key(secrets),
        "STRIPE_WEBHOOK_SECRETS": stripe_webhook_secret(secrets),
        "SESSION_PUBLIC_KEYS": secrets.session_keys().public,
        "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
        "FIELD_ENCRYPTION_KEYS": secrets.keys("billing.field"),
        "RECONCILE_SECONDS": "5",  # soon enough for one who looks on
    }


def notifier(stack: Addresses, secrets: SecretsFile, process: Process) -> dict[str, str]:
    """Mail and SMS: takes sign-in codes over from auth-otp."""
    return _common("notifier", "notifier", stack, secrets, process) | {
        "SMTP_URL": stack.smtp_url,
        "TWILIO_BASE_URL": stack.mailbox_url,
        "TWILIO_ACCOUNT_SID": twilio_account(secrets),
        "TWILIO_AUTH_TOKEN": secrets.password("twilio"),
        "TWILIO_FROM": TWILIO_FROM,
        "NOTIFIER_KEYS": secrets.keys("notifier.callers"),
        "FIELD_ENCRYPTION_KEYS": secrets.keys("notifier.field"),
    }


def branding(stack: Addresses, secrets: SecretsFile, process: Process) -> dict[str, str]:
    """The look of each portal, and whether it is on."""
    return _common("branding", "branding", stack, secrets, process) | {
        "BRANDING_API_KEY": secrets.password("branding-api"),
    }


def simulator(stack: Addresses, secrets: SecretsFile, port: int, data: Path) -> dict[str, str]:
    """ServiceHub core's stand-in: publishes to Kafka and sets up portals over HTTP."""
    return inherited() | {
        "PORTAL_PROFILE": "local",
        "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "PUBLIC_ORIGIN": stack.public_origin,
        "BRANDING_URL": stack.branding_url,
        "BRANDING_API_KEY": secrets.password("branding-api"),
        "MAILBOX_URL": stack.mailbox_url,
        "STRIPE_URL": stack.stripe_url,
        "SIMULATOR_DATA": str(data),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
    }


def mailbox(stack: Addresses, secrets: SecretsFile, port: int, smtp_port: int | None) -> dict[str, str]:
    """The mailbox page, the start page and Twilio's stand-in; without `smtp_port` it takes no mail itself."""
    return inherited() | {
        "PORTAL_PROFILE": "local",
        "PUBLIC_ORIGIN": stack.public_origin,
        "SIMULATOR_URL": stack.simulator_url,
        "STRIPE_URL": stack.stripe_url,
        "HTTP_PORT": str(port),
        "SMTP_PORT": str(smtp_port or ""),
        "TWILIO_ACCOUNT_SID": twilio_account(secrets),
        "TWILIO_AUTH_TOKEN": secrets.password("twilio"),
    }


def stripe_sandbox(stack: Addresses, secrets: SecretsFile, port: int, data: Path) -> dict[str, str]:
    """Stripe's stand-in: reports to billing through the gateway, as Stripe comes in from outside."""
    return inherited() | {
        "PORTAL_PROFILE": "local",
        "STRIPE_SANDBOX_ORIGIN": stack.stripe_url,
        "STRIPE_SANDBOX_DATA": str(data),
        "STRIPE_SANDBOX_ACCOUNTS": "acct_sparkle:US:usd,acct_hikari:JP:jpy",
        "STRIPE_SECRET_KEY": stripe_key(secrets),
        "STRIPE_WEBHOOK_URL": f"{stack.public_origin}/billing/webhooks/stripe",
        "STRIPE_WEBHOOK_SECRETS": stripe_webhook_secret(secrets),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
    }


def stripe_key(secrets: SecretsFile) -> str:
    """Return a secret key in the form of Stripe's test mode."""
    return "sk_test_" + secrets.password("stripe-key")


def stripe_webhook_secret(secrets: SecretsFile) -> str:
    """Return the secret that signs webhooks, in Stripe's form."""
    return "whsec_" + secrets.password("stripe-webhook")


def twilio_account(secrets: SecretsFile) -> str:
    """Return an account id in Twilio's form: AC and 32 hexadecimal digits."""
    return "AC" + secrets.password("twilio-account")[:32]


SERVICES: dict[str, tuple[str, Callable[[Addresses, SecretsFile, Process], dict[str, str]]]] = {
    "auth-otp": ("auth_otp", auth_otp),
    "portal-read": ("portal_read", portal_read),
    "billing": ("billing", billing),
    "notifier": ("notifier", notifier),
    "branding": ("branding", branding),
}
"""Service name -> its package and the function that writes its environment."""


def _common(
    service: str, package: str, stack: Addresses, secrets: SecretsFile, process: Process
) -> dict[str, str]:
    urls = stack.databases[package]
    database = {"api": urls.web, "worker": urls.worker, "migrate": urls.owner}[process]
    return inherited() | {
        "PORTAL_PROFILE": "local",
        "DATABASE_URL": database,
        "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "KAFKA_INSTANCE_ID": "local",  # one worker a service
        "PUBLIC_ORIGIN": stack.public_origin,
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(stack.api_ports[service]),
        "WORKER_HEALTH_PORT": str(stack.worker_ports[service]),
        "TRUSTED_PROXY_HOPS": "1",
        "DEAD_LETTER_KEYS": secrets.keys(f"{package}.dead-letter"),
    }
