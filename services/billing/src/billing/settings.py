"""The environment of this service."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from chassis.settings import IntegrationKeys, KeyRing, Secret, ServiceSettings, weak_secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What billing is told beyond what every service is.

    `stripe_webhook_secrets` is a list: the platform's and the Connect endpoint's differ, and while one is
    rotated two hold. `field_encryption_keys` encrypt what Stripe posts, which names the payer.
    `billing_keys` are held by those services that may ask this one, too. `auth_otp_url` is auth-otp's own
    port: which sessions ended; it is asked under `auth_otp_keys`. `pay_link_keys` sign the links in mails;
    the notifier holds them, too. `pay_link_posts_per_minute` of one network a process answers.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "FIELD_KEYS": "FIELD_ENCRYPTION_KEYS",
        "FLASH_KEYS": "COOKIE_SIGNING_KEYS",
        "SERVICEHUB_API_KEY": "INTEGRATION_KEYS",
        "STRIPE_TIMEOUT": "STRIPE_TIMEOUT_SECONDS",
    }

    stripe_secret_key: Secret
    """`sk_live_…`, or a restricted `rk_live_…`."""
    stripe_webhook_secrets: tuple[Secret, ...]
    """`whsec_…` of each endpoint, comma-separated."""
    stripe_api_base: str = "https://api.stripe.com"
    """Stripe's API."""
    stripe_timeout_seconds: float = 8.0
    """How long Stripe may take to answer."""
    auth_otp_url: str
    """The api of auth-otp, inside the cluster."""
    auth_otp_keys: KeyRing
    """One key ring, the same in auth-otp, portal-read and billing: auth-otp is asked under it."""
    session_public_keys: KeyRing
    """Public halves of the signing pair, the same in auth-otp, portal-read and billing."""
    cookie_signing_keys: KeyRing
    """One key ring, the same in auth-otp, portal-read and billing."""
    field_encryption_keys: KeyRing
    """A key ring of this service alone: personal data in its database is encrypted under it."""
    integration_keys: IntegrationKeys
    """Hashes of the keys of ServiceHub's programs and what each opens, the same in branding and billing."""
    billing_keys: KeyRing
    """One key ring, the same in billing and portal-read: billing is asked under it."""
    pay_link_keys: KeyRing
    """One key ring, the same in billing and notifier: links in mails that pay are signed under it."""
    pay_link_posts_per_minute: int = 30
    """Payments that one network begins by pay links in a minute, in one process."""
    trusted_proxy_hops: int = 1
    """Proxies of the operator's in front; wrong keys are counted by the visitor's address."""
    reconcile_seconds: float = 30.0
    """How often the worker looks for what no webhook told."""
    charges_cached_seconds: float = 60.0
    """How long it is remembered whether a business can be paid online."""

    @property
    def live(self) -> bool:
        """Whether real money moves: by the mode of the key."""
        return self.stripe_secret_key.reveal().startswith(("sk_live_", "rk_live_"))

    def problems(self) -> list[str]:
        """A missing or weak secret would let anybody tell us what was paid."""
        problems = super().problems()
        if not self.stripe_secret_key.reveal().startswith(("sk_", "rk_")):
            problems.append("STRIPE_SECRET_KEY must be a secret or restricted key: sk_… or rk_…")
        problems += weak_secret("STRIPE_SECRET_KEY", self.stripe_secret_key)
        if not self.stripe_webhook_secrets:
            problems.append("STRIPE_WEBHOOK_SECRETS must hold at least one whsec_…")
        for secret in self.stripe_webhook_secrets:
            random = Secret(secret.reveal().removeprefix("whsec_"))
            problems += weak_secret("STRIPE_WEBHOOK_SECRETS", random)
        insecure = urlsplit(self.stripe_api_base).scheme != "https"
        if self.portal_profile == "production" and insecure:
            problems.append("STRIPE_API_BASE must begin with https:// outside the local profile")
        return problems
