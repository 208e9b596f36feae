"""After a payment: what came of it, what it paid, and what to do next."""

from dataclasses import replace

import msgspec
import pytest
import servicehub_events as e
from page_samples import DEPOSIT, OVERDUE, US_CONTEXT, message, ny, payment, view
from page_samples_japan import JP_CONTEXT, JP_OVERDUE
from paying_samples import payments_of
from portal_read import pages
from rendered import Page

ONLINE = replace(US_CONTEXT, pays_online=True, path="/portal/sparkle-home/result/pay-1")
ENDS = payments_of(OVERDUE)
PAY_AGAIN = "/portal/sparkle-home/pay?invoice=i-1042"


def shown(name: str) -> Page:
    attempt, came_back = ENDS[name]
    return Page(pages.result(ONLINE, attempt, [view(OVERDUE, attempt)], came_back))


def test_paid_says_how_much_when_by_what_and_for_which_invoice() -> None:
    page = shown("paid")
    assert page.says(
        "Paid. Thank you.", "$68.50", "November 20, 2026, 10:41 AM Visa ending 4242",
        "A receipt is on its way by email", "Invoice 1042", "left $27.48, due Nov 14",
    )  # fmt: skip
    assert "/portal/sparkle-home/invoices/i-1042" in page.all("a", "href")
    assert "Pay again" not in page.text


def test_where_the_receipt_went_is_said_once_it_left_and_that_it_did_not_arrive() -> None:
    paid = ENDS["paid"][0]

    def told(*messages: e.Message) -> Page:
        return Page(pages.result(ONLINE, paid, [view(OVERDUE, paid)], False, messages))

    arrived = told(message("receipt", ny(11, 20, 10)), message("voucher_issued", ny(11, 19, 10)))
    assert arrived.says("Receipt sent to h…@mail.example")
    assert "on its way by email" not in arrived.text
    assert "Notice sent" not in arrived.text
    failed = told(message("receipt", ny(11, 20, 10), error="smtp_550"))
    assert failed.says("Could not be delivered to h…@mail.example", "Receipt")


def test_a_receipt_is_promised_only_to_who_has_an_address() -> None:
    paid = msgspec.structs.replace(ENDS["paid"][0], contact_id="k-2")
    assert "by email" not in Page(pages.result(ONLINE, paid, [view(OVERDUE, paid)], False)).text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("confirming", ("Confirming your payment", "usually a few seconds", "Check now")),
        ("processing", ("Your payment is on its way", "Please don’t pay again.")),
        ("checked", ("Your payment is being checked", "There is nothing for you to do.")),
        (
            "checked_amount",
            ("$50.00", "$68.50 was asked for and $50.00 was taken.", "Please don’t pay again"),
        ),
        ("checked_voucher", ("We can’t see yet whether it arrived.", "You arranged the payment")),
        ("cleared_currency", ("Paid. Thank you.", "$68.50", "¥1,000 was taken")),
        ("given_back", ("This payment was given back", "$50.00 goes back to you.", "Try again")),
        ("set_aside", ("This payment does not count", "it does not count towards your invoice", "Try again")),
        ("unconfirmed", ("We couldn’t confirm this payment", "contact us before you pay again", "Try again")),
        ("paid_disputed", ("Your bank is reviewing this payment", "until they answer.")),
        ("paid_lost", ("Your bank took this payment back", "Nothing is asked of you here now.")),
        ("paid_won", ("Paid. Thank you.", "Your bank confirmed this payment.")),
        (
            "paid_lost_twice",
            ("Your bank took back $13.70 of this payment", "Nothing is asked of you here now."),
        ),
        (
            "paid_lost_and_open",
            ("Your bank is reviewing this payment", "Your bank took back $6.85 of this payment."),
        ),
        ("paid_refunded_all", ("This payment was refunded", "It can take some days")),
        ("paid_refunded", ("Paid. Thank you.", "$8.50 refunded")),
        ("failed", ("The payment didn’t go through", "Nothing was charged.", "Try again")),
        ("expired", ("The time to pay ran out", "Nothing was charged.", "Try again")),
        ("called_off", ("This payment was called off", "You began to pay elsewhere", "Try again")),
        ("voucher_lapsed", ("The payment number has run out", "It was not paid in time", "Try again")),
        ("voucher_failed", ("The payment number has run out", "It was not paid in time", "Try again")),
        (
            "voucher_called_off",
            ("Please don’t pay at the konbini any more", "we refund whatever", "Continue to payment"),
        ),
        (
            "voucher_taken_back",
            ("This payment number was cancelled", "nothing was charged", "Continue to payment"),
        ),
        ("paid_refunding", ("Your refund is on its way", "Refund of $68.50 on its way", "some days")),
        ("paid_refund_asks", ("Your refund is on its way", "Stripe asks you by email")),
        ("paid_refund_failed", ("Paid. Thank you.", "Refund of $68.50 didn’t go through", "contact us")),
        ("paid_surplus", ("Paid. Thank you.", "$8.50 was no longer owed and is being refunded")),
        ("paid_surplus_kept", ("Paid. Thank you.", "$8.50 was no longer owed and is kept as your credit")),
        ("unfinished", ("This payment is not finished", "Continue to payment")),
        ("voucher", ("Please pay at the konbini", "Pay at the konbini by Nov 23, 10:41 AM")),
    ],
)
def test_every_end_says_what_happened_and_what_to_do(name: str, expected: tuple[str, ...]) -> None:
    assert shown(name).says(*expected)


