"""What each process is told: every variable of every service and stand-in, spelled out.

All values are texts of environment variables. Keys have the form `kid:base64url`.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from local_stack.process.child import CLOCK
from local_stack.secrets_file import SecretsFile
from local_stack.servers.databases import DatabaseUrls

Process = Literal["api", "worker", "migrate"]
Variables = dict[str, str]
TWILIO_FROM = "+15005550006"  # Twilio's own test number
PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "TERM", "LOG_LEVEL", *CLOCK)
PASSED_ON_PREFIXES = ("OTEL_", "SSL_CERT_", "COVERAGE_")
PER_SOURCE = ("SOURCE_SENDS_PER_HOUR", "SOURCE_VERIFIES_PER_MINUTE")
"""Limits that one machine on which many people sign in, such as that of the tests, may have to raise."""
STREAMS_PER_SESSION = "LIVE_STREAMS_PER_SESSION"
"""Likewise, where one browser stands for a thousand."""
NEWS_FOLD = "NEWS_FOLD_SECONDS"
"""How long news wait for others, which whoever waits for a mail, such as a test, may shorten."""

SERVICEHUB = "servicehub-core"
"""What the integration is called as which ServiceHub calls the portal here."""
FOR_ONLOOKERS = {"ACCESS_LOG": "true"}
"""What a service is told beside the rest where a person reads its log, and not a test."""


@dataclass(frozen=True)
class Addresses:
    """Where everything is once the stack runs."""

    public_origin: str
    kafka_bootstrap: str
    redis_url: str
    smtp_url: str
    mailbox_url: str
    simulator_url: str
    stripe_url: str
    dns_resolver: str
    dns_records: str
    databases: Mapping[str, DatabaseUrls]
    api_ports: Mapping[str, int]
    worker_ports: Mapping[str, int]

    def url_of(self, service: str) -> str:
        """Where a service's web process answers other services."""
        return f"http://127.0.0.1:{self.api_ports[service]}"

    def portal_url_of(self, service: str) -> str:
        """The same for who asks it about a portal, without the gateway: by the platform's own host."""
        return f"http://localhost:{self.api_ports[service]}"


