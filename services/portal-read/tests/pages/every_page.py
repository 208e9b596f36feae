"""Every page there is, rendered for one season."""

from dataclasses import replace
from datetime import timedelta

import page_samples
from account_samples import account_pages
from autopay_samples import autopay_pages
from listed import invoices, lists_of, visits
from msgspec import structs
from page_samples import Season, view
from paying_samples import BILLING_CODES, payments_of, takes_parts
from portal_read import pages
from portal_read.pages import EndedSession, FlashMessage, PageContext, snapshot_of
from portal_read.pages.message_choices import GROUPS
from portal_read.pages.tips import TypedPayment
from portal_read.ports import (
    AutopayStanding,
    KeptPasskey,
    LinkedPayment,
    LinkOffer,
    ListedCard,
    MessageChoice,
    MessageChoices,
    MessageWay,
)
from request_samples import asking_pages
from servicehub_events import (
    Appointment,
    AppointmentJob,
    ArrivalWindow,
    AttachedFile,
    Cancellation,
    Session,
    SignInMethod,
    StaffMember,
    Tips,
)


def every_page(season: Season) -> dict[str, str]:
    inside = season.ctx
    outside = replace(inside, contact=None, customer=None)
    assert inside.customer
    assert inside.contact
    choices = [(inside.customer, inside.contact)] * 2
    shown = {
        "sign_in": pages.sign_in(outside),
        "sign_in_failed": pages.sign_in(outside, "hannah@", FlashMessage("address_invalid")),
        "code": pages.code(outside, "hannah@mail.example"),
        "code_by_text": pages.code(outside, "(212) 555-0107"),
        "code_longer": pages.code(outside, "hannah@mail.example", digits=8),
        "code_second": pages.code(outside, "(212) 555-0107", back="pay?invoice=i-1", remembered=True),
        "code_longest": pages.code(outside, "hannah@mail.example", digits=16),
        "code_failed": pages.code(outside, None, FlashMessage("code_wrong", {"tries_left": "3"})),
        "not_me": pages.not_me(outside, "Qm4xT9wKc2A"),
        "unsubscribe": pages.unsubscribe(outside, "Qm4xT9wKc2A"),
        "unsubscribed": pages.unsubscribed(outside, "visit_bookings"),
        "unsubscribed_nothing": pages.unsubscribed(outside, None),
        "settings_with_messages": pages.settings(
            inside, sessions_of(inside)[:1], "s-1", (), choices=choices_of()
        ),
        "settings_without_messages": pages.settings(
            inside, sessions_of(inside)[:1], "s-1", (), choices=MessageChoices(0, ())
        ),
        "sign_in_guarded": pages.sign_in(
            replace(outside, flash=FlashMessage("guarded", {"until": "2026-11-21T10:50:00+00:00"}))
        ),
        "sign_in_after_paying": pages.sign_in(replace(outside, flash=FlashMessage("pay_signed_out"))),
        "choose": pages.choose(outside, choices),
        "choose_again": pages.choose(outside, choices, switching=True),
        "dashboard_of_several": pages.dashboard(
            replace(inside, switches=True), season.upcoming, season.past, season.invoices[2:3]
        ),
        "dashboard": pages.dashboard(inside, season.upcoming, season.past, season.invoices),
        "dashboard_credit": pages.dashboard(inside, (), (), (), in_credit=[overpaid(season)]),
        "dashboard_empty": pages.dashboard(inside, (), (), ()),
        "dashboard_stale": pages.dashboard(
            replace(inside, stale=True, flash=FlashMessage("language_saved")),
            season.upcoming,
            (),
            season.invoices,
        ),
        "dashboard_changed": dashboard_changed(season),
        "dashboard_changed_and_told": dashboard_changed(
            replace(season, ctx=replace(season.ctx, flash=FlashMessage("language_changed")))
        ),
        "settings_feed": pages.settings(
            inside, sessions_of(inside), "s-1", (), (), pages.feed_links(inside, "x" * 43)
        ),
        "sign_in_ended": pages.sign_in(outside, ended=EndedSession(inside.now, "signed_out")),
        "appointments_cancelled": visits(inside, [_cancelled(season.upcoming[0])]),
        **lists_of(season),
        "settings": pages.settings(inside, sessions_of(inside), "s-1", passkeys_of(inside)),
        "settings_with_cards": pages.settings(
            paying_for_later(inside), sessions_of(inside)[:1], "s-1", (), cards_of(inside)
        ),
        "settings_without_cards": pages.settings(
            paying_for_later(inside), sessions_of(inside)[:1], "s-1", (), ()
        ),
        "settings_while_billing_is_away": pages.settings(
            paying_for_later(inside), sessions_of(inside)[:1], "s-1", (), None
        ),
        "settings_autopay_off": pages.settings(
            paying_for_later(inside), (), "s-1", (), cards_of(inside), autopay=AutopayStanding(on=False)
        ),
        "settings_autopay_on": pages.settings(
            paying_for_later(inside),
            (),
            "s-1",
            (),
            cards_of(inside),
            autopay=AutopayStanding(on=True, brand="visa", last4="4242"),
        ),
        "settings_alone": pages.settings(inside, sessions_of(inside)[:1], "s-1", ()),
        "settings_without_passkeys": pages.settings(inside, sessions_of(inside)[:1], "s-1", None),
        "sign_in_again": pages.sign_in(
            replace(outside, flash=FlashMessage("proof_too_old")), "hannah@mail.example", by_passkey=False
        ),
        "sign_in_passkey_refused": pages.sign_in(replace(outside, flash=FlashMessage("passkey_refused"))),
        "dashboard_offers_passkey": pages.dashboard(
            replace(inside, flash=FlashMessage("passkey_offered")), season.upcoming, (), season.invoices
        ),
        "portal_off": pages.portal_off(outside),
        "access_off": pages.access_off(outside),
        "not_found": pages.not_found(inside),
        "signed_out": pages.signed_out(outside),
        "service_unavailable": pages.service_unavailable(inside),
        "offline": pages.offline(inside),
        **{f"offline_visit_{n}": pages.offline_visit(inside, visit) for n, visit in _kept_visits(season)},
        "unknown_business": pages.unknown_business(inside.locale),
    }
    for visit in (*season.upcoming, *season.past):
        linked = [view.invoice for view in season.invoices[:1]]
        shown[f"appointment_{visit.appointment_id}"] = pages.appointment(
            inside, visit, linked, season.upcoming
        )
    for bill in season.invoices:
        shown[f"invoice_{bill.invoice.number}"] = pages.invoice(inside, bill, season.upcoming[:1])
    shown |= {f"appointment_{n}": pages.appointment(inside, visit) for n, visit in _told_in_full(season)}
    more = {**asking_pages(season), **account_pages(season), **autopay_pages(season)}
    return {**shown, **_paying(season), **more}


