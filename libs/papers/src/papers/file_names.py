"""What a paper's file is called, in a mailbox and in a folder of a bookkeeper. It loads no words.

In Japan day, party and amount are what the law on books kept electronically (電子帳簿保存法) wants to be
searchable, and a regular file name is one way it accepts.
"""

import re
from typing import Final
from zoneinfo import ZoneInfo

from servicehub_events.money import to_decimal

from papers.values import InvoicePaper, ReceiptPaper, StatementPaper

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]+')
_LONGEST_NAME: Final = 40  # characters of the business's name: the whole is a line of a file list


def receipt_file_name(paper: ReceiptPaper) -> str:
    """`Receipt R-000318, Sparkle Home, 2026-11-20.pdf`; `20261120_ひかり清掃_11850_領収書R-000318.pdf`."""
    payment = paper.payment
    day = payment.occurred_at.astimezone(ZoneInfo(paper.business.time_zone)).date()
    name = paper.business.name[:_LONGEST_NAME]
    if paper.locale == "ja":
        amount = to_decimal(payment.amount, payment.currency)
        whole = f"{day:%Y%m%d}_{name}_{amount}_領収書{paper.number}"
    else:
        whole = f"Receipt {paper.number}, {name}, {day.isoformat()}"
    return _safe(whole)


def invoice_file_name(paper: InvoicePaper) -> str:
    """`Invoice 1047, Sparkle Home, 2026-11-12.pdf`; `20261112_ひかり清掃_52760_請求書1047.pdf`."""
    invoice, name = paper.invoice, paper.business.name[:_LONGEST_NAME]
    if paper.locale == "ja":
        amount = to_decimal(invoice.total, invoice.currency)
        return _safe(f"{invoice.issued_on:%Y%m%d}_{name}_{amount}_請求書{invoice.number}")
    return _safe(f"Invoice {invoice.number}, {name}, {invoice.issued_on.isoformat()}")


def statement_file_name(paper: StatementPaper, ending: str = "pdf") -> str:
    """`Statement 2026-10-01 to 2026-11-30, Sparkle Home.pdf`; `20261001-20261130_ひかり清掃_お取引明細書`."""
    name = paper.business.name[:_LONGEST_NAME]
    if paper.locale == "ja":
        return _safe(f"{paper.first:%Y%m%d}-{paper.last:%Y%m%d}_{name}_お取引明細書", ending)
    return _safe(f"Statement {paper.first.isoformat()} to {paper.last.isoformat()}, {name}", ending)


def _safe(name: str, ending: str = "pdf") -> str:
    return f"{_FORBIDDEN.sub(' ', name).strip(' .')}.{ending}"
