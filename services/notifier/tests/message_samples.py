"""A sample of every kind of message, in a language of its reader: for the preview, and for tests.

`SAMPLES` has each kind once, under its name, or as `kind:variant` where it says quite different things.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_parts
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
from invoice_samples import NEWS
from msgspec.structs import replace
from notification_samples import appointment
from notifier.domain.autopay_facts import autopay_facts
from notifier.domain.delivery import PASSKEY_ADDED, SIGN_IN_CODE, SIGN_IN_GUARDED, AddressChange
from notifier.domain.facts import AppointmentFacts, source_of
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import (
    KINDS,
    RULES,
    AutopayKind,
    InvoiceKind,
    PaymentKind,
    ReminderKind,
    RequestKind,
    VisitKind,
)
from notifier.domain.request_facts import AnswerFacts, RequestFacts
from notifier.messages.access import access_email, access_sms, address_email, address_sms
from notifier.messages.autopay import AutopayNews, autopay_email, autopay_sms
from notifier.messages.email import EmailText
from notifier.messages.invoice_reminders import (
    InvoiceReminder,
    invoice_reminder_email,
    invoice_reminder_sms,
)
from notifier.messages.invoices import invoice_email, invoice_sms
from notifier.messages.notifications import receipt_email
from notifier.messages.passkey_added import passkey_email, passkey_sms
from notifier.messages.payments import payment_email, payment_sms
from notifier.messages.requests import RequestNews, request_email, request_sms
from notifier.messages.sign_in_code import code_email, code_sms
from notifier.messages.sign_in_guarded import guarded_email, guarded_sms
from notifier.messages.style import MessageStyle
from notifier.messages.visit_reminders import (
    RemindedVisit,
    VisitReminder,
    visit_reminder_email,
    visit_reminder_sms,
)
from notifier.messages.visits import visits_email, visits_sms
from payment_news import news_of
from reminder_news import VISIT, invoice_news
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEnRoute,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentScheduled,
    StaffAssigned,
    Support,
    Window,
)
from servicehub_events_tools.testing import samples
from visit_samples import visit_facts, visit_news

HOST: Final = "my.mail.example"
ORIGIN: Final = f"https://{HOST}"
AT: Final = datetime(2026, 11, 20, 1, 42, tzinfo=UTC)
LIFE: Final = timedelta(minutes=10)
HOUR: Final = timedelta(hours=1)
CODES: Final = (SIGN_IN_CODE, SIGN_IN_GUARDED, PASSKEY_ADDED)
"""Kinds that go to an address, and are in no table of notifications."""


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """A message as it is sent: `text` is the text message, empty for what goes by mail alone."""

    email: EmailText
    text: str = ""


Sample = Callable[[MessageStyle], WrittenMessage]


def style_of(locale: str, name: str = "") -> MessageStyle:
    """In the name of a business of the language's country; a sample that can be switched off says so."""
    kind = name.partition(":")[0]
    ends = any(each == kind and RULES[each].declinable for each in KINDS)
    stop_url = f"{ORIGIN}/portal/x/unsubscribe/key" if ends else ""
    called, slug = ("ひかり清掃", "hikari") if locale == "ja" else ("Sparkle Home", "sparkle-home")
    business = replace(
        samples.business(), name=called, slug=slug, support=Support(phone="+81300000142"), mail_logo_url=None
    )
    style = MessageStyle.of(business, locale, ORIGIN, lambda invoice_id: f"key-of-{invoice_id}")
    return with_parts(style, stop_url=stop_url)


def _visit(kind: VisitKind, cls: type[Appointment], **changes: object) -> Sample:
    news = visit_news(kind, visit_facts(cls, **changes))
    texted = RULES[kind].texts != "never"
    return lambda style: WrittenMessage(visits_email(style, news), visits_sms(style, news) if texted else "")


def _visit_reminder(count: int = 1, *, on_the_day: bool = False) -> Sample:
    """So many visits of one day, three hours apart: the day before, or two hours before the first."""
    start = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    begins = [start + 3 * n * HOUR for n in range(count)]
    visits = [
        RemindedVisit(f"ap-{n}", replace(VISIT, start=begin, end=begin + 2 * HOUR, time_zone="Asia/Tokyo"))
        for n, begin in enumerate(begins, 1)
    ]
    news = VisitReminder(visits, on_the_day, start - (2 if on_the_day else 24) * HOUR)
    return lambda style: WrittenMessage(visit_reminder_email(style, news), visit_reminder_sms(style, news))


def _invoice_reminder(kind: ReminderKind, news: InvoiceReminder) -> Sample:
    return lambda style: WrittenMessage(
        invoice_reminder_email(kind, style, news), invoice_reminder_sms(kind, style, news)
    )


def _invoice(kind: InvoiceKind) -> Sample:
    news = NEWS[kind]
    return lambda style: WrittenMessage(invoice_email(style, news), invoice_sms(style, news))


def _payment(kind: PaymentKind) -> Sample:
    news = news_of(kind)
    return lambda style: WrittenMessage(payment_email(kind, style, news), payment_sms(kind, style, news))


def _receipt(style: MessageStyle) -> WrittenMessage:
    news = news_of("receipt")
    mail = receipt_email(style, "pa-1", news.payment, ["1039"])
    return WrittenMessage(mail, payment_sms("receipt", style, news))


def _autopay(kind: AutopayKind) -> Sample:
    facts = autopay_facts(samples.autopay())
    tried = tuple(msgspec.structs.replace(charge, tries=1) for charge in facts.charges)
    unpaid = InvoiceStanding(invoice_id="in-1", number="1052", status="open", left=9500)
    news = AutopayNews(msgspec.structs.replace(facts, charges=tried), "in-1", [unpaid])
    return lambda style: WrittenMessage(autopay_email(kind, style, news), autopay_sms(kind, style, news))


