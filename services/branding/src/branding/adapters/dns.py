"""TXT records, asked of the resolvers of the installation."""

from collections.abc import Sequence
from typing import Final

import dns.asyncresolver
import structlog
from dns.exception import DNSException
from dns.nameserver import Do53Nameserver
from dns.resolver import NXDOMAIN, YXDOMAIN, NoAnswer, NoNameservers

log = structlog.get_logger(__name__)
_NOT_THERE: Final = (NXDOMAIN, NoAnswer, NoNameservers, YXDOMAIN)
"""What the keepers of a domain answer, or that a resolver reached none of them (SERVFAIL)."""


class DnsTxtRecords:
    """Asks the resolvers given, by address and port, or those of the machine."""

    def __init__(self, resolvers: Sequence[tuple[str, int]], *, seconds: float = 10.0) -> None:
        self._resolvers = resolvers
        self._seconds = seconds

    async def holds(self, name: str, value: str) -> bool | None:
        """Whether a TXT record of this name holds the value; None when no resolver answers."""
        try:
            answer = await self._resolver().resolve(name, "TXT", lifetime=self._seconds)
        except _NOT_THERE:
            return False
        except (DNSException, OSError) as error:
            log.warning("domain.unknown", error=type(error).__name__)
            return None
        return any(b"".join(record.strings) == value.encode() for record in answer)

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Made for each question, so that a machine's new resolvers are asked without a restart."""
        resolver = dns.asyncresolver.Resolver(configure=not self._resolvers)
        if self._resolvers:
            resolver.nameservers = [Do53Nameserver(address, port) for address, port in self._resolvers]
        return resolver