@pytest.mark.parametrize(
    "name", ["checked_amount", "checked_voucher", "given_back", "set_aside", "unconfirmed"]
)
def test_nothing_was_charged_is_never_said_of_money_that_was_taken_or_may_have_been(name: str) -> None:
    assert "Nothing was charged" not in shown(name).text
    story = Page(pages.invoice(ONLINE, view(OVERDUE, ENDS[name][0])))
    assert "Nothing was charged" not in story.text


@pytest.mark.parametrize("name", ["failed", "expired", "unfinished"])
def test_what_was_not_charged_can_be_paid_again(name: str) -> None:
    assert PAY_AGAIN in shown(name).all("a", "href")


@pytest.mark.parametrize("name", ["failed", "expired", "unfinished"])
def test_who_cannot_pay_here_is_not_sent_to_pay_again(name: str) -> None:
    attempt, came_back = ENDS[name]
    page = Page(pages.result(US_CONTEXT, attempt, [view(OVERDUE, attempt)], came_back))
    assert "/pay" not in " ".join(page.all("a", "href"))
    assert page.says("contact Sparkle Home")


def test_a_failure_that_trying_again_cannot_mend_asks_for_another_way() -> None:
    hopeless = e.Failure(code="stolen_card", retryable=False)
    failed = msgspec.structs.replace(ENDS["failed"][0], failure=hopeless)
    page = Page(pages.result(ONLINE, failed, [view(OVERDUE)], came_back=True))
    assert page.says("Nothing was charged. Please pay in another way.")


def test_only_a_payment_that_is_being_confirmed_reloads_itself_without_scripts() -> None:
    reloading = {name for name in ENDS if shown(name).all("meta", "http-equiv")}
    assert reloading == {"confirming"}
    html = pages.result(ONLINE, *ENDS["confirming"][:1], [view(OVERDUE)], came_back=True)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in html


def test_a_payment_that_is_not_known_yet_shows_its_invoices_without_inventing_an_amount() -> None:
    page = Page(pages.result(ONLINE, None, [view(OVERDUE), view(DEPOSIT)], came_back=True))
    assert page.says("Confirming your payment", "Invoice 1042", "Invoice 1047")
    assert not [attrs for _, attrs in page.tags if attrs.get("class") == "money huge"]


def test_a_voucher_leads_to_its_instructions_and_nowhere_that_runs_script() -> None:
    assert "https://payments.example/voucher/1" in shown("voucher").all("a", "href")
    hostile = msgspec.structs.replace(ENDS["voucher"][0], instructions_url="javascript:alert(1)")
    page = Page(pages.result(ONLINE, hostile, [view(OVERDUE, hostile)], True))
    assert "javascript" not in page.html