def _kept_visits(season: Season) -> list[tuple[str, Appointment]]:
    """One that is certain, one that is not, and one of which little is known."""
    plain = season.upcoming[0]
    return [
        ("plain", plain),
        ("pending", structs.replace(plain, confirmation="pending")),
        ("bare", structs.replace(plain, staff=(), site=None)),
    ]


def _cancelled(visit: Appointment) -> Appointment:
    off = Cancellation(at=visit.window.start - timedelta(days=5), reason="№ 3", by="business")
    return structs.replace(visit, status="cancelled", cancellation=off)


def overpaid(season: Season) -> pages.InvoiceView:
    """An invoice of the season of which more was paid than it asks for."""
    bill = season.invoices[0].invoice
    return view(bill, page_samples.payment(bill, bill.total + 2000, "captured", season.ctx.now))


def dashboard_changed(season: Season) -> str:
    """Somebody else comes, a visit is called off, and there is a new invoice."""
    first, last = season.upcoming[0], season.upcoming[-1]
    other = StaffMember(staff_id="other", name=season.upcoming[0].staff[0].name[::-1])
    seen = snapshot_of(season.upcoming, [bill.invoice for bill in season.invoices[1:]])
    return pages.dashboard(
        replace(season.ctx, seen=seen),
        [structs.replace(first, staff=(other,)), *season.upcoming[1:-1]],
        (),
        season.invoices,
        cancelled=[_cancelled(last)],
        shown="5e",
    )


