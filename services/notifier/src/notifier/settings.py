"""What the notifier is told by its environment."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from chassis.origins import host_of
from chassis.settings import KeyRing, Secret, ServiceSettings, weak_secret

# A number in E.164, or a name: https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
_TEXT_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_CALLING_CODE = re.compile(r"\+?([1-9][0-9]{0,2})")
_SCHEMES = ("smtp", "smtps")
_NEWS_WAIT_AT_MOST_SECONDS = 300
_RINGS = (
    "notifier_keys",
    "pay_link_keys",
    "field_encryption_keys",
    "blind_index_keys",
    "unsubscribe_keys",
    "dead_letter_keys",
)


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """`SMTP_URL` is `smtp://[user:password@]host[:port]` (STARTTLS) or `smtps://…` (TLS from the first byte).

    `MAIL_FROM` is the bare address that every mail comes from; the business's name is put before it.
    `NOTIFIER_KEYS` is held by those who may call this service, too; `PAY_LINK_KEYS` by billing, which reads
    the links in mails that are signed under it. Links that end a kind of mail are made under
    `UNSUBSCRIBE_KEYS`. Addresses are found again by `BLIND_INDEX_KEYS`. Texts come from `TWILIO_FROM`, a
    number or a name, unless `TWILIO_SENDERS` has another for a calling code: `+44=+447700900123,+49=Portal`.
    News of a visit or an invoice wait until for `NEWS_FOLD_SECONDS` nothing changes, and are told as one.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "FIELD_KEYS": "FIELD_ENCRYPTION_KEYS",
    }

    notifier_keys: KeyRing
    """One key ring, the same in auth-otp, notifier and portal-read: the notifier is asked under it."""
    pay_link_keys: KeyRing
    """One key ring, the same in billing and notifier: links in mails that pay are signed under it."""
    field_encryption_keys: KeyRing
    """A key ring of this service alone: personal data in its database is encrypted under it."""
    blind_index_keys: KeyRing
    """A key ring of this service alone: addresses are found again by it."""
    unsubscribe_keys: KeyRing
    """A key ring: links in mails that end a kind of them are made under it."""
    smtp_url: Secret
    """`smtp://USER:PASSWORD@HOST:587` (STARTTLS) or `smtps://…:465`."""
    mail_from: str = ""
    """The bare address of envelopes; businesses write from addresses at its domain."""
    twilio_base_url: str = "https://api.twilio.com"
    """Twilio's API."""
    twilio_account_sid: str
    """As Twilio gives it."""
    twilio_auth_token: Secret
    """As Twilio gives it; reports are signed with it, too."""
    twilio_from: str
    """The number or name that texts come from."""
    twilio_senders: str = ""
    """Others by calling code: `+44=+447700900123,+49=Portal`."""
    deliveries_at_once: int = 16
    """Messages under way at the same time, in one process."""
    news_fold_seconds: float = 60.0
    """How long news wait for more: what changes within that time is one message."""

    @property
    def sender(self) -> str:
        """The address mails come from; the local profile makes one up from the public origin."""
        return self.mail_from or f"no-reply@{host_of(self.public_origin)}"

    @property
    def news_fold(self) -> timedelta:
        """How long nothing changes before news are told."""
        return timedelta(seconds=self.news_fold_seconds)

    @property
    def senders_by_calling_code(self) -> Mapping[int, str]:
        """Who writes texts to numbers of these calling codes. Raises ValueError, which `problems` tells."""
        entries = [entry.strip() for entry in self.twilio_senders.split(",") if entry.strip()]
        return dict(map(_sender, entries))

    def problems(self) -> list[str]:
        problems = super().problems()
        mail = urlsplit(self.smtp_url.reveal())
        if mail.scheme not in _SCHEMES or not mail.hostname:
            problems.append(
                "SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465"
            )
        if not _is_address(self.sender):
            problems.append("MAIL_FROM must be a bare address such as no-reply@example.com")
        if not _TEXT_SENDER.fullmatch(self.twilio_from):
            problems.append(
                "TWILIO_FROM must be a number such as +15005550006, or a name of at most 11 letters"
            )
        try:
            _ = self.senders_by_calling_code
        except ValueError as error:
            problems.append(
                f"TWILIO_SENDERS must look like +44=+447700900123,+49=Portal: {error} is none of these"
            )
        if self.deliveries_at_once < 2:
            problems.append("DELIVERIES_AT_ONCE must be 2 or more: half of them are kept for codes")
        if not 0 <= self.news_fold_seconds <= _NEWS_WAIT_AT_MOST_SECONDS:
            problems.append("NEWS_FOLD_SECONDS must be from 0 to 300: no news wait longer than five minutes")
        if self._reuses_a_key():
            problems.append(f"{', '.join(name.upper() for name in _RINGS)} must not share a key")
        problems += weak_secret("TWILIO_AUTH_TOKEN", self.twilio_auth_token)
        if self.portal_profile == "production":
            problems += self._missing_in_production()
        return problems

    def _reuses_a_key(self) -> bool:
        rings: list[KeyRing] = [getattr(self, name) for name in _RINGS]
        keys = [key for ring in rings for key in ring.keys.values()]
        return len(set(keys)) < len(keys)

    def _missing_in_production(self) -> list[str]:
        problems: list[str] = []
        if not self.mail_from:
            problems.append("MAIL_FROM is not set: name the address that mails come from")
        if not self.twilio_base_url.startswith("https://"):
            problems.append("TWILIO_BASE_URL must begin with https:// outside the local profile")
        return problems


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    strange = set(' <>,;:"\\') & set(text)
    return bool(local and domain) and text.isascii() and text.isprintable() and not strange


def _sender(text: str) -> tuple[int, str]:
    code, _, sender = (part.strip() for part in text.partition("="))
    found = _CALLING_CODE.fullmatch(code)
    if found is None or not _TEXT_SENDER.fullmatch(sender):
        raise ValueError(text)
    return int(found[1]), sender
