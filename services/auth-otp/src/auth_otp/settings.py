"""Settings: every number of sign-in, each with the default we argue for in the README."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from chassis.identity.session_tokens import IDLE_SECONDS, MARK_SECONDS
from chassis.settings import KeyRing, Secret, ServiceSettings
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_LONGEST_CODE_LIFE = 10 * MINUTE


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What auth-otp is told. Times are in seconds.

    `NOTIFIER_URL` is the notifier's own port, and `NOTIFIER_KEYS` the ring that it knows its callers by.
    `AUTH_OTP_KEYS` is the ring that this service knows its own by.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "FIELD_KEYS": "FIELD_ENCRYPTION_KEYS",
        "INDEX_KEYS": "BLIND_INDEX_KEYS",
        "FLASH_KEYS": "COOKIE_SIGNING_KEYS",
        "REDIS_TIMEOUT": "REDIS_TIMEOUT_SECONDS",
        "CODE_LIFE": "CODE_LIFE_SECONDS",
        "CODE_RENEW_WITHIN": "CODE_RENEW_WITHIN_SECONDS",
        "LIVE_CHALLENGES": "CHALLENGES_PER_ADDRESS",
        "REPEAT_WITHIN": "REPEATED_POST_SECONDS",
        "SEND_SPACING": "SEND_SPACING_SECONDS",
        "SESSION_LIFE": "SESSION_LIFE_SECONDS",
        "REMEMBERED_SESSION_LIFE": "REMEMBERED_SESSION_LIFE_SECONDS",
        "CHOICE_LIFE": "ACCOUNT_CHOICE_LIFE_SECONDS",
        "FAILURES_PER_DAY": "WRONG_CODES_PER_DAY",
        "BRAKE_BUSINESS_FAILURES": "SPRAY_WRONG_CODES",
        "BRAKE_OVERALL_FAILURES": "SPRAY_WRONG_CODES",
    }

    redis_url: Secret
    """Valkey, for live codes and short counters: `rediss://:PASSWORD@HOST:6379/0`."""
    redis_timeout_seconds: float = 0.5
    """How long Valkey may take to answer."""
    notifier_url: str
    """The api of the notifier, inside the cluster."""

    session_signing_keys: KeyRing
    """Private half of the signing pair: sessions are signed by its first key."""
    session_public_keys: KeyRing
    """Public halves of the signing pair, the same in auth-otp, portal-read and billing."""
    field_encryption_keys: KeyRing
    """A key ring of this service alone: personal data in its database is encrypted under it."""
    blind_index_keys: KeyRing
    """A key ring of this service alone: addresses are found again by it."""
    code_peppers: KeyRing
    """A key ring: codes are derived from it and stored nowhere."""
    notifier_keys: KeyRing
    """One key ring, the same in auth-otp, notifier and portal-read: the notifier is asked under it."""
    auth_otp_keys: KeyRing
    """One key ring, the same in auth-otp, portal-read and billing: auth-otp is asked under it."""
    cookie_signing_keys: KeyRing
    """One key ring, the same in auth-otp, portal-read and billing."""

    code_life_seconds: int = 10 * MINUTE
    """How long a code is good; at most 600."""
    code_renew_within_seconds: int = 2 * MINUTE
    """A code that is asked for again while it has less than this left is another one."""
    code_tries: int = 5
    """Wrong codes that a challenge bears."""
    challenges_per_address: int = 2
    """Challenges of one address that live at the same time."""
    repeated_post_seconds: int = MINUTE
    """A form that a browser sends twice within this gets the answer of the first."""

    send_spacing_seconds: int = MINUTE
    """The least time between two codes to one address."""
    sends_per_hour: int = 5
    """Codes to one address in an hour."""
    sends_per_day: int = 10
    """Codes to one address in a day."""
    shared_mail_every_seconds: int = 10 * MINUTE
    """Beyond these limits a longer code goes out by mail at most so often."""
    shared_text_every_seconds: int = 30 * MINUTE
    """Beyond these limits a longer code goes out by text at most so often."""
    source_sends_per_hour: int = 60
    """Codes that one address of the network may ask for in an hour."""
    source_verifies_per_minute: int = 30
    """Codes that one address of the network may try in a minute."""
    wrong_codes_per_day: int = 4
    """Wrong codes of six digits for one address in a day, before its codes have eight."""
    known_browser_wrong_codes_per_day: int = 10
    """The same where a browser proved the address before."""
    wrong_longer_codes_per_day: int = 100
    """Wrong codes of eight digits in a day, before codes have sixteen."""
    spray_wrong_codes: int = 10
    """Wrong codes of a business, and of the platform, in a day, before its codes grow."""
    spray_share: float = 0.006
    """The same as a share of the customers, where that is more."""
    known_browsers: int = 10
    """Browsers that one address is known by."""
    known_browser_days: int = 180
    """For how many days a browser is known."""
    guarded_seconds: int = DAY
    """How long the link "it was not me" is good, and how long it guards."""
    passkey_challenge_seconds: int = 10 * MINUTE
    """How long a browser may take to answer for a passkey."""
    passkey_proof_seconds: int = 15 * MINUTE
    """So soon after a code a passkey may be added."""
    contact_passkeys: int = 10
    """Passkeys of one contact."""
    confirmed_seconds: int = HOUR
    """So long after a second proof a session pays where the business asks for one."""

    sms_countries: tuple[str, ...] = ("JP",)
    """Countries to whose numbers texts go, beside the business's own; comma-separated."""
    sms_per_day: int = 200
    """Texts of one business in a day (UTC)."""
    sms_per_calling_code_per_day: int = 2_000
    """Texts to one calling code in a day (UTC), of all businesses."""
    sms_overall_per_day: int = 5_000
    """Texts in a day (UTC), in all."""
    sms_reserve: float = 0.25
    """The share of each of these that strangers cannot spend."""

    session_life_seconds: int = DAY
    """How long a session lives that is not remembered."""
    remembered_session_life_seconds: int = 30 * DAY
    """How long a remembered one lives."""
    session_idle_seconds: int = IDLE_SECONDS
    """A session that no page used for so long has ended."""
    account_choice_life_seconds: int = 5 * MINUTE
    """How long somebody may take to choose among accounts."""
    browser_sessions: int = 8
    """Sessions that one browser holds."""
    contact_sessions: int = 20
    """Sessions that one contact has."""
    browser_challenges: int = 3
    """Challenges that one browser holds."""

    def problems(self) -> list[str]:
        """What is wrong beyond the types."""
        problems = super().problems()
        if self.portal_profile == "production":
            problems += self._unverified_redis()
        if self.code_life_seconds > _LONGEST_CODE_LIFE:
            problems.append(
                f"CODE_LIFE_SECONDS must be at most {_LONGEST_CODE_LIFE} (NIST SP 800-63B-4, 3.1.3.2)"
            )
        if not 0 <= self.code_renew_within_seconds < self.code_life_seconds:
            problems.append("CODE_RENEW_WITHIN_SECONDS must be shorter than CODE_LIFE_SECONDS")
        if not 0 <= self.sms_reserve < 1:
            problems.append("SMS_RESERVE must be a share from 0 to below 1")
        if self.session_idle_seconds <= MARK_SECONDS:
            problems.append(
                f"SESSION_IDLE_SECONDS must be more than {MARK_SECONDS}, how coarsely use is marked"
            )
        if self._signs_what_nobody_accepts():
            problems.append(
                "SESSION_PUBLIC_KEYS must hold the public half of the first of SESSION_SIGNING_KEYS"
            )
        if self._reuses_a_key():
            problems.append(f"{', '.join(name.upper() for name in _RINGS)} must not share a key")
        return problems + [
            f"{name.upper()} must be at least 1" for name in _COUNTS if getattr(self, name) < 1
        ]

    def _unverified_redis(self) -> list[str]:
        url = self.redis_url.reveal()
        problems: list[str] = []
        if not url.startswith("rediss://"):
            problems.append("REDIS_URL must begin with rediss:// outside the local profile")
        query = parse_qs(urlsplit(url).query, keep_blank_values=True)  # as the client reads it
        weakened = [name for name in ("ssl_cert_reqs", "ssl_check_hostname") if name in query]
        return problems + [f"REDIS_URL must not set {name} outside the local profile" for name in weakened]

    def _signs_what_nobody_accepts(self) -> bool:
        private = Ed25519PrivateKey.from_private_bytes(self.session_signing_keys.current_key)
        accepted = self.session_public_keys.keys.get(self.session_signing_keys.current)
        return accepted != private.public_key().public_bytes_raw()

    def _reuses_a_key(self) -> bool:
        rings: list[KeyRing] = [getattr(self, name) for name in _RINGS]
        return len({key for ring in rings for key in ring.keys.values()}) < sum(
            len(ring.keys) for ring in rings
        )


