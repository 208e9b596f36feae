"""Whether a code leaves, to whom, and in which language: asked off the request path. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from servicehub_events import Business

from auth_otp.domain.addresses import Address, phone_region
from auth_otp.domain.codes import derive_code

DropReason = Literal[
    "late", "portal_off", "undecipherable", "unknown", "country", "pepper_retired", "sms_cap"
]


class CodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A code that somebody asked for. `locale` is that of their page; `now` is the database's time."""

    business_id: str
    challenge_id: str
    send_number: int
    code_number: int
    pepper: str
    address_cipher: bytes
    locale: str | None
    expires_at: datetime
    traceparent: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class SendCode:
    """This code goes to this address."""

    address: Address
    code: str
    locale: str


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
) -> SendCode | Drop:
    """Send a code to an address that somebody may sign in with, while it is good.

    `contact_locale` is that person's language, "" without one; None when the address is nobody's.
    """
    if request.expires_at <= request.now:
        return Drop("late")
    if business is None or not business.enabled:
        return Drop("portal_off")
    if address is None:
        return Drop("undecipherable")
    if contact_locale is None:
        return Drop("unknown")
    if address.channel == "sms" and phone_region(address.value) not in {business.country, *sms_countries}:
        return Drop("country")
    if pepper is None:
        return Drop("pepper_retired")
    code = derive_code(pepper, request.challenge_id, request.code_number)
    return SendCode(address, code, contact_locale or request.locale or business.default_locale)
