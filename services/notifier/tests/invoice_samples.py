"""An invoice as each kind of message finds it, on November 21 in Japan: ¥14,850 for regular cleaning."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec.structs import replace
from notifier.domain.asking import InvoiceBalance
from notifier.domain.facts import CreditNoteFacts, InvoiceFacts
from notifier.domain.kinds import InvoiceKind
from notifier.messages.invoices import InvoiceNews

TODAY: Final = date(2026, 11, 21)
NOTE: Final = CreditNoteFacts(note_id="cn-1", number="CN-7", total=2200, issued_on=TODAY)
ISSUED: Final = InvoiceFacts(
    number="1052",
    status="open",
    total=14850,
    amount_due=14850,
    currency="JPY",
    due_on=date(2026, 11, 28),
    lines=("定期清掃",),
    line_count=1,
    content="a",
    service_on=date(2026, 11, 22),
    received=0,
    announced=True,
)
WITH_DEPOSIT: Final = replace(ISSUED, deposit=5000, deposit_due_on=date(2026, 11, 24))
LOWERED: Final = replace(ISSUED, total=12650, amount_due=12650, content="b")
VOID: Final = replace(ISSUED, status="void", amount_due=0, kept=8000, replaced_by="1060")
OPEN: Final = InvoiceBalance(left=14850)

NEWS: Final[Mapping[InvoiceKind, InvoiceNews]] = {
    "invoice_issued": InvoiceNews("invoice_issued", "in-1", ISSUED, OPEN, None, None, TODAY),
    "deposit_asked": InvoiceNews(
        "deposit_asked", "in-1", WITH_DEPOSIT, InvoiceBalance(left=14850, deposit=5000), None, None, TODAY
    ),
    "invoice_changed": InvoiceNews(
        "invoice_changed", "in-1", LOWERED, InvoiceBalance(left=12650), ISSUED, None, TODAY
    ),
    "invoice_voided": InvoiceNews(
        "invoice_voided", "in-1", VOID, InvoiceBalance(left=0, kept=8000), ISSUED, None, TODAY
    ),
    "credit_note": InvoiceNews(
        "credit_note",
        "in-1",
        replace(ISSUED, credit_notes=(NOTE,), amount_due=0),
        InvoiceBalance(left=0),
        ISSUED,
        NOTE,
        TODAY,
    ),
}
