"""Whether a visit or an invoice is what somebody looks for: every word they typed is in it somewhere."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

from chassis.words.visit_time import VisitTime
from servicehub_events import Appointment, Invoice

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.site_labels import site_label

_GROUPING: Final = re.compile(r"(?<=\d),(?=\d{3})")


def holds(texts: Iterable[str | None], words: str) -> bool:
    """Whether each word is in one of the texts; a number only as a whole, so that 3 does not find 13."""
    text = "\n".join(_folded(text) for text in texts if text)
    return all(_finds(word, text) for word in _folded(words).split())


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u00a0", " ")
    return _GROUPING.sub("", plain)


def _finds(word: str, text: str) -> bool:
    first, last = (r"(?<!\d)" if word[0].isdigit() else ""), (r"(?!\d)" if word[-1].isdigit() else "")
    return re.search(f"{first}{re.escape(word)}{last}", text) is not None


def appointment_texts(ctx: PageContext, language: Language, appointment: Appointment) -> list[str | None]:
    """What a visit can be found by: service, people, place, job, order number and day."""
    site, job = appointment.site, appointment.job
    return [
        appointment.service.name,
        *(person.name for person in appointment.staff),
        site_label(ctx, site),
        site.address if site else None,
        job.name if job else None,
        appointment.purchase_order,
        *_day_texts(language, VisitTime.of(appointment.window).first_day),
    ]


def invoice_texts(ctx: PageContext, language: Language, invoice: Invoice) -> list[str | None]:
    """What an invoice can be found by: number, lines, place, order number, amount and days."""
    days = {
        invoice.issued_on,
        invoice.due_on,
        invoice.service_on,
        *(line.service_on for line in invoice.lines),
    }
    return [
        invoice.number,
        *(line.description for line in invoice.lines),
        site_label(ctx, invoice.site),
        invoice.purchase_order,
        language.format.money(invoice.total, invoice.currency),
        *(text for day in days if day for text in _day_texts(language, day)),
    ]


def _day_texts(language: Language, day: date) -> list[str | None]:
    """A day in the ways in which people type one: November 3, Nov 3, 11/3, 2026-11-03."""
    show = language.format
    return [show.full_with_weekday(day), show.short(day), f"{day.month}/{day.day}", day.isoformat()]
