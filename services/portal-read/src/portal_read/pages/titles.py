"""What an invoice is called in a list: the service, and the days on which it was rendered."""

import re
from collections.abc import Iterator
from datetime import date

from servicehub_events import Invoice

from portal_read.pages.language import Language


def title_of(language: Language, invoice: Invoice) -> str:
    """Window cleaning, October 30: the first line's words, and its day unless they say it themselves."""
    if not invoice.lines:
        return language.words.gettext("Invoice {number}", number=invoice.number)
    title, others = invoice.lines[0].description, len(invoice.lines) - 1
    days = service_days(invoice)
    named = not days or any(_says(title, day) for day in days)
    if others:
        title = language.words.ngettext(
            "{item} and {n} more item", "{item} and {n} more items", others, item=title
        )
    if named:
        return title
    return language.words.gettext("{service}, {day}", service=title, day=_days(language, days))


def says_its_day(invoice: Invoice) -> bool:
    """Whether the title of the invoice tells it from the same service on another day."""
    days = service_days(invoice)
    return bool(days) or (bool(invoice.lines) and re.search(r"\d", invoice.lines[0].description) is not None)


def service_days(invoice: Invoice) -> list[date]:
    """Every day that the invoice or one of its lines names as a day of service."""
    return sorted({day for day in _stated(invoice) if day})


def _stated(invoice: Invoice) -> Iterator[date | None]:
    yield from (invoice.service_on, invoice.service_until)
    for line in invoice.lines:
        yield from (line.service_on, line.service_until)


def _says(text: str, day: date) -> bool:
    return re.search(rf"(?<!\d)0?{day.day}(?!\d)", text) is not None


def _days(language: Language, days: list[date]) -> str:
    """One day by its full name, two or three by short ones; of more the first and the last."""
    show, today = language.format, language.today
    if len(days) == 1:
        return show.month_day(days[0]) if days[0].year == today.year else show.full(days[0])
    if len(days) <= 3:
        return show.names([show.in_year(day, today) for day in days])
    return f"{show.in_year(days[0], today)}{'〜' if show.japanese else ' – '}{show.in_year(days[-1], today)}"
