"""What a contact is told of an invoice: the difference to what they were told, and what is left to pay."""

from datetime import date, timedelta

import pytest
from invoice_samples import ISSUED, LOWERED, NEWS, NOTE, TODAY, VOID, WITH_DEPOSIT
from msgspec.structs import replace
from notification_samples import invoice
from notifier.domain.asking import InvoiceBalance, balance_of
from notifier.domain.facts import InvoiceFacts, source_of
from notifier.domain.invoice_news import (
    changes,
    kind_to_tell,
    new_credit_note,
    notices_of_invoice,
)
from notifier.domain.invoice_standing import standings_of
from notifier.domain.kinds import InvoiceKind
from notifier.domain.payment_facts import DisputeFacts, PaymentFacts
from notifier.messages import sms
from notifier.messages.invoices import invoice_email, invoice_sms
from notifier.messages.style import MessageStyle
from payment_news import BY_CARD, REFUND
from servicehub_events import InvoiceRevised, Support
from servicehub_events_tools.testing import samples

ONE_DAY = timedelta(days=1)
OPEN = InvoiceBalance(left=14850)
DEPOSIT = InvoiceBalance(left=14850, deposit=5000)
HIKARI = replace(samples.business(), name="ひかり清掃", slug="hikari", support=Support(phone="+81300000142"))
LOCALES = ("en", "ja")


def paid(amount: int, **changed: object) -> PaymentFacts:
    """A captured payment of the invoice."""
    part = {"in-1": amount}
    return replace(BY_CARD, amount=amount, shares=part, allocated=part, **changed)


@pytest.mark.parametrize(
    ("payments", "left"),
    [
        ([], 14850),
        ([paid(4850)], 10000),
        ([paid(14850)], 0),
        ([paid(20000)], 0),
        ([paid(4850, currency="USD")], 14850),
        ([paid(4850, checked=False)], 14850),
        ([paid(4850, status="processing")], 14850),
        # ¥4,850 of it went back: that makes nothing owed again.
        ([replace(paid(14850), shares={"in-1": 10000})], 0),
        # The same, from before it was kept what was paid.
        ([replace(paid(14850), allocated={}, shares={"in-1": 10000}, refunds=(REFUND,))], 0),
        ([replace(paid(4850), invoice_ids=("in-2",))], 14850),
    ],
)
def test_what_is_left_is_what_was_never_paid(payments: list[PaymentFacts], left: int) -> None:
    assert balance_of("in-1", ISSUED, payments, None).left == left


@pytest.mark.parametrize(
    ("payments", "kept", "going_back"),
    [
        ([], 8000, 0),
        ([paid(6850)], 14850, 0),
        ([paid(6850, refunding={"in-1": 6850})], 8000, 6850),
        ([replace(paid(6850), shares={"in-1": 0})], 8000, 0),
        (
            [
                paid(
                    6850,
                    dispute=DisputeFacts(dispute_id="d", status="lost", amount=6850, invoice_ids=("in-1",)),
                )
            ],
            8000,
            0,
        ),
    ],
)
def test_of_a_void_invoice_nobody_is_promised_money_that_went_back(
    payments: list[PaymentFacts], kept: int, going_back: int
) -> None:
    balance = balance_of("in-1", VOID, payments, None)
    assert (balance.left, balance.kept, balance.going_back) == (0, kept, going_back)


@pytest.mark.parametrize("status", ["processing", "captured"])
def test_what_is_on_its_way_or_checked_is_not_asked_for_again(status: str) -> None:
    under_way = paid(14850, status=status, checked=status == "processing")
    assert balance_of("in-1", ISSUED, [under_way], None).asked(ISSUED, TODAY) == 0
    disputed = paid(
        4850, dispute=DisputeFacts(dispute_id="d", status="open", amount=1, invoice_ids=("in-1",))
    )
    balance = balance_of("in-1", ISSUED, [disputed], None)
    assert (balance.left, balance.asked(ISSUED, TODAY)) == (10000, 0)
    assert OPEN.asked(ISSUED, TODAY) == 14850
    assert DEPOSIT.asked(WITH_DEPOSIT, TODAY) == 5000
    assert DEPOSIT.asked(WITH_DEPOSIT, date(2026, 11, 29)) == 14850