def test_an_invoice_with_a_voucher_says_until_when_and_leads_to_it() -> None:
    voucher = ENDS["voucher"][0]
    page = Page(pages.invoice(ONLINE, view(OVERDUE, voucher)))
    assert page.says("Pay at the konbini by Nov 23, 10:41 AM.", "How to pay at the konbini")
    assert f"/portal/sparkle-home/result/{voucher.payment_id}" in page.all("a", "href")


def test_who_holds_a_voucher_can_pay_in_another_way_at_once() -> None:
    page = Page(pages.invoice(ONLINE, view(OVERDUE, ENDS["voucher"][0])))
    assert page.says("Pay in another way", "Your payment number for the konbini is cancelled when you go on.")
    assert '<input type="hidden" name="instead" value="voucher">' in page.html
    waiting = Page(pages.invoice(ONLINE, view(OVERDUE, ENDS["processing"][0])))
    assert 'name="instead"' not in waiting.html


def test_an_invoice_says_of_its_voucher_that_nobody_shall_pay_it_and_can_be_paid_otherwise() -> None:
    page = Page(pages.invoice(ONLINE, view(OVERDUE, ENDS["voucher_called_off"][0])))
    assert page.says("Please don’t pay at the konbini any more.", "we refund whatever is no longer owed.")
    assert "How to pay at the konbini" not in page.text
    assert 'name="invoice_id"' in page.html
    keeps = replace(ONLINE, business=msgspec.structs.replace(ONLINE.business, surplus_handling="credit"))
    kept = Page(pages.invoice(keeps, view(OVERDUE, ENDS["voucher_called_off"][0])))
    assert kept.says("is kept for you as a credit")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("paid_refunding", ("A refund of $68.50 is on its way.", "Refund of $68.50 on its way")),
        ("paid_refund_asks", ("A refund of $68.50 is on its way.", "which bank account")),
        ("paid_refund_failed", ("A refund of $68.50 didn’t go through.", "send it another way")),
    ],
)
def test_an_invoice_tells_of_a_refund_that_has_not_arrived(name: str, expected: tuple[str, ...]) -> None:
    settled = msgspec.structs.replace(OVERDUE, recorded_payments=())
    whole = msgspec.structs.replace(settled, total=6850)
    page = Page(pages.invoice(ONLINE, view(whole, ENDS[name][0])))
    assert page.says(*expected)
    assert "refunded" not in page.text


def test_the_timeline_tells_a_voucher_that_ran_out_and_leads_to_each_payment() -> None:
    ran_out = msgspec.structs.replace(ENDS["expired"][0], method=e.Method(type="konbini"))
    abandoned = msgspec.structs.replace(ENDS["expired"][0], payment_id="pay-2")
    page = Page(pages.invoice(ONLINE, view(OVERDUE, ran_out, abandoned)))
    assert page.says("$68.50 at a konbini", "It was not paid in time. Nothing was charged.")
    assert page.text.count("in time") == 1
    assert f"/portal/sparkle-home/result/{ran_out.payment_id}" in page.all("a", "href")
    assert "/portal/sparkle-home/result/pay-2" not in page.all("a", "href")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (e.Method(type="card", brand="jcb", last4="0505"), "JCB（末尾0505）"),
        (e.Method(type="card", brand="amex", last4="0005"), "American Express（末尾0005）"),
        (e.Method(type="card"), "クレジットカード"),
        (e.Method(type="konbini"), "コンビニ払い"),
        (e.Method(type="paypay"), "PayPay"),
    ],
)
def test_a_method_is_named_as_people_know_it(method: e.Method, expected: str) -> None:
    paid = msgspec.structs.replace(payment(JP_OVERDUE, 6850, "captured", ny(11, 19, 20)), method=method)
    page = Page(pages.result(replace(JP_CONTEXT), paid, [view(JP_OVERDUE, paid)], came_back=False))
    assert page.says("お支払いが完了しました", f"2026年11月20日 10:00 {expected}", "残額なし")


RECEIPT = "/billing/sparkle-home/receipts/"