def _code(code: str, link: str = "") -> Sample:
    return lambda style: WrittenMessage(
        code_email(style.locale, style.brand, code, LIFE, link),
        code_sms(style.locale, style.brand, code, HOST, link),
    )


def _guarded(style: MessageStyle) -> WrittenMessage:
    return WrittenMessage(guarded_email(style, AT), guarded_sms(style, AT))


def _passkey(style: MessageStyle) -> WrittenMessage:
    return WrittenMessage(passkey_email(style, AT), passkey_sms(style, AT))


def _request(kind: RequestKind, asked: str, outcome: str = "", words: str = "") -> Sample:
    start = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    source = source_of(appointment(window=Window(start=start, end=start + 2 * HOUR, time_zone="Asia/Tokyo")))
    visit = source.facts if source else None
    assert isinstance(visit, AppointmentFacts)
    request = RequestFacts(
        kind=asked,
        contact_id="co-1",
        sent_at=AT,
        withdrawn=kind == "request_withdrawn",
        appointment_id="ap-1",
        window_start=start,
        wishes=(date(2026, 11, 26), date(2026, 11, 27)) if asked in ("move", "book") else (),
    )
    answer = AnswerFacts(outcome=outcome, at=AT + HOUR, worded=bool(words)) if outcome else None
    news = RequestNews(kind, request, answer, visit, words, AT + 2 * HOUR)
    return lambda style: WrittenMessage(request_email(style, news), request_sms(style, news))


def _access(style: MessageStyle) -> WrittenMessage:
    return WrittenMessage(access_email(style, "hannah@mail.example"), access_sms(style))


def _address(*, is_old: bool, new: str) -> Sample:
    change = AddressChange("", is_old=is_old, new=new, at=AT)
    return lambda style: WrittenMessage(address_email(style, change), address_sms(style, change))


SAMPLES: Final[Mapping[str, Sample]] = {
    SIGN_IN_CODE: _code("042719"),
    f"{SIGN_IN_CODE}:long": _code("04271983", f"{ORIGIN}/n/Qm4xT9wKc2A"),
    SIGN_IN_GUARDED: _guarded,
    PASSKEY_ADDED: _passkey,
    "visit_confirmed": _visit("visit_confirmed", AppointmentScheduled),
    "visit_changed": _visit("visit_changed", AppointmentRescheduled),
    "visit_cancelled": _visit("visit_cancelled", AppointmentCancelled, status="cancelled"),
    "visits_changed": _visit("visits_changed", AppointmentRescheduled),
    "visit_missed": _visit("visit_missed", AppointmentMissed, status="missed"),
    "visit_on_its_way": _visit("visit_on_its_way", AppointmentEnRoute, status="en_route"),
    "visit_completed": _visit("visit_completed", AppointmentCompleted, status="completed"),
    "staff_changed": _visit("staff_changed", StaffAssigned),
    "invoice_issued": _invoice("invoice_issued"),
    "deposit_asked": _invoice("deposit_asked"),
    "invoice_changed": _invoice("invoice_changed"),
    "invoice_voided": _invoice("invoice_voided"),
    "credit_note": _invoice("credit_note"),
    "receipt": _receipt,
    "voucher_issued": _payment("voucher_issued"),
    "voucher_reminder": _payment("voucher_reminder"),
    "voucher_lapsed": _payment("voucher_lapsed"),
    "voucher_called_off": _payment("voucher_called_off"),
    "payment_failed": _payment("payment_failed"),
    "payment_being_checked": _payment("payment_being_checked"),
    "payment_cleared": _payment("payment_cleared"),
    "refund_made": _payment("refund_made"),
    "refund_failed": _payment("refund_failed"),
    "dispute_opened": _payment("dispute_opened"),
    "dispute_won": _payment("dispute_won"),
    "dispute_lost": _payment("dispute_lost"),
    "autopay_changed": _autopay("autopay_changed"),
    "autopay_notice": _autopay("autopay_notice"),
    "autopay_declined": _autopay("autopay_declined"),
    "request_received": _request("request_received", "move"),
    "request_received:cancel": _request("request_received", "cancel"),
    "request_received:book": _request("request_received", "book"),
    "request_received:details": _request("request_received", "details"),
    "request_received:message": _request("request_received", "message"),
    "request_answered": _request("request_answered", "move", "declined", "We are full until Friday."),
    "request_answered:cancel": _request("request_answered", "cancel", "declined"),
    "request_answered:book": _request("request_answered", "book", "declined"),
    "request_answered:message": _request("request_answered", "message", "replied", "The key is in the box."),
    "request_answered:details": _request("request_answered", "details", "done"),
    "request_withdrawn": _request("request_withdrawn", "move"),
    "request_withdrawn:message": _request("request_withdrawn", "message"),
    "access_opened": _access,
    "address_changed": _address(is_old=True, new="h…@mail.example"),
    "address_changed:new": _address(is_old=False, new="hannah@mail.example"),
    "visit_reminder": _visit_reminder(),
    "visit_reminder:several": _visit_reminder(2),
    "visit_reminder:today": _visit_reminder(on_the_day=True),
    "invoice_due_soon": _invoice_reminder("invoice_due_soon", invoice_news()),
    "invoice_due_soon:several": _invoice_reminder("invoice_due_soon", invoice_news(17098, 5000)),
    "invoice_overdue": _invoice_reminder("invoice_overdue", invoice_news(due_on=date(2026, 11, 20))),
    "invoice_overdue:last": _invoice_reminder(
        "invoice_overdue", invoice_news(last=True, due_on=date(2026, 11, 9))
    ),
}
