"""News as mails: a visit, an invoice, a receipt. Pure: the same input gives the same bytes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chassis.words.display import card_brand
from chassis.words.formats import Formatter, locale_of, whole
from servicehub_events import Business, Method

from notifier.messages.brand import Brand, brand_of, one_line
from notifier.messages.mail import MailText
from notifier.messages.templates import render
from notifier.news.subjects import Bill, Paid, Visit


@dataclass(frozen=True, slots=True)
class Scene:
    """In whose name a mail is written, how things are written in it, and where its links lead."""

    brand: Brand
    locale: str
    formatter: Formatter
    root: str

    @classmethod
    def of(cls, business: Business, locale: str, public_origin: str) -> Self:
        """`locale` is one of ours; links go to the portal of the business and carry no token."""
        return cls(
            brand=brand_of(business, public_origin),
            locale=locale,
            formatter=Formatter(locale_of(locale, business.country), ZoneInfo(business.time_zone)),
            root=f"{public_origin}/portal/{business.slug}",
        )

    def link(self, *path: str) -> str:
        """The address of a page of the portal."""
        return "/".join((self.root, *(quote(part, safe="") for part in path)))


def visit_mail(kind: str, scene: Scene, visit_id: str, visit: Visit) -> MailText:
    """A visit was booked, moved or called off; times are those of its own zone."""
    zone, formatter = ZoneInfo(visit.time_zone), scene.formatter

    def day(start: datetime) -> str:
        return formatter.full_with_weekday(start.astimezone(zone).date())

    def window(start: datetime, end: datetime) -> str:
        return whole(formatter.window(start, end, zone))

    former = None
    if kind == "visit_changed" and visit.former_start and visit.former_end:
        former = {"day": day(visit.former_start), "window": window(visit.former_start, visit.former_end)}
    return _mail(
        kind,
        scene,
        url=scene.link("appointments", visit_id),
        short_day=formatter.short_with_weekday(visit.start.astimezone(zone).date()),
        day=day(visit.start),
        window=window(visit.start, visit.end),
        former=former,
        service=one_line(visit.service),
        site=one_line(visit.site) if visit.site else None,
    )


def invoice_mail(scene: Scene, invoice_id: str, bill: Bill) -> MailText:
    """An invoice was issued."""
    money, day = scene.formatter.money, scene.formatter.full_with_weekday
    deposit = None
    if bill.deposit and bill.deposit_due_on:
        deposit = {"amount": money(bill.deposit, bill.currency), "day": day(bill.deposit_due_on)}
    return _mail(
        "invoice_issued",
        scene,
        url=scene.link("invoices", invoice_id),
        number=one_line(bill.number),
        total=money(bill.total, bill.currency),
        due=money(bill.amount_due, bill.currency) if bill.amount_due else None,
        due_day=day(bill.due_on),
        deposit=deposit,
    )


def receipt_mail(scene: Scene, payment_id: str, paid: Paid, numbers: list[str]) -> MailText:
    """Money was received, for the invoices of these numbers. The day is that of the business."""
    method = paid.method or Method(type="other")
    network = card_brand(method.brand)
    paid_by = render(
        scene.locale, "receipt", "method.txt", method=method.type, network=network, last4=method.last4
    )
    return _mail(
        "receipt",
        scene,
        url=scene.link("result", payment_id),
        amount=scene.formatter.money(paid.amount, paid.currency),
        day=scene.formatter.full_with_weekday(paid.at.astimezone(scene.formatter.zone).date()),
        paid_by=paid_by.strip(),
        numbers=[one_line(number) for number in numbers],
    )


def _mail(kind: str, scene: Scene, **values: object) -> MailText:
    given = {"brand": scene.brand, **values}
    return MailText(
        subject=one_line(render(scene.locale, kind, "subject.txt", **given), longest=160),
        text=render(scene.locale, kind, "body.txt", **given).strip() + "\n",
        html=render(scene.locale, kind, "body.html", **given) + "\n",
    )
