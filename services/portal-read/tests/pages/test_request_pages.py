"""How asking reads, in both languages; what was typed stays as it was; and who is offered what."""

from dataclasses import replace

import pytest
from msgspec import structs
from page_samples import NEXT, OVERDUE, US_CONTEXT, view
from portal_read import pages
from portal_read.domain.request_form import RequestForm
from portal_read.pages import StandingRequest
from rendered import Page
from request_samples import answer, request_about, taking
from servicehub_events import Contact, RequestRules

CTX = taking(US_CONTEXT)
JAPANESE = replace(CTX, locale="ja")
MOVE, CANCEL = request_about(CTX, NEXT), request_about(CTX, NEXT, "cancel")


@pytest.mark.parametrize(
    ("standing", "english", "japanese"),
    [
        (
            StandingRequest(MOVE, None, "waiting"),
            ("You asked to move this visit", "Waiting for an answer", "Sent Nov 20, 9:42 AM.",
             "The visit stays on Tuesday, November 24, 10:00 AM – 12:00 PM until Sparkle Home answers.",
             "Wed, Nov 25, in the morning", "Fri, Nov 27"),
            ("日時変更のご依頼を受け付けました", "お返事待ち", "11月20日 9:42に受け付けました。",
             "11月25日(水) 午前"),
        ),
        (
            StandingRequest(CANCEL, None, "waiting"),
            ("You asked to cancel this visit", "I’ll be away"),
            ("キャンセルのご依頼を受け付けました", "不在のため"),
        ),
        (
            StandingRequest(MOVE, answer(CTX, "done", "Gladly."), "answered"),
            ("Moved as you asked", "Answered", "Gladly.", "Sparkle Home answered Nov 20, 10:42 AM."),
            ("ご希望の日時に変更しました", "お返事済み", "11月20日 10:42にSparkle Homeからお返事しました。"),
        ),
        (
            StandingRequest(CANCEL, answer(CTX, "declined", "No."), "answered"),
            ("We can’t cancel this visit", "No.", "The visit stays on Tuesday, November 24",
             "Need to change it?", "Ask to move it"),
            ("キャンセルを承ることができませんでした", "日時変更を依頼する"),
        ),
        (
            StandingRequest(MOVE, answer(CTX, "later", "Soon."), "answered"),
            ("Sparkle Home answered", "Soon."),
            ("Sparkle Homeからのお返事",),
        ),
    ],
    ids=lambda value: value.state if isinstance(value, StandingRequest) else "",
)  # fmt: skip
def test_each_state_reads_as_it_is(
    standing: StandingRequest, english: tuple[str, ...], japanese: tuple[str, ...]
) -> None:
    assert Page(pages.appointment(CTX, NEXT, requests=[standing])).says(*english)
    assert Page(pages.appointment(JAPANESE, NEXT, requests=[standing])).says(*japanese)


def test_the_rule_says_until_when_and_a_late_reader_is_told_to_call() -> None:
    assert Page(pages.appointment(CTX, NEXT)).says(
        "You can ask until Nov 23, 10:00 AM, 24 hours before we come.", "Ask to move it", "Ask to cancel it"
    )
    late = Page(pages.appointment(taking(US_CONTEXT, notice_hours=96), NEXT))
    assert late.says("It’s less than 96 hours until we come, so please call.", "Call (212) 555-0142")
    assert "Ask to move it" not in late.text
    form = pages.appointment(taking(US_CONTEXT, notice_hours=96), NEXT, form=RequestForm(kind="move"))
    assert "<textarea" not in form


def test_a_form_keeps_what_was_typed() -> None:
    typed = RequestForm(
        kind="move", days=("2026-11-26", "bad"), parts=("evening", ""), note='"</textarea><b>\nb'
    )
    page = Page(pages.appointment(CTX, NEXT, form=typed))
    assert page.all("input", "value").count("2026-11-26") == 1
    assert "bad" in page.all("input", "value")
    chosen = [attrs["value"] for tag, attrs in page.tags if tag == "option" and "selected" in attrs]
    assert chosen == ["evening", "", ""]
    assert '"&lt;' not in page.text
    assert "&lt;/textarea&gt;&lt;b&gt;\nb</textarea>" in page.html


def test_only_who_asked_can_withdraw_and_a_colleague_reads_who_it_was() -> None:
    assert CTX.customer
    other = Contact(contact_id="k-2", name="Ken Whitfield")
    customer = structs.replace(CTX.customer, contacts=(*CTX.customer.contacts, other))
    theirs = [StandingRequest(structs.replace(MOVE, contact_id="k-2"), None, "waiting")]
    page = Page(pages.appointment(replace(CTX, customer=customer), NEXT, requests=theirs))
    assert page.says("Asked by Ken Whitfield.")
    assert "Withdraw the request" not in page.text
    own = Page(pages.appointment(CTX, NEXT, requests=[StandingRequest(MOVE, None, "waiting")]))
    assert own.says("Withdraw the request")


def test_a_request_that_is_over_or_withdrawn_leaves_the_way_to_ask_again() -> None:
    for state in ("over", "withdrawn"):
        page = Page(pages.appointment(CTX, NEXT, requests=[StandingRequest(MOVE, None, state)]))
        assert page.says("Ask to move it")
        assert "You asked to move" not in page.text


def test_without_requests_the_page_says_whom_to_contact_as_ever() -> None:
    page = Page(pages.appointment(US_CONTEXT, NEXT))
    assert page.says("Need to change it?", "Contact Sparkle Home, the earlier the better.")
    assert "ask=" not in page.html


def test_an_invoice_leads_to_a_message_about_it_where_the_business_takes_messages() -> None:
    where = f"{CTX.root}/requests?ask=message&amp;about=invoice%3A{OVERDUE.invoice_id}"
    assert f'href="{where}"' in pages.invoice(CTX, view(OVERDUE))
    assert "/requests?" not in pages.invoice(US_CONTEXT, view(OVERDUE))


def test_a_business_offers_what_it_takes_and_says_its_own_reasons() -> None:
    rules = RequestRules(kinds=("cancel", "message", "complain"), cancel_reasons=("Moving out",))
    ctx = replace(US_CONTEXT, business=structs.replace(US_CONTEXT.business, requests=rules))
    page = Page(pages.appointment(ctx, NEXT, form=RequestForm(kind="cancel")))
    assert page.says("Moving out", "Write to us")
    assert "I’ll be away" not in page.text
    assert "Ask to move" not in page.text


def test_a_new_visit_is_filled_in_from_the_last_one() -> None:
    page = Page(pages.requests(CTX, (), RequestForm(kind="book"), like=NEXT))
    assert "Regular cleaning" in page.all("input", "value")
    assert page.says("Filled in from your visit on Nov 24.", "This isn’t a booking yet.")
