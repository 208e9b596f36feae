"""One run against one stack: its ledger, its databases, the wait until all is applied, and the verdict."""

import os
import secrets
import sys
from dataclasses import dataclass
from typing import Self

from local_stack.environment import Addresses
from portal_testing.stack import whole_log

from .calm import calm
from .commands import People
from .databases import Databases
from .judge import Judge
from .ledger import Ledger
from .mailbox import codes_by_address
from .processes import environment_of
from .verdict import (
    Verdict,
    judge_acknowledged,
    judge_branding,
    judge_dead_letters,
    judge_log,
    judge_mail,
    judge_positions,
    judge_rows,
    judge_sessions,
)

LONG = 10 if os.environ.get("CHAOS_LONG") else 1
"""How many times as long as with every other test."""


@dataclass
class Run:
    """One run against one stack."""

    addresses: Addresses
    ledger: Ledger
    databases: Databases
    people: People

    @classmethod
    def against(cls, addresses: Addresses) -> Self:
        """A run with a ledger of its own; `CHAOS_SEED` repeats one."""
        given = os.environ.get("CHAOS_SEED", "")
        ledger = Ledger(int(given) if given else secrets.randbelow(1_000_000))
        say(f"\nCHAOS_SEED={ledger.seed}")
        databases = Databases(addresses, environment_of(addresses, "auth-otp"))
        api_key = environment_of(addresses, "branding")["BRANDING_API_KEY"]
        return cls(addresses, ledger, databases, People(addresses, ledger, api_key))

    async def settled(self) -> None:
        """Wait until all is applied."""
        await calm(self.databases, self.addresses.kafka_bootstrap)

    async def judged(self, verdict: Verdict | None = None) -> Verdict:
        """Compare everything with the log and the ledger, and print it with what was found before."""
        verdict = verdict or Verdict()
        log = await whole_log.read_all(self.addresses.kafka_bootstrap)
        await judge_rows(verdict, Judge(log, self.ledger.poison), self.databases)
        judge_acknowledged(verdict, self.ledger, log)
        await judge_log(verdict, self.ledger, log, self.databases)
        await judge_positions(verdict, log, self.databases)
        await judge_dead_letters(verdict, self.ledger, self.databases)
        await judge_branding(verdict, self.ledger, self.databases)
        await judge_sessions(verdict, self.ledger, self.databases)
        mail = await codes_by_address(self.addresses.mailbox_url)
        await judge_mail(verdict, self.ledger, mail, self.databases)
        say(report(self.ledger, verdict))
        return verdict


def say(text: str) -> None:
    """Seen with `pytest -s`, and in the report of a failure."""
    sys.stdout.write(text + "\n")


def report(ledger: Ledger, verdict: Verdict) -> str:
    """The totals, a line each."""
    lines = {
        "seed": ledger.seed,
        "sent": f"{sum(ledger.sent.values())}  {dict(ledger.sent)}",
        "acknowledged": f"{ledger.acknowledged}, unanswered {dict(ledger.unanswered)}",
        "applied": f"{verdict.applied} by all readers together; {verdict.rows} rows are as the judge says",
        "set aside": verdict.set_aside,
        "missing": len(verdict.missing),
        "doubled effects": len(verdict.doubled),
        "repeated records": f"{verdict.log_repeats} (same event, harmless)",
        "repeated mails": verdict.mail_doubles,
        **{
            deed: f"{sum(struck.values())}  {dict(sorted(struck.items()))}"
            for deed, struck in ledger.strikes.items()
        },
    }
    return "\n".join(f"  {name:<17} {value}" for name, value in lines.items())
