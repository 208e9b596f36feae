"""The environment of this service."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

from chassis.settings import IntegrationKeys, ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What branding is told beyond what every service is.

    `INTEGRATION_KEYS` are those of the programs of ServiceHub that may call it. `DNS_RESOLVERS` are IP
    addresses, each with `:port` unless it is 53; without any, those of the machine are asked.
    A verified domain is looked at again every `DOMAIN_CHECK_SECONDS`, one that waits to be verified every
    `DOMAIN_PENDING_CHECK_SECONDS`; who has no record for `DOMAIN_GRACE_SECONDS` loses the domain.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "BRANDING_API_KEY": "INTEGRATION_KEYS",
        "SERVICEHUB_API_KEY": "INTEGRATION_KEYS",
    }

    integration_keys: IntegrationKeys
    """Hashes of the keys of ServiceHub's programs and what each opens, the same in branding and billing."""
    trusted_proxy_hops: int = 1
    """Proxies of the operator's in front; wrong keys are counted by the visitor's address."""
    dns_resolvers: tuple[str, ...] = ()
    """IP addresses of resolvers, comma-separated, with `:port` unless it is 53; the machine's if none."""
    domain_check_seconds: int = 3600
    """How often the record of a verified domain is looked for."""
    domain_pending_check_seconds: int = 60
    """How often that of a new domain is."""
    domain_grace_seconds: int = 72 * 3600
    """How long it may be missing before the domain is lost."""

    def problems(self) -> list[str]:
        """What is wrong beyond the types."""
        problems = super().problems()
        try:
            self.resolvers()
        except ValueError:
            problems.append("DNS_RESOLVERS must be IP addresses such as 10.0.0.10 or [fd00::10]:53")
        if not 0 < self.domain_check_seconds <= self.domain_grace_seconds:
            problems.append("DOMAIN_CHECK_SECONDS must be 1 or more, and at most DOMAIN_GRACE_SECONDS")
        if self.domain_pending_check_seconds < 1:
            problems.append("DOMAIN_PENDING_CHECK_SECONDS must be 1 or more")
        return problems

    def resolvers(self) -> tuple[tuple[str, int], ...]:
        """Address and port of each resolver. Raises ValueError for one that is no address."""
        return tuple(map(_resolver, self.dns_resolvers))


def _resolver(text: str) -> tuple[str, int]:
    bare_ipv6 = text.count(":") > 1 and not text.startswith("[")
    parts = urlsplit(f"//[{text}]" if bare_ipv6 else f"//{text}")
    if parts.path or "@" in parts.netloc:
        raise ValueError(text)
    return str(ip_address(parts.hostname or "")), parts.port or 53