def inherited() -> Variables:
    """Return what every child gets from our own environment: no setting of the stack, no stray credential."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    } | {"PYTHONUNBUFFERED": "1"}


def _local() -> Variables:
    return inherited() | {"PORTAL_PROFILE": "local", "HTTP_HOST": "127.0.0.1"}


OWN: dict[str, Callable[[Addresses, SecretsFile], Variables]] = {
    # Sign-in: signs sessions, keeps contacts encrypted, hands codes over to the notifier.
    "auth-otp": lambda stack, secrets: {
        "REDIS_URL": stack.redis_url,
        "SESSION_SIGNING_KEYS": secrets.session_keys().private,
        "SESSION_PUBLIC_KEYS": secrets.session_keys().public,
        "FIELD_ENCRYPTION_KEYS": secrets.keys("auth_otp.field"),
        "BLIND_INDEX_KEYS": secrets.keys("auth_otp.index"),
        "CODE_PEPPERS": secrets.keys("auth_otp.pepper"),
        "NOTIFIER_URL": stack.url_of("notifier"),
        "NOTIFIER_KEYS": secrets.keys("notifier.callers"),
        "AUTH_OTP_KEYS": secrets.keys("auth-otp.callers"),
        "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
        **_told(PER_SOURCE),
    },
    # The pages and their read model.
    "portal-read": lambda stack, secrets: {
        "AUTH_OTP_URL": stack.url_of("auth-otp"),
        "AUTH_OTP_KEYS": secrets.keys("auth-otp.callers"),
        "BILLING_URL": stack.url_of("billing"),
        "BILLING_KEYS": secrets.keys("billing.callers"),
        "NOTIFIER_URL": stack.url_of("notifier"),
        "NOTIFIER_KEYS": secrets.keys("notifier.callers"),
        "CHECKOUT_ORIGINS": stack.stripe_url,
        "FIELD_ENCRYPTION_KEYS": secrets.keys("portal_read.field"),
        "SESSION_PUBLIC_KEYS": secrets.session_keys().public,
        "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
        **_told([STREAMS_PER_SESSION]),
    },
    # Takes payments, at the Stripe sandbox.
    "billing": lambda stack, secrets: {
        "AUTH_OTP_URL": stack.url_of("auth-otp"),
        "AUTH_OTP_KEYS": secrets.keys("auth-otp.callers"),
        "STRIPE_API_BASE": stack.stripe_url,
        "STRIPE_SECRET_KEY": _stripe_key(secrets),
        "STRIPE_WEBHOOK_SECRETS": _stripe_webhook_secret(secrets),
        "SESSION_PUBLIC_KEYS": secrets.session_keys().public,
        "COOKIE_SIGNING_KEYS": secrets.keys("flash"),
        "FIELD_ENCRYPTION_KEYS": secrets.keys("billing.field"),
        "INTEGRATION_KEYS": _servicehub_entry(secrets),
        "BILLING_KEYS": secrets.keys("billing.callers"),
        "PAY_LINK_KEYS": secrets.keys("pay-links"),
        "RECONCILE_SECONDS": "5",  # soon enough for one who looks on
    },
    # Mail and SMS: takes sign-in codes over from auth-otp, and from portal-read what contacts choose.
    "notifier": lambda stack, secrets: {
        "SMTP_URL": stack.smtp_url,
        "TWILIO_BASE_URL": stack.mailbox_url,
        "TWILIO_ACCOUNT_SID": _twilio_account(secrets),
        "TWILIO_AUTH_TOKEN": secrets.password("twilio"),
        "TWILIO_FROM": TWILIO_FROM,
        "NOTIFIER_KEYS": secrets.keys("notifier.callers"),
        "PAY_LINK_KEYS": secrets.keys("pay-links"),
        "FIELD_ENCRYPTION_KEYS": secrets.keys("notifier.field"),
        "BLIND_INDEX_KEYS": secrets.keys("notifier.index"),
        "UNSUBSCRIBE_KEYS": secrets.keys("notifier.unsubscribe"),
        **_told([NEWS_FOLD]),
    },
    # The look of each portal, and whether it is on.
    "branding": lambda stack, secrets: {
        "INTEGRATION_KEYS": _servicehub_entry(secrets),
        "DNS_RESOLVERS": stack.dns_resolver,
        "DOMAIN_PENDING_CHECK_SECONDS": "1",  # somebody looks on
    },
}
"""What a service is told beside what all are told. Ports follow from the order."""


def _told(names: Iterable[str]) -> Variables:
    """What this process was told of these itself."""
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def _service(service: str, stack: Addresses, secrets: SecretsFile, process: Process) -> Variables:
    package = _package(service)
    urls = stack.databases[package]
    return {
        **_local(),
        "DATABASE_URL": {"api": urls.web, "worker": urls.worker, "migrate": urls.owner}[process],
        "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "KAFKA_INSTANCE_ID": "local",  # one worker a service
        "PUBLIC_ORIGIN": stack.public_origin,
        "HTTP_PORT": str(stack.api_ports[service]),
        "WORKER_HEALTH_PORT": str(stack.worker_ports[service]),
        "TRUSTED_PROXY_HOPS": "1",
        "DEAD_LETTER_KEYS": secrets.keys(f"{package}.dead-letter"),
        **OWN[service](stack, secrets),
    }


def _package(service: str) -> str:
    return service.replace("-", "_")


SERVICES: dict[str, tuple[str, Callable[[Addresses, SecretsFile, Process], Variables]]] = {
    service: (_package(service), partial(_service, service)) for service in OWN
}
"""Service name -> its package and the function that writes its environment."""


def simulator(stack: Addresses, secrets: SecretsFile, port: int, data: Path) -> Variables:
    """ServiceHub core's stand-in: publishes to Kafka and sets up portals over HTTP."""
    return {
        **_local(),
        "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "PUBLIC_ORIGIN": stack.public_origin,
        "BRANDING_URL": stack.url_of("branding"),
        "BILLING_URL": stack.url_of("billing"),
        "INTEGRATION_KEY": secrets.integration_key(SERVICEHUB).key,
        "MAILBOX_URL": stack.mailbox_url,
        "STRIPE_URL": stack.stripe_url,
        "SIMULATOR_DATA": str(data / "simulator"),
        "HTTP_PORT": str(port),
    }


def mailbox(stack: Addresses, secrets: SecretsFile, port: int, smtp_port: int | None) -> Variables:
    """The mailbox page and Twilio's stand-in; without `smtp_port` it takes no mail itself."""
    return {
        **_local(),
        "HTTP_PORT": str(port),
        "SMTP_PORT": str(smtp_port or ""),
        "TWILIO_ACCOUNT_SID": _twilio_account(secrets),
        "TWILIO_AUTH_TOKEN": secrets.password("twilio"),
        "TWILIO_REPLIES_URL": f"{stack.public_origin}/notifications/webhooks/twilio/replies",
    }


def stripe_sandbox(stack: Addresses, secrets: SecretsFile, port: int, data: Path) -> Variables:
    """Stripe's stand-in: reports to billing through the gateway, as Stripe comes in from outside."""
    return {
        **_local(),
        "STRIPE_SANDBOX_ORIGIN": stack.stripe_url,
        "STRIPE_SANDBOX_DATA": str(data / "stripe"),
        "STRIPE_SANDBOX_ACCOUNTS": "acct_sparkle:US:usd,acct_hikari:JP:jpy",
        "STRIPE_SECRET_KEY": _stripe_key(secrets),
        "STRIPE_WEBHOOK_URL": f"{stack.public_origin}/billing/webhooks/stripe",
        "STRIPE_WEBHOOK_SECRETS": _stripe_webhook_secret(secrets),
        "HTTP_PORT": str(port),
    }


def _servicehub_entry(secrets: SecretsFile) -> str:
    return secrets.integration_key(SERVICEHUB).entry.format()


def _stripe_key(secrets: SecretsFile) -> str:
    return "sk_test_" + secrets.password("stripe-key")


def _stripe_webhook_secret(secrets: SecretsFile) -> str:
    return "whsec_" + secrets.password("stripe-webhook")


def _twilio_account(secrets: SecretsFile) -> str:
    return "AC" + secrets.password("twilio-account")[:32]
