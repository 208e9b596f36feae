"""What services hand each other through the browser: signed cookies and the language."""

import hashlib

from chassis.flash import SignedCookie
from chassis.keys import KeyRing

LANGUAGE_COOKIE = "lang"
"""Plain `en` or `ja`: the language chosen before sign-in."""


def flash(keys: KeyRing) -> SignedCookie:
    """`{"code": message code, "params": {…}, "typed": what was typed}`, shown once by the next page."""
    return SignedCookie(keys, "flash", max_age=300)


def challenge(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"id": challenge id, "shown": the address as typed}`: binds a challenge to the browser that asked."""
    return SignedCookie(keys, f"c-{_short(business_id)}", max_age=15 * 60)


def choice(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"id": choice id}`: who proved an address of several contacts, for five minutes."""
    return SignedCookie(keys, f"w-{_short(business_id)}", max_age=5 * 60)


def paying(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"payments": {payment id: [invoice ids]}}`: what this browser paid that the pages may not know yet."""
    return SignedCookie(keys, f"p-{_short(business_id)}", max_age=30 * 60)


def _short(business_id: str) -> str:
    return hashlib.sha256(business_id.encode()).hexdigest()[:12]
