"""Whether a code leaves, to whom, in which language, and when again: asked off the request path. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from chassis.phones import why_no_text
from servicehub_events import Business

from auth_otp.domain.addresses import Address
from auth_otp.domain.code_lengths import LENGTHS
from auth_otp.domain.codes import derive_code
from auth_otp.domain.guarding import derive_token

DropReason = Literal[
    "late",
    "portal_off",
    "undecipherable",
    "unknown",
    "no_text",
    "guarded",
    "pepper_retired",
    "text_limit",
]
Answer = Literal["accepted", "expired", "malformed", "unauthorised", "unavailable"]
"""What the notifier says to a code; `unavailable` also when it says nothing in time."""

_FINAL: Final[Collection[Answer]] = ("accepted", "expired", "malformed")
_FIRST_WAIT: Final = timedelta(seconds=0.5)
_LONGEST_WAIT: Final = timedelta(seconds=10)


class CodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A code that somebody asked for, claimed for the `tries`th time.

    `challenge_id` is what the code is of: a challenge, or the browsers that share it. `requested_at` is when
    it was to leave, `locale` that of their page, `now` the database's time. `known_browser`: whoever asked
    proved the address before. With `guarded_until` no code is sent: the address is told that it is guarded;
    nor with `passkey_added_at`: it is told that a passkey was added.
    """

    business_id: str
    challenge_id: str
    send_number: int
    code_number: int
    digits: int
    pepper: str
    address_cipher: bytes
    known_browser: bool
    locale: str | None
    expires_at: datetime
    requested_at: datetime
    tries: int
    traceparent: str | None
    now: datetime
    guarded_until: datetime | None = None
    passkey_added_at: datetime | None = None

    @property
    def is_news(self) -> bool:
        """Whether the address is told something, and sent no code."""
        return bool(self.guarded_until or self.passkey_added_at)


@dataclass(frozen=True, slots=True)
class SendCode:
    """The request's code goes to this address, a longer one with the token of its link "it was not me".

    Of news `code` is "".
    """

    request: CodeRequest
    address: Address = field(repr=False)
    code: str = field(repr=False)
    locale: str
    guard_token: str = field(default="", repr=False)

    @property
    def counts_as_text(self) -> bool:
        """Whether the limits of the day are asked: once a text, however often it is handed over."""
        return self.address.channel == "sms" and self.request.tries == 1


@dataclass(frozen=True, slots=True)
class Drop:
    """No code goes out. The reason is a word for metrics; nobody outside learns of it."""

    reason: DropReason


def decide_sending(
    request: CodeRequest,
    business: Business | None,
    address: Address | None,
    contact_locale: str | None,
    *,
    pepper: bytes | None,
    sms_countries: Collection[str],
    guarded: bool = False,
) -> SendCode | Drop:
    """Send a code to an address that somebody may sign in with, while it is good.

    `contact_locale` is that person's language, "" without one; None when the address is nobody's. While it is
    `guarded`, only browsers that proved it before are sent codes.
    """
    if request.expires_at <= request.now:
        return Drop("late")
    if business is None or not business.enabled:
        return Drop("portal_off")
    if address is None:
        return Drop("undecipherable")
    if contact_locale is None:
        return Drop("unknown")
    if address.channel == "sms" and why_no_text(address.value, {business.country, *sms_countries}):
        return Drop("no_text")
    locale = contact_locale or request.locale or business.default_locale
    if request.is_news:
        return SendCode(request, address, "", locale)
    if guarded and not request.known_browser:
        return Drop("guarded")
    if pepper is None:
        return Drop("pepper_retired")
    code = derive_code(pepper, request.challenge_id, request.code_number, request.digits)
    longer = request.digits > LENGTHS[0]
    token = derive_token(pepper, request.challenge_id, request.code_number) if longer else ""
    return SendCode(request, address, code, locale, token)


def decide_wait(answer: Answer, tries: int) -> timedelta | None:
    """How long to wait before a code is handed over again; None when the answer settles its request."""
    if answer in _FINAL:
        return None
    return min(_FIRST_WAIT * 2 ** min(tries - 1, 16), _LONGEST_WAIT)