# The public ones too: a secret key that equals one of them is no secret.
_RINGS = (
    "field_encryption_keys",
    "blind_index_keys",
    "code_peppers",
    "cookie_signing_keys",
    "notifier_keys",
    "auth_otp_keys",
    "dead_letter_keys",
    "session_signing_keys",
    "session_public_keys",
)
# A limit of zero would either lock everybody out or, misread, let everybody in.
_COUNTS = (
    "code_life_seconds",
    "code_tries",
    "challenges_per_address",
    "repeated_post_seconds",
    "send_spacing_seconds",
    "sends_per_hour",
    "sends_per_day",
    "source_sends_per_hour",
    "source_verifies_per_minute",
    "shared_mail_every_seconds",
    "shared_text_every_seconds",
    "wrong_codes_per_day",
    "known_browser_wrong_codes_per_day",
    "wrong_longer_codes_per_day",
    "spray_wrong_codes",
    "known_browsers",
    "known_browser_days",
    "guarded_seconds",
    "passkey_challenge_seconds",
    "passkey_proof_seconds",
    "contact_passkeys",
    "confirmed_seconds",
    "session_life_seconds",
    "remembered_session_life_seconds",
    "account_choice_life_seconds",
    "browser_sessions",
    "contact_sessions",
    "browser_challenges",
    "sms_per_day",
    "sms_per_calling_code_per_day",
    "sms_overall_per_day",
)
