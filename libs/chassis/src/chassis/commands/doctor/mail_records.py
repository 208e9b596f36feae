"""The records that the domain of MAIL_FROM needs so that other mail servers believe it: SPF, DMARC, MX.

DKIM's record is named by a selector that the mail server alone knows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final

import dns.asyncresolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer

from chassis.commands.doctor.finding import Finding, ok, unknown, wrong

_SECONDS: Final = 5.0
_GUIDE: Final = 'see "Who sends" in docs/operating.md'

Ask = Callable[[str, str], Awaitable[list[str] | None]]
"""The records of a name and type; none where there are none, None where no resolver answers."""


async def ask_dns(name: str, kind: str) -> list[str] | None:
    """What the resolvers of this machine answer."""
    try:
        answer = await dns.asyncresolver.resolve(name, kind, lifetime=_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError):
        return None
    return [str(record).replace('" "', "").strip('"') for record in answer]


async def look(environ: Mapping[str, str], ask: Ask = ask_dns) -> AsyncIterator[Finding]:
    """One finding for each record, of an installation that names who mails come from."""
    domain = environ.get("MAIL_FROM", "").rpartition("@")[2].lower()
    if not domain or environ.get("PORTAL_PROFILE") == "local":
        return
    spf = await ask(domain, "TXT")
    yield _one("SPF", domain, spf, "v=spf1", "say there which servers send for it")
    dmarc = await ask(f"_dmarc.{domain}", "TXT")
    if dmarc == [] and domain.count(".") > 1:  # a parent's holds for it (RFC 7489, 6.6.3)
        dmarc = await ask(f"_dmarc.{domain.partition('.')[2]}", "TXT")
    yield _one("DMARC", f"_dmarc.{domain}", dmarc, "v=dmarc1", "large providers refuse mail without it")
    mx = await ask(domain, "MX")
    yield _one("MX", domain, mx, "", "some refuse senders that nobody can answer")


def _one(check: str, name: str, records: list[str] | None, begin: str, why: str) -> Finding:
    """Of SPF and DMARC there must be one record: with two, servers go by none."""
    if records is None:
        return unknown(check, f"no resolver answers for {name}")
    found = [record for record in records if record.lower().startswith(begin)]
    if not found:
        return wrong(check, f"{name} has no such record", f"{why}: {_GUIDE}")
    if begin and len(found) > 1:
        return wrong(check, f"{name} has {len(found)} such records", f"leave one: {_GUIDE}")
    return ok(check, f"{name}: {found[0]}")
