"""What a paper's file is called, in a mailbox and in a folder of a bookkeeper. It loads no words.

In Japan day, party and amount are what the law on books kept electronically (電子帳簿保存法) wants to be
searchable, and a regular file name is one way it accepts.
"""

import re
from typing import Final
from zoneinfo import ZoneInfo

from servicehub_events.money import to_decimal

from papers.values import CreditNotePaper, InvoicePaper, ReceiptPaper, RefundPaper, StatementPaper

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]+')
_LONGEST_NAME: Final = 40  # characters of the business's name: the whole is a line of a file list


def receipt_file_name(paper: ReceiptPaper) -> str:
    """`Receipt R-000318, Sparkle Home, 2026-11-20.pdf`; `20261120_ひかり清掃_11850_領収書R-000318.pdf`."""
    payment = paper.payment
    day = payment.occurred_at.astimezone(ZoneInfo(paper.business.time_zone)).date()
    name = paper.business.name[:_LONGEST_NAME]
    if paper.locale == "ja":
        amount = to_decimal(payment.charged, payment.currency)
        whole = f"{day:%Y%m%d}_{name}_{amount}_領収書{paper.number}"
    else:
        whole = f"Receipt {paper.number}, {name}, {day.isoformat()}"
    return _safe(whole)


def refund_file_name(paper: RefundPaper) -> str:
    """`Credit note CN-41, Sparkle Home, 2026-11-25.pdf`; `20261125_ひかり清掃_500_返金明細書CN-41.pdf`."""
    refund, name = paper.refund, paper.business.name[:_LONGEST_NAME]
    note, day = refund.note, refund.at.astimezone(ZoneInfo(paper.business.time_zone)).date()
    number, lowers = (note.number, bool(note.lowered)) if note else ("", False)
    if paper.locale == "ja":
        amount = to_decimal(refund.amount, paper.payment.currency)
        return _safe(f"{day:%Y%m%d}_{name}_{amount}_{'返金明細書' if lowers else '過入金の返金'}{number}")
    return _safe(f"{'Credit note' if lowers else 'Refund'} {number}, {name}, {day.isoformat()}")


def invoice_file_name(paper: InvoicePaper) -> str:
    """`Invoice 1047, Sparkle Home, 2026-11-12.pdf`; `20261112_ひかり清掃_52760_請求書1047.pdf`."""
    invoice, name = paper.invoice, paper.business.name[:_LONGEST_NAME]
    if paper.locale == "ja":
        amount = to_decimal(invoice.total, invoice.currency)
        return _safe(f"{invoice.issued_on:%Y%m%d}_{name}_{amount}_請求書{invoice.number}")
    return _safe(f"Invoice {invoice.number}, {name}, {invoice.issued_on.isoformat()}")


def credit_note_file_name(paper: CreditNotePaper) -> str:
    """`Credit note CN-41, Sparkle Home, 2026-12-15.pdf`; `20261215_ひかり清掃_8800_返金明細書CN-41.pdf`."""
    name = paper.business.name[:_LONGEST_NAME]
    note = next(note for note in paper.invoice.credit_notes if note.number == paper.number)
    if paper.locale == "ja":
        amount = to_decimal(note.total, paper.invoice.currency)
        return _safe(f"{note.issued_on:%Y%m%d}_{name}_{amount}_返金明細書{note.number}")
    return _safe(f"Credit note {note.number}, {name}, {note.issued_on.isoformat()}")


def statement_file_name(paper: StatementPaper, ending: str = "pdf") -> str:
    """`Statement 2026-10-01 to 2026-11-30, Sparkle Home.pdf`; `20261001-20261130_ひかり清掃_お取引明細書`."""
    name = paper.business.name[:_LONGEST_NAME]
    if paper.locale == "ja":
        return _safe(f"{paper.first:%Y%m%d}-{paper.last:%Y%m%d}_{name}_お取引明細書", ending)
    return _safe(f"Statement {paper.first.isoformat()} to {paper.last.isoformat()}, {name}", ending)


def _safe(name: str, ending: str = "pdf") -> str:
    return f"{_FORBIDDEN.sub(' ', name).strip(' .')}.{ending}"