@pytest.mark.parametrize(
    ("told", "facts", "balance", "kind"),
    [
        (None, ISSUED, OPEN, "invoice_issued"),
        (None, replace(ISSUED, announced=False), OPEN, None),  # imported
        (None, ISSUED, InvoiceBalance(left=0), None),  # the receipt tells it
        (None, VOID, OPEN, None),
        (None, replace(ISSUED, status="uncollectible"), OPEN, None),
        (None, WITH_DEPOSIT, DEPOSIT, "deposit_asked"),
        (None, WITH_DEPOSIT, OPEN, "invoice_issued"),  # it was paid meanwhile
        (None, WITH_DEPOSIT, InvoiceBalance(left=14850, deposit=5000, on_its_way=True), "invoice_issued"),
        (None, replace(WITH_DEPOSIT, deposit_due_on=TODAY - ONE_DAY), DEPOSIT, "invoice_issued"),
        (ISSUED, ISSUED, OPEN, None),
        (ISSUED, replace(ISSUED, announced=False, lines=("清掃",)), OPEN, None),  # spelling alone
        (ISSUED, LOWERED, InvoiceBalance(left=12650), "invoice_changed"),
        (ISSUED, replace(ISSUED, due_on=TODAY), OPEN, "invoice_changed"),
        (ISSUED, replace(ISSUED, content="b"), OPEN, "invoice_changed"),
        (ISSUED, replace(ISSUED, received=4850, amount_due=10000), OPEN, "invoice_changed"),
        (ISSUED, replace(ISSUED, credit_notes=(NOTE,), amount_due=12650), OPEN, None),
        (ISSUED, WITH_DEPOSIT, DEPOSIT, "deposit_asked"),
        (WITH_DEPOSIT, replace(WITH_DEPOSIT, deposit=6000), DEPOSIT, "invoice_changed"),
        (replace(ISSUED, content=None, received=None), ISSUED, OPEN, None),  # told by a former build
        (ISSUED, VOID, OPEN, "invoice_voided"),
        (VOID, VOID, OPEN, None),
        (VOID, ISSUED, OPEN, "invoice_changed"),
        (ISSUED, replace(LOWERED, status="uncollectible"), OPEN, None),
    ],
)
def test_each_contact_is_told_what_differs_from_what_they_were_told(
    told: InvoiceFacts | None, facts: InvoiceFacts, balance: InvoiceBalance, kind: InvoiceKind | None
) -> None:
    assert kind_to_tell(told, facts, balance, TODAY) == kind


def test_a_change_and_its_reversal_are_no_difference() -> None:
    assert changes(ISSUED, LOWERED) == ["total", "content"]
    assert changes(ISSUED, replace(LOWERED, total=14850, amount_due=14850, content="a")) == []


def test_a_revision_makes_news_of_what_is_new_in_it() -> None:
    event = invoice(InvoiceRevised)
    assert notices_of_invoice(event, ISSUED, ISSUED) == []
    assert notices_of_invoice(event, LOWERED, ISSUED) == [("invoice_changed", "")]
    noted = replace(ISSUED, credit_notes=(NOTE,))
    assert notices_of_invoice(event, noted, ISSUED) == [("credit_note", "cn-1")]
    assert notices_of_invoice(event, noted, noted) == []
    old = replace(ISSUED, content=None)  # it is unknown which notes were there before
    assert notices_of_invoice(event, noted, old) == []


def test_a_credit_note_is_left_to_the_refund_of_its_day() -> None:
    noted = replace(ISSUED, credit_notes=(NOTE,))
    assert new_credit_note("cn-1", noted, ()) == NOTE
    assert new_credit_note("cn-1", noted, {TODAY}) is None
    assert new_credit_note("cn-2", noted, ()) is None
    assert new_credit_note("cn-1", replace(noted, status="void"), ()) is None


def test_the_facts_of_an_event_are_what_is_told() -> None:
    source = source_of(invoice())
    assert source is not None
    facts = source.facts
    assert isinstance(facts, InvoiceFacts)
    assert facts.line_count == len(samples.invoice().lines)
    assert facts.lines[0] == samples.invoice().lines[0].description
    assert facts.received == 17560 - 15180
    assert changes(facts, facts) == []


def style(locale: str, **changed: object) -> MessageStyle:
    return MessageStyle.of(
        replace(HIKARI, **changed), locale, "https://my.mail.example", lambda invoice_id: f"key-{invoice_id}"
    )


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


