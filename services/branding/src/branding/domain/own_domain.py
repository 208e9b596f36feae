"""A business's own domain: which names can be one, and when it counts as shown to be the business's. Pure."""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal

import idna
from publicsuffixlist import PublicSuffixList
from servicehub_events import DomainCheck

Status = Literal["pending", "verified", "failed"]

_LONGEST: Final = 180
_RECORD: Final = "_servicehub-portal"
_PROOF: Final = "servicehub-portal="


def read_domain(text: str) -> str:
    """The domain as DNS and browsers write it (UTS 46). Raises ValueError, which says what is right."""
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        pass
    else:
        raise ValueError("must be a name, not an IP address")
    try:
        name = idna.encode(text, uts46=True, std3_rules=True).decode().lower()
    except idna.IDNAError:
        raise ValueError("must be a domain such as portal.example.com, without https:// and path") from None
    if "." not in name or name.endswith(".") or len(name) > _LONGEST:
        raise ValueError(
            f"must be a whole domain such as portal.example.com, of at most {_LONGEST} characters"
        )
    if name.rpartition(".")[2].isdecimal():
        raise ValueError("must be a name, not an IP address")
    if _public_suffixes().privatesuffix(name) is None:
        raise ValueError(f"must be a domain of the business's own: under {name} many register theirs")
    return name


def is_of_platform(domain: str, host: str) -> bool:
    """Whether a domain is the platform's host or lies below it. What lies below `localhost` is anybody's."""
    return domain == host or ("." in host and domain.endswith(f".{host}"))


def record_of(domain: str) -> str:
    """The name of the TXT record in which a domain shows whose it is."""
    return f"{_RECORD}.{domain}"


def new_check(domain: str, proof: str) -> DomainCheck:
    """What a domain has to show from now on; `proof` is unguessable, and of this business alone."""
    return DomainCheck(status="pending", record=record_of(domain), value=f"{_PROOF}{proof}")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a domain stands, and since when its record is missing; None while it was there at the last look."""

    status: Status
    failing_since: datetime | None

    def after(self, shown: bool | None, now: datetime, grace: timedelta) -> "Standing":
        """How it stands after a look at its record. Without an answer (None) it stays: nothing is known."""
        if shown is None:
            return self
        if shown:
            return Standing("verified", None)
        since = self.failing_since or now
        lost = now - since >= grace
        return replace(self, status="failed" if lost else self.status, failing_since=since)


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()