def choices_of() -> MessageChoices:
    """All there is, by both channels: one is switched off."""
    ways = [MessageWay(group, channel) for group in GROUPS for channel in ("email", "sms")]
    fixed = ("visit_changes", "request_answers", "invoices", "payments", "access")
    choices = [
        MessageChoice(way, wanted=way.group != "visit_bookings", choosable=way.group not in fixed)
        for way in ways
        if way.channel == "email" or way.group in ("voucher_reminders", "visit_reminders")
    ]
    return MessageChoices(3, choices)


def sessions_of(ctx: PageContext) -> list[Session]:
    """This device, one that is kept, and one that nobody can name."""
    assert ctx.customer
    assert ctx.contact
    names = ("Safari on iPhone", "Chrome on Windows", "Unknown device")
    methods: tuple[SignInMethod | None, ...] = ("passkey", "code", None)
    return [
        Session(
            business_id=ctx.business.business_id,
            session_id=f"s-{number}",
            contact_id=ctx.contact.contact_id,
            customer_id=ctx.customer.customer_id,
            device=name,
            remembered=number < 3,
            issued_at=ctx.now - timedelta(hours=number),
            expires_at=ctx.now + timedelta(days=30 if number < 3 else 1, hours=-number),
            method=methods[number - 1],
        )
        for number, name in enumerate(names, start=1)
    ]


def passkeys_of(ctx: PageContext) -> list[KeptPasskey]:
    """One that is used, and one that is not yet."""
    added = ctx.now - timedelta(days=40)
    return [
        KeptPasskey("pk-1", "Safari on iPhone", added, ctx.now - timedelta(hours=1)),
        KeptPasskey("pk-2", "Chrome on Windows", added, None),
    ]


def cards_of(ctx: PageContext) -> list[ListedCard]:
    """One that is good, one that ends soon, one that is over, and one of a brand that nobody knows."""
    today = ctx.now.date()
    days = (1000, 20, -20, 1000)
    brands = ("visa", "mastercard", "jcb", "unknown")
    return [
        ListedCard(f"pm_{number}", brand, f"424{number}", today + timedelta(days=ahead))
        for number, (brand, ahead) in enumerate(zip(brands, days, strict=True))
    ]


def paying_for_later(ctx: PageContext) -> PageContext:
    """The same where a card can be kept."""
    keeps = structs.replace(ctx.business, saved_cards=True)
    return replace(ctx, business=keeps, pays_online=True)


def _told_in_full(season: Season) -> list[tuple[str, Appointment]]:
    """A visit with everything that may be said of one, and one that is put off."""
    plain = season.upcoming[0]
    urls = {"photo": "https://files.example/1", "report": "https://files.example/2"}
    files = [AttachedFile(id=kind, url=url, title="№ 12", kind=kind) for kind, url in urls.items()]
    arrival = ArrivalWindow(start=plain.window.start, end=plain.window.end)
    full = structs.replace(
        plain,
        window=structs.replace(plain.window, arrival=arrival),
        duration_minutes=90,
        confirmation="pending",
        job=AppointmentJob(id="job-1", name="№ 7", visit_number=1, visit_count=2),
        purchase_order="12-04",
        attachments=tuple(files),
    )
    return [("in_full", full), ("on_hold", structs.replace(plain, confirmation="on_hold"))]


def _asked_for_a_second_proof(ctx: PageContext, phone: str | None = "+12125550100") -> PageContext:
    contact = ctx.contact and structs.replace(ctx.contact, email="k@mail.example", phone=phone)
    return replace(ctx, second_proof=True, path=ctx.pay_url(["i-1"]), contact=contact)


