"""Environment → one frozen object."""

import re
from collections.abc import Mapping
from typing import ClassVar

from chassis.settings import KeyRing, ServiceSettings

from portal_read.projection import names

_RINGS = ("field_encryption_keys", "dead_letter_keys", "cookie_signing_keys", "session_public_keys")
_ORIGIN = re.compile(r"(https?)://[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z")


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Beyond what every service is told.

    `billing_url` is billing's own port; `billing_keys` is the ring that billing knows its callers by,
    `auth_otp_keys` that of auth-otp, and `notifier_keys` that of the notifier at `notifier_url`.
    `checkout_origins` are those of the payment page billing sends payers to: a page with a pay form must
    name them in its content security policy.
    `image_origin` (`https://img.example`) is the only origin staff photos come from; `security_contact` a
    `mailto:` or `https:` address for security.txt; `projection_schema`, where it is set, the only projection
    that this worker keeps current. Without an `offline_page` browsers keep none, and drop those they have.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "FLASH_KEYS": "COOKIE_SIGNING_KEYS",
    }

    projection_schema: str = ""
    """The only projection that this worker keeps current; all of its version if empty."""
    field_encryption_keys: KeyRing
    """A key ring of this service alone: personal data in its database is encrypted under it."""
    auth_otp_url: str
    """The api of auth-otp, inside the cluster."""
    auth_otp_keys: KeyRing
    """One key ring, the same in auth-otp, portal-read and billing: auth-otp is asked under it."""
    billing_url: str
    """The api of billing, inside the cluster."""
    billing_keys: KeyRing
    """One key ring, the same in billing and portal-read: billing is asked under it."""
    notifier_url: str
    """The api of the notifier, inside the cluster."""
    notifier_keys: KeyRing
    """One key ring, the same in auth-otp, notifier and portal-read: the notifier is asked under it."""
    checkout_origins: tuple[str, ...] = ("https://checkout.stripe.com",)
    """Origins of the payment page, which pages with a pay form name; comma-separated."""
    session_public_keys: KeyRing
    """Public halves of the signing pair, the same in auth-otp, portal-read and billing."""
    cookie_signing_keys: KeyRing
    """One key ring, the same in auth-otp, portal-read and billing."""
    image_origin: str = ""
    """The only origin that staff photos come from."""
    security_contact: str = ""
    """`mailto:` or `https:` address for security.txt."""
    stale_after_seconds: int = 10
    """From when on a page says that it may be out of date."""
    calendar_requests_per_hour: int = 120
    """Fetches of one calendar feed that one process answers in an hour."""
    calendar_requests_per_network_minute: int = 600
    """Fetches of feeds that one network makes in a minute."""
    pay_link_requests_per_network_minute: int = 60
    """Pay links that one network opens in a minute, in one process."""
    live_streams_per_session: int = 3
    """Open streams of one session, in one process."""
    offline_page: bool = True
    """Whether browsers keep a page for when there is no network."""
    statement_files_per_hour: int = 20
    """Statements that one process typesets for one contact in an hour."""
    data_downloads_per_hour: int = 5
    """How often one process answers a contact with their data in an hour."""

    def problems(self) -> list[str]:
        problems = super().problems()
        try:
            names.checked(self.projection_schema or names.FIRST)
        except ValueError as error:
            problems.append(f"PROJECTION_SCHEMA: {error}")
        if self._reuses_a_key():
            problems.append(f"{', '.join(name.upper() for name in _RINGS)} must not share a key")
        if self.security_contact and not self.security_contact.startswith(("mailto:", "https://")):
            problems.append("SECURITY_CONTACT must begin with mailto: or https://")
        if self.image_origin and not self.image_origin.startswith("https://"):
            problems.append("IMAGE_ORIGIN must be an origin such as https://img.example.com")
        if not all(map(self._may_lead_to, self.checkout_origins)):
            problems.append(
                "CHECKOUT_ORIGINS must be comma-separated origins such as https://checkout.stripe.com"
            )
        return problems

    def _reuses_a_key(self) -> bool:
        rings: list[KeyRing] = [getattr(self, name) for name in _RINGS]
        keys = [key for ring in rings for key in ring.keys.values()]
        return len(set(keys)) < len(keys)

    def _may_lead_to(self, origin: str) -> bool:
        """Whether a payer may be sent there: a bare origin, with TLS outside the local profile."""
        match = _ORIGIN.match(origin)
        return match is not None and (match[1] == "https" or self.portal_profile == "local")
