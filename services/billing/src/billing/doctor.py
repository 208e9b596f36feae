"""What `portal doctor` finds in billing's database alone: accounts that nobody can pay into."""

from collections.abc import AsyncIterator

from chassis.commands.doctor.finding import Finding, ok, wrong
from chassis.database import Transaction

from billing.domain.account_standing import REMEDIES
from billing.store import account_checks


async def look(tx: Transaction) -> AsyncIterator[Finding]:
    """One finding for each business whose account cannot take payments, or one that all can."""
    unusable = await account_checks.list_unusable(tx)
    for checked in unusable:
        if checked.standing:
            says = f"{checked.account} of {checked.business_id} is {checked.standing}"
            yield wrong("payment account", says, REMEDIES[checked.standing])
    if not unusable:
        yield ok("payment accounts", "none is known to refuse payments")
