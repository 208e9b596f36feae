"""What `portal doctor` finds in billing's database alone: unusable accounts, and payments in doubt."""

from collections.abc import AsyncIterator

from chassis.commands.doctor.finding import Finding, ok, wrong
from chassis.database import Transaction

from billing.domain.account_standing import REMEDIES
from billing.store import account_checks, checkout_sessions


async def look(tx: Transaction) -> AsyncIterator[Finding]:
    """One finding for each business whose account cannot take payments, or one that all can."""
    unusable = await account_checks.list_unusable(tx)
    for checked in unusable:
        if checked.standing:
            says = f"{checked.account} of {checked.business_id} is {checked.standing}"
            yield wrong("payment account", says, REMEDIES[checked.standing])
    if not unusable:
        yield ok("payment accounts", "none is known to refuse payments")
    if checked := len(await checkout_sessions.list_checked(tx)):
        remedy = "`portal payments list` shows them: their invoices cannot be paid until somebody decides."
        yield wrong("payments", f"{checked} are being checked", remedy)
