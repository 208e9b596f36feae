"""How the invoices of a payment stand, from the facts that are stored of them and of other payments."""

from collections.abc import Sequence

from chassis.database import Transaction

from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import Facts, PaymentFacts
from notifier.domain.invoice_standing import InvoiceStanding, standings_of
from notifier.store import notifications


async def list_standings(
    tx: Transaction, customer_id: str, subject_id: str, facts: Facts
) -> Sequence[InvoiceStanding]:
    """Those of a payment that are known, in its order, without it; those that autopay covers."""
    if not isinstance(facts, PaymentFacts | AutopayFacts):
        return ()
    known = await notifications.list_invoices(tx, facts.invoice_ids)
    captured = await notifications.list_payments(tx, customer_id, facts.invoice_ids, "captured")
    others = [other for payment_id, other in captured.items() if payment_id != subject_id]
    return standings_of({id_: known.get(id_) for id_ in facts.invoice_ids}, others)
