"""How invoices stand, and what is asked for of them, from the facts stored of them, payments and autopay."""

from collections.abc import Mapping, Sequence

from chassis.database import Transaction

from notifier.domain.asking import InvoiceBalance, balance_of
from notifier.domain.autopay_facts import AutopayFacts
from notifier.domain.facts import Facts, InvoiceFacts, PaymentFacts
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


async def list_balances(
    tx: Transaction, customer_id: str, facts: Mapping[str, Facts]
) -> Mapping[str, InvoiceBalance]:
    """How a customer's invoices stand with the payments of them that are known, by id."""
    invoices = {id_: one for id_, one in facts.items() if isinstance(one, InvoiceFacts)}
    if not invoices:
        return {}
    payments = list((await notifications.list_payments(tx, customer_id, list(invoices))).values())
    autopay = await notifications.find_autopay(tx, customer_id)
    return {id_: balance_of(id_, invoice, payments, autopay) for id_, invoice in invoices.items()}


async def list_asked(tx: Transaction, customer_id: str, facts: Mapping[str, Facts]) -> Mapping[str, int]:
    """What is asked for of a customer's invoices, by id, in minor units; 0 where nobody is asked."""
    balances = await list_balances(tx, customer_id, facts)
    return {id_: balance.asked_for for id_, balance in balances.items()}