def _by_link(season: Season) -> dict[str, str]:
    """What is paid from a mail: the page, a deposit, a past day, closed, too often, and each outcome."""
    outside = replace(season.ctx, contact=None, customer=None, live_url=None)
    invoice, token = season.invoices[0].invoice, "WyJpbi0xIl0.c2lnbmF0dXJl"
    offer = LinkOffer(invoice.number, 17098, invoice.currency, invoice.due_on, deposit=False)
    shown = {
        "link": pages.pay_link(outside, offer, token),
        "link_tip": pages.pay_link(taking_tips(outside), offer, token),
        "link_deposit": pages.pay_link(outside, offer._replace(deposit=True), token),
        "link_late": pages.pay_link(
            outside, offer._replace(due_on=season.ctx.now.date() - timedelta(days=30)), token
        ),
        "link_closed": pages.pay_link_closed(outside),
        "link_too_often": pages.too_often(outside, 40),
    }
    for name, (payment, _) in payments_of(invoice).items():
        linked = LinkedPayment(invoice.number, opens=True, payment=payment)
        shown[f"paid_by_link_{name}"] = pages.paid_by_link(outside, linked, "/again").html
    return shown


def taking_tips(ctx: PageContext) -> PageContext:
    """Percentages, or in yen fixed sums."""
    yen = ctx.business.currency == "JPY"
    offered = Tips(amounts=(500, 1000)) if yen else Tips(percentages=(10, 15, 20))
    return replace(ctx, business=structs.replace(ctx.business, tips=offered), pays_online=True)


def _paying(season: Season) -> dict[str, str]:
    """The pages of a business that can be paid online, the choices before and every outcome after."""
    ctx = replace(season.ctx, pays_online=True)
    bills = season.invoices
    parts = takes_parts(bills[:2][-1])
    refused = FlashMessage(
        "pay_amount_invalid",
        {"minimum": "1000", "maximum": "42760", "currency": parts.invoice.currency},
    )
    tip_refused = FlashMessage(
        "pay_tip_invalid", {"minimum": "1", "maximum": "42760", "currency": parts.invoice.currency}
    )
    shown = {
        "paying_dashboard": pages.dashboard(ctx, season.upcoming, (), bills),
        "paying_dashboard_one": pages.dashboard(ctx, (), (), bills[:1]),
        "paying_invoices": invoices(ctx, bills),
        "paying_invoice": pages.invoice(ctx, bills[0]),
        "paying_invoice_deposit": pages.invoice(ctx, bills[:2][-1]),
        "paying_invoice_parts": pages.invoice(ctx, parts),
        "pay_all": pages.pay(ctx, bills),
        "pay_one": pages.pay(ctx, bills[:1]),
        "pay_one_keeping": pages.pay(paying_for_later(ctx), bills[:1]),
        "pay_all_keeping": pages.pay(paying_for_later(ctx), bills),
        "pay_one_tip": pages.pay(taking_tips(ctx), bills[:1]),
        "pay_all_tip": pages.pay(taking_tips(ctx), bills),
        "pay_tip_refused": pages.pay(
            replace(taking_tips(ctx), flash=tip_refused), (parts,), TypedPayment("balance", "", "own", "ten")
        ),
        "paying_invoice_tip": pages.invoice(taking_tips(ctx), parts),
        "paying_invoice_keeping": pages.invoice(paying_for_later(ctx), parts),
        "pay_refused": pages.pay(replace(ctx, flash=refused), (parts,), TypedPayment("amount", "ten")),
        "pay_second_proof": pages.pay(_asked_for_a_second_proof(ctx), bills),
        "pay_second_proof_one": pages.pay(_asked_for_a_second_proof(ctx), bills[:1]),
        "pay_one_address": pages.pay(_asked_for_a_second_proof(ctx, None), bills[:1]),
        **_by_link(season),
        "pay_nothing": pages.pay(ctx, bills[2:4]),
        "pay_elsewhere": pages.pay(season.ctx, bills),
        "result_unheard": pages.result(ctx, None, bills[:2], came_back=True),
    }
    for name, (payment, came_back) in payments_of(bills[0].invoice).items():
        shown[f"result_{name}"] = pages.result(ctx, payment, [view(bills[0].invoice, payment)], came_back)
    for code in BILLING_CODES:
        shown[f"notice_{code}"] = pages.pay(replace(ctx, flash=FlashMessage(code)), ())
    return shown
