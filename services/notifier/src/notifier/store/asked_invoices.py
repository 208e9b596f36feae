"""What is asked for of invoices, from the facts that are stored of them, of payments and of autopay."""

from collections.abc import Mapping

from chassis.database import Transaction

from notifier.domain.asking import asked_for
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import Facts, InvoiceFacts
from notifier.store import notifications, reminders


async def list_asked(tx: Transaction, customer_id: str, facts: Mapping[str, Facts]) -> Mapping[str, int]:
    """What is asked for of a customer's invoices, by id, in minor units; 0 where nobody is asked."""
    invoices = {id_: one for id_, one in facts.items() if isinstance(one, InvoiceFacts)}
    if not invoices:
        return {}
    payments = await reminders.list_payments_of(tx, customer_id, list(invoices))
    source = await notifications.find_source(tx, "autopay", customer_id)
    autopay = source.facts if source and isinstance(source.facts, AutopayFacts) else None
    return {id_: asked_for(id_, invoice, payments, autopay) for id_, invoice in invoices.items()}