WORDS: dict[InvoiceKind, tuple[str, str, str, str]] = {
    "invoice_issued": (
        "Invoice 1052, due November 28",
        "請求書1052をお送りします（期限11月28日）",
        "Here is your invoice for 定期清掃 on November 22: ¥14,850, due Saturday, November 28.",
        "11月22日の定期清掃のご請求です。¥14,850を、11月28日(土)までにお支払いください。",
    ),
    "deposit_asked": (
        "Deposit for invoice 1052, due November 24",
        "予約金のお願い（11月24日まで、請求書1052）",
        "Please pay the deposit of ¥5,000 for 定期清掃 on November 22 by Tuesday, November 24.",
        "11月22日の定期清掃について、予約金¥5,000を11月24日(火)までにお支払いください。",
    ),
    "invoice_changed": (
        "Invoice 1052 has changed, due November 28",
        "請求書1052の内容を変更しました（期限11月28日）",
        "We changed invoice 1052: the total is now ¥12,650 instead of ¥14,850.",
        "請求書1052の内容を変更いたしました。ご請求額は¥14,850から¥12,650になります。",
    ),
    "invoice_voided": (
        "Invoice 1052 is void: nothing to pay",
        "請求書1052を取り消しました（お支払い不要）",
        "Invoice 1052 is void. There is nothing to pay on it.",
        "請求書1052を取り消しました。この請求書のお支払いは不要です。",
    ),
    "credit_note": (
        "Credit note for invoice 1052",
        "返金明細書をお送りします（請求書1052）",
        "Here is the credit note of ¥2,200 on invoice 1052. Nothing is left to pay on it.",
        "請求書1052について、¥2,200の返金明細書をお送りします。追加のお支払いはありません。",
    ),
}


@pytest.mark.parametrize("kind", WORDS)
def test_subject_and_first_sentence_say_what_happened(kind: InvoiceKind) -> None:
    subjects, leads = WORDS[kind][:2], WORDS[kind][2:]
    for locale, subject, lead, room in zip(LOCALES, subjects, leads, (45, 24), strict=True):
        mail = invoice_email(style(locale), NEWS[kind])
        assert plain(mail.subject) == subject
        half_width = sum(character.isascii() for character in subject)
        assert len(subject) - (half_width / 2 if locale == "ja" else 0) <= room
        assert "¥" not in subject
        assert lead in plain(mail.text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", WORDS)
def test_a_text_is_one_part_and_begins_with_who_writes(kind: InvoiceKind, locale: str) -> None:
    text = invoice_sms(style(locale), NEWS[kind])
    assert sms.is_one_part(text), (len(text), text)
    assert text.startswith("【ひかり清掃】" if locale == "ja" else "Hikari: ")
    assert sms.is_gsm(text) == (locale == "en")


@pytest.mark.parametrize(
    ("facts", "balance", "said"),
    [
        (replace(ISSUED, due_on=date(2026, 11, 30)), OPEN, "is now due on Monday, November 30 instead of"),
        (
            replace(ISSUED, received=4850, amount_due=10000),
            InvoiceBalance(left=10000),
            "We noted a payment on invoice 1052: ¥10,000 is left to pay.",
        ),
        (
            replace(ISSUED, received=14850, amount_due=0),
            InvoiceBalance(left=0),
            "We noted a payment on invoice 1052. Nothing is left to pay on it.",
        ),
        (replace(ISSUED, content="b"), OPEN, "We changed invoice 1052. The total is ¥14,850."),
    ],
)
def test_a_change_says_what_differs(facts: InvoiceFacts, balance: InvoiceBalance, said: str) -> None:
    news = NEWS["invoice_changed"]
    mail = invoice_email(style("en"), type(news)(news.kind, "in-1", facts, balance, ISSUED, None, TODAY))
    assert said in plain(mail.text)


def test_a_void_invoice_says_what_becomes_of_the_money_and_of_the_matter() -> None:
    text = plain(invoice_email(style("en"), NEWS["invoice_voided"]).text)
    assert "It was, no longer valid: ¥14,850" in text
    assert "Already paid: ¥8,000, kept for you as a credit" in text
    assert "In its place: 1060" in text
    assert "/pay/" not in text


def test_autopay_is_said_and_nobody_is_asked_to_pay_twice() -> None:
    method = BY_CARD.method
    planned = InvoiceBalance(left=14850, paid_on=date(2026, 11, 28), paid_by=method)
    news = NEWS["invoice_issued"]
    mail = invoice_email(style("en"), type(news)(news.kind, "in-1", ISSUED, planned, None, None, TODAY))
    assert "On Saturday, November 28 it is paid by your Visa ending in 4242." in plain(mail.text)
    assert "/pay/" not in mail.text


def test_many_lines_are_counted() -> None:
    news = NEWS["invoice_issued"]
    many = replace(ISSUED, lines=tuple("abcde"), line_count=7)
    mail = invoice_email(style("en"), type(news)(news.kind, "in-1", many, OPEN, None, None, TODAY))
    assert "For: a, b, c, d, e, and 2 more" in plain(mail.text)
    assert "for a and 6 more on November 22" in plain(mail.text)


def test_a_refund_of_another_payment_makes_nothing_owed_again() -> None:
    refunded = replace(paid(14850), shares={"in-1": 10000})
    (standing,) = standings_of({"in-1": ISSUED}, [refunded])
    assert standing.left == 0
    from_before = replace(refunded, allocated={})  # facts that were stored before it was kept
    assert standings_of({"in-1": ISSUED}, [from_before])[0].left == 4850
