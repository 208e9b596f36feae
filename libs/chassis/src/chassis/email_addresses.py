"""The domain of an email address as every server takes it: in ASCII, by UTS 46 and IDNA 2008 (RFC 5891).

Sign-in and messages ask this one function, so that a code and a visit go to the same address.
"""

import idna


def ascii_domain(domain: str) -> str:
    """`bücher.example` as `xn--bcher-kva.example`, in lower case. Raises ValueError for what is no domain."""
    return idna.encode(domain, uts46=True).decode().lower()


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII; what stands before the @ stays. Raises ValueError."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"
