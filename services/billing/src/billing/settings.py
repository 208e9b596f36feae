"""The environment of this service."""

from urllib.parse import urlsplit

from chassis.settings.base import Secret, ServiceSettings, weak_secret
from chassis.settings.keys import KeyRing


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What billing is told beyond what every service is.

    `stripe_webhook_secrets` is a list: the platform's and the Connect endpoint's differ, and while one is
    rotated two hold. `field_keys` encrypt what Stripe posts, which names the payer.
    """

    stripe_secret_key: Secret
    stripe_webhook_secrets: tuple[Secret, ...]
    stripe_api_base: str = "https://api.stripe.com"
    stripe_timeout: float = 8.0
    session_public_keys: KeyRing
    flash_keys: KeyRing
    field_keys: KeyRing
    reconcile_seconds: float = 30.0
    charges_cached_seconds: float = 60.0

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
        if self.portal_profile == "production" and urlsplit(self.stripe_api_base).scheme != "https":
            problems.append("STRIPE_API_BASE must begin with https:// outside the local profile")
        return problems
