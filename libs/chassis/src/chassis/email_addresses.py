"""Email addresses as every server takes them: the domain in ASCII, by UTS 46 and IDNA 2008 (RFC 5891).

Sign-in and messages ask this one place, so that a code and the news of a visit go to the same address.
"""

import re
from typing import Final

import idna

LONGEST_EMAIL: Final = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""
_LONGEST_LOCAL: Final = 64
# Wider than RFC 5321 on purpose: Japanese carriers gave out local parts with doubled and trailing dots.
_LOCAL: Final = re.compile(r"[^\s@\"<>(),:;\\\[\]]+")


def canonical_email(address: str) -> str:
    """The one form in which an address that people type is compared, the domain in lower case. Raises
    ValueError for one that nobody can have.
    """
    local, _, domain = ascii_address(address).rpartition("@")
    ends_well = "." in domain.strip(".") and not domain.endswith(".")
    if not (_LOCAL.fullmatch(local) and len(local) <= _LONGEST_LOCAL and ends_well):
        raise ValueError("no email address")
    if len(local) + 1 + len(domain) > LONGEST_EMAIL:
        raise ValueError("too long an email address")
    return f"{local}@{domain}"


def ascii_address(address: str) -> str:
    """`info@bücher.example` as `info@xn--bcher-kva.example`; what is before @ stays. Raises ValueError."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode().lower()}"