def with_receipt(copies: int, name: str = "paid") -> e.Payment:
    receipt = e.PaymentReceipt(number="R-000318", copies=copies)
    return msgspec.structs.replace(ENDS[name][0], receipt=receipt)


def shown_payment(payment: e.Payment, context: pages.PageContext = ONLINE) -> Page:
    return Page(pages.result(context, payment, [view(OVERDUE, payment)], came_back=False))


def test_who_paid_is_asked_whom_the_receipt_is_made_out_to() -> None:
    page = shown_payment(with_receipt(0))
    assert page.says("Receipt R-000318", "Made out to", "Receipt (PDF)")
    assert f"{RECEIPT}{with_receipt(0).payment_id}" in page.all("form", "action")
    assert "Hannah Whitfield" in page.all("input", "value")
    assert ".pdf" not in " ".join(page.all("a", "href"))


def test_a_receipt_that_was_made_out_is_a_link_and_can_be_made_out_anew() -> None:
    page = shown_payment(with_receipt(1))
    assert f"{RECEIPT}{with_receipt(1).payment_id}.pdf" in page.all("a", "href")
    assert page.says("Change what is on it", "It keeps its number.")


@pytest.mark.parametrize("name", ["confirming", "processing", "checked", "voucher", "failed", "expired"])
def test_there_is_no_receipt_before_the_money_is_there(name: str) -> None:
    assert RECEIPT not in " ".join([*shown(name).all("form", "action"), *shown(name).all("a", "href")])


def test_what_a_bank_asks_back_keeps_its_receipt_and_gets_no_other() -> None:
    page = shown_payment(with_receipt(1, "paid_disputed"))
    assert f"{RECEIPT}{with_receipt(1).payment_id}.pdf" in page.all("a", "href")
    assert RECEIPT not in " ".join(page.all("form", "action"))


REFUNDS = f"/billing/sparkle-home/refunds/{ENDS['paid'][0].payment_id}/re-850"


def test_a_refund_has_its_credit_note_beside_the_receipt() -> None:
    page = shown("paid_refund_noted")
    assert page.says("Receipt", "Credit note CN-000041", "Credit note (PDF)")
    assert REFUNDS in page.all("form", "action")
    assert ".pdf" not in " ".join(page.all("a", "href"))
    ids = [name for name in page.all("input", "id") if name]
    assert len(ids) == len(set(ids))


def test_a_credit_note_that_was_made_out_is_a_link_and_can_be_made_out_anew() -> None:
    page = shown("paid_refund_note_made")
    assert f"{REFUNDS}.pdf" in page.all("a", "href")
    assert page.says("Change what is on it", "It keeps its number.")


def test_what_was_paid_too_much_is_not_called_a_credit_note() -> None:
    page = shown("paid_too_much_back")
    assert page.says("Refund of an overpayment RF-000007")
    assert "Credit note" not in page.text


def test_the_paper_of_a_refund_that_failed_is_void_and_is_not_made_out_anew() -> None:
    page = shown("paid_refund_note_void")
    assert page.says("Credit note CN-000041", "this paper is void")
    assert f"{REFUNDS}.pdf" in page.all("a", "href")
    assert REFUNDS not in page.all("form", "action")


def test_an_invoice_names_the_paper_of_its_refund_and_leads_to_it() -> None:
    paid, _ = ENDS["paid_refund_noted"]
    page = Page(pages.invoice(ONLINE, view(OVERDUE, paid)))
    assert page.says("$8.50 refunded", "Credit note CN-000041")
    assert page.all("a", "href").count(ONLINE.result_url(paid.payment_id)) == 2


def test_japan_is_asked_for_a_purpose_too() -> None:
    bill = view(JP_OVERDUE)
    whole = msgspec.structs.replace(
        payment(JP_OVERDUE, 6850, "captured", ny(11, 20, 10)),
        receipt=e.PaymentReceipt(number="R-000001", copies=0),
    )
    page = Page(pages.result(JP_CONTEXT, whole, [bill], came_back=False))
    assert page.says("領収書 R-000001", "宛名", "但し書き", "領収書（PDF）")
    assert {"高橋 由美 様", "サービス料金"} <= set(page.all("input", "value"))
