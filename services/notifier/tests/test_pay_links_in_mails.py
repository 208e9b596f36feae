"""The button that pays: in mails that ask for money of one invoice, for exactly what is due on it."""

from datetime import date
from html import unescape

import pytest
from msgspec.structs import replace
from notification_samples import invoice
from notifier.domain.asking import InvoiceBalance
from notifier.domain.facts import InvoiceFacts, source_of
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import KINDS, PaymentKind, is_of_payment
from notifier.messages.email import EmailText
from notifier.messages.invoices import InvoiceNews, invoice_email
from notifier.messages.payments import payment_email
from notifier.messages.style import MessageStyle
from payment_news import BY_CARD, OPEN, SAMPLES, news_of
from servicehub_events_tools.testing import samples

ORIGIN = "https://portal.example.com"
ROOT = f"{ORIGIN}/portal/sample-business"
TODAY = date(2026, 11, 21)
PAID_BY = f"{ROOT}/pay/key-of-in-1"


def key_of(invoice_id: str) -> str:
    return f"key-of-{invoice_id}"


def page_of(mail: EmailText) -> str:
    """The mail's page, as a reader's program reads it."""
    return unescape(mail.html).replace("\u00a0", " ")


def style(locale: str = "en", *, linked: bool = True) -> MessageStyle:
    return MessageStyle.of(samples.business(), locale, ORIGIN, key_of if linked else None)


def facts(**changes: object) -> InvoiceFacts:
    source = source_of(invoice(deposit=None, recorded_payments=(), **changes))
    assert source is not None
    assert isinstance(source.facts, InvoiceFacts)
    return source.facts


def mail_of(
    of: MessageStyle, invoice: InvoiceFacts, today: date = TODAY, *, on_its_way: bool = False
) -> EmailText:
    """The invoice as it is issued, with a payment on its way or none."""
    left = invoice.amount_due if invoice.status == "open" else 0
    balance = InvoiceBalance(left=left, deposit=invoice.deposit or 0, on_its_way=on_its_way)
    return invoice_email(of, InvoiceNews("invoice_issued", "in-1", invoice, balance, None, None, today))


@pytest.mark.parametrize(("locale", "button"), [("en", "Pay ¥17,560"), ("ja", "¥17,560を支払う")])
def test_an_invoice_is_paid_by_its_button_and_seen_by_the_link_beside_it(locale: str, button: str) -> None:
    mail = mail_of(style(locale), facts())
    assert page_of(mail).count(f'href="{PAID_BY}"') == 1
    assert page_of(mail).count(f'href="{ROOT}/invoices/in-1"') == 1
    for text in (mail.text, page_of(mail)):
        assert button in text
        assert text.index(PAID_BY) < text.index(f"{ROOT}/invoices/in-1")


def test_a_deposit_is_what_is_asked_for_first() -> None:
    source = source_of(invoice(recorded_payments=()))
    assert source is not None
    assert isinstance(source.facts, InvoiceFacts)
    assert "Pay ¥5,000" in mail_of(style(), source.facts).text
    past = source.facts.due_on.replace(day=source.facts.due_on.day + 1)
    assert "Pay ¥17,560" in mail_of(style(), source.facts, past).text


@pytest.mark.parametrize("changes", [{"total": 49}, {"total": 0}, {"status": "void"}])
def test_what_nobody_can_pay_online_has_no_such_button(changes: dict[str, object]) -> None:
    mail = mail_of(style(), facts(**changes))
    assert "/pay/" not in mail.text + page_of(mail)


def test_while_a_payment_is_on_its_way_no_button_pays_again() -> None:
    mail = mail_of(style(), facts(), on_its_way=True)
    assert "/pay/" not in mail.text + page_of(mail)
    assert "A payment is on its way" in mail.text


def test_who_is_sent_no_links_sees_the_invoice_as_before() -> None:
    mail = mail_of(style(linked=False), facts())
    assert "/pay/" not in mail.text + page_of(mail)
    assert page_of(mail).count(f"{ROOT}/invoices/in-1") == mail.text.count(f"{ROOT}/invoices/in-1") == 1


ASKING: list[PaymentKind] = ["voucher_lapsed", "payment_failed"]


@pytest.mark.parametrize("kind", ASKING)
def test_a_payment_that_failed_is_paid_again_by_its_button(kind: PaymentKind) -> None:
    mail = payment_email(kind, style(), news_of(kind))
    assert f'href="{PAID_BY}"' in page_of(mail)
    assert f"Pay ¥14,850\n{PAID_BY}" in mail.text


def test_a_payment_that_does_not_count_is_paid_again_by_its_button() -> None:
    news = news_of("payment_cleared")
    released = replace(BY_CARD, status="failed", clearing="released")
    mail = payment_email("payment_cleared", style(), type(news)("pa-1", released, "", (OPEN,), news.now))
    assert f'href="{PAID_BY}"' in page_of(mail)


@pytest.mark.parametrize(
    "standing", [replace(OPEN, left=20000), replace(OPEN, left=9000), replace(OPEN, in_parts=True)]
)
def test_where_the_button_would_say_another_amount_than_the_page_it_leads_to_the_invoice(
    standing: InvoiceStanding,
) -> None:
    mail = payment_email("payment_failed", style(), news_of("payment_failed", standing))
    whole = standing.left == 9000
    assert ("/pay/" in page_of(mail)) is whole
    assert (f"{ROOT}/invoices/in-1" in page_of(mail)) is not whole


def test_a_payment_of_several_invoices_leads_to_all_of_them() -> None:
    both = replace(SAMPLES["payment_failed"], invoice_ids=("in-1", "in-2"), shares={"in-1": 1, "in-2": 1})
    news = news_of("payment_failed", OPEN, replace(OPEN, invoice_id="in-2"))
    mail = payment_email("payment_failed", style(), type(news)("pa-1", both, "", news.invoices, news.now))
    assert "/pay/" not in page_of(mail)
    assert f'href="{ROOT}/invoices"' in page_of(mail)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if is_of_payment(kind) and kind not in ASKING])
def test_a_mail_that_asks_for_nothing_carries_no_link(kind: PaymentKind) -> None:
    mail = payment_email(kind, style(), news_of(kind)) if kind != "receipt" else None
    assert mail is None or "/pay/" not in mail.text + page_of(mail)
