"""What a contact is told of an invoice: what differs from what the contact was told of it last. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Literal

from servicehub_events import Event, InvoiceIssued, InvoiceRevised, InvoiceVoided

from notifier.domain.asking import InvoiceBalance
from notifier.domain.facts import CreditNoteFacts, Facts, InvoiceFacts
from notifier.domain.kinds import InvoiceKind

REPLACED_BY_NEWER: Final[Sequence[InvoiceKind]] = (
    "invoice_issued",
    "deposit_asked",
    "invoice_changed",
    "invoice_voided",
)
"""Of an invoice the newest of these takes the place of one that has not left; a credit note is a paper."""

InvoiceNotice = tuple[InvoiceKind, str]
"""A kind, and the credit note that it is about: empty for what is about the invoice."""

Change = Literal["total", "due", "received", "content"]


def notices_of_invoice(event: Event, facts: InvoiceFacts, former: Facts | None) -> Sequence[InvoiceNotice]:
    """What an event of an invoice may tell, `former` being what was known before it."""
    known = former if isinstance(former, InvoiceFacts) else None
    match event:
        case InvoiceIssued():
            return [("invoice_issued", "")]
        case InvoiceVoided():
            return [("invoice_voided", "")]
        case InvoiceRevised():
            return list(_revised(facts, known))
        case _:
            return []


def _revised(facts: InvoiceFacts, former: InvoiceFacts | None) -> Iterator[InvoiceNotice]:
    if former is None or changes(former, facts):
        yield "invoice_changed", ""
    known = {note.note_id for note in former.credit_notes} if former else set[str]()
    if former and former.content is not None:  # else it is unknown which are new
        for note in facts.credit_notes:
            if note.note_id not in known:
                yield "credit_note", note.note_id


def kind_to_tell(
    told: InvoiceFacts | None, facts: InvoiceFacts, balance: InvoiceBalance, today: date
) -> InvoiceKind | None:
    """As what an invoice is told to a contact who was `told` so of it last; None for no news.

    Whoever was told nothing hears of one whose issue was news, and of no other.
    """
    if facts.status == "void":
        return "invoice_voided" if told and told.status != "void" else None
    if facts.status != "open":
        return None
    asks_deposit = _asks_deposit(facts, balance, today)
    if told is None:
        if not (facts.announced and balance.left):
            return None
        return "deposit_asked" if asks_deposit else "invoice_issued"
    if not changes(told, facts):
        return None
    return "deposit_asked" if asks_deposit and not told.deposit else "invoice_changed"


def _asks_deposit(facts: InvoiceFacts, balance: InvoiceBalance, today: date) -> bool:
    in_time = facts.deposit_due_on is not None and today <= facts.deposit_due_on
    return bool(balance.deposit) and in_time and balance.asked_for > 0


def changes(told: InvoiceFacts, facts: InvoiceFacts) -> Sequence[Change]:
    """What differs, most telling first. What credit notes lower has a message of its own."""
    differs: Mapping[Change, bool] = {
        "total": told.total != facts.total,
        "due": told.due_on != facts.due_on,
        "received": _differ(told.received, facts.received),
        "content": _differ(told.content, facts.content)
        or told.status != facts.status
        or (told.received == facts.received and _deposit(told) != _deposit(facts)),
    }
    return [change for change, does in differs.items() if does]


def _differ(told: object, now: object) -> bool:
    """Facts from before a field was kept differ in it from nothing."""
    return told is not None and now is not None and told != now


def _deposit(facts: InvoiceFacts) -> tuple[int | None, date | None]:
    return facts.deposit, facts.deposit_due_on


def new_credit_note(
    note_id: str, facts: InvoiceFacts, refunded_on: Collection[date]
) -> CreditNoteFacts | None:
    """The credit note, if it stands. Where money went back on its day, the refund tells it."""
    note = next((note for note in facts.credit_notes if note.note_id == note_id), None)
    return None if note is None or note.issued_on in refunded_on or facts.status == "void" else note
