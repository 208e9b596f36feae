"""What becomes of a message by what is reported, which texts end texts, and who writes them: tables."""

from datetime import timedelta
from uuid import UUID

import pytest
from code_samples import NOW
from notifier.domain.channels import is_stop_due, masked, wants_texts
from notifier.domain.reports import (
    UNANSWERED,
    KnownMessage,
    MessageReport,
    Reported,
    Status,
    event_of,
    status_after,
)
from notifier.domain.text_senders import TextSenders
from servicehub_events import MessageSent

MESSAGE = UUID("0d5c1d50-3a62-5c5b-9c8c-0c4f5be3a1b2")


@pytest.mark.parametrize(
    ("status", "error", "reported", "then"),
    [
        ("sent", None, "delivered", "delivered"),
        ("sent", None, "failed", "failed"),
        ("sent", None, "sent", None),
        ("delivered", None, "failed", None),  # a second copy of a code
        ("delivered", None, "delivered", None),
        ("failed", "twilio_30003", "delivered", "delivered"),
        ("failed", "twilio_30003", "failed", None),
        ("failed", "twilio_30003", "sent", None),
        ("failed", UNANSWERED, "sent", "sent"),
        ("failed", UNANSWERED, "failed", "failed"),
        ("dropped", None, "delivered", None),
    ],
)
def test_what_arrived_has_arrived_and_nothing_else_is_taken_back(
    status: Status, error: str | None, reported: Reported, then: Reported | None
) -> None:
    report = MessageReport(message_id=MESSAGE, status=reported)
    assert status_after(status, error, report) == then


@pytest.mark.parametrize("aggregate", ["invoice", "appointment", "payment", "customer"])
def test_an_event_says_what_a_message_is_about_and_when_it_left(aggregate: str) -> None:
    message = KnownMessage(
        business_id="b-1", message_id=MESSAGE, version=1, status="sent", kind="receipt", channel="email",
        locale="en", caused_by="e-1", aggregate=aggregate, subject_id="id-1", ended_at=NOW,
    )  # fmt: skip
    event = event_of(MessageSent, message, None)
    about = {"invoice": event.invoice_id, "appointment": event.appointment_id, "payment": event.payment_id}
    assert {name for name, id_ in about.items() if id_ == "id-1"} == ({aggregate} & about.keys())
    assert event.at == NOW


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("STOP", "", False),
        (" stop. ", "", False),
        ("Unsubscribe", "", False),
        ("please stop by at ten", "", None),
        ("START", "", True),
        ("yes", "", True),
        ("HELP", "", None),
        ("arrêt", "STOP", False),  # a word of the sender's own, which the provider knows
        ("STOP", "HELP", None),
    ],
)
def test_a_text_that_is_one_word_ends_texts_or_asks_for_them(
    text: str, kind: str, wanted: bool | None
) -> None:
    assert wants_texts(text, kind) is wanted


@pytest.mark.parametrize(
    ("address", "shown"),
    [("hannah@mail.example", "h…@mail.example"), ("+12125550142", "…0142"), ("@x.example", "…@x.example")],
)
def test_of_an_address_as_much_is_shown_as_its_owner_knows_it_by(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_a_number_is_told_how_texts_end_at_first_and_each_thirty_days() -> None:
    assert is_stop_due(None, NOW)
    assert not is_stop_due(NOW - timedelta(days=29, hours=23), NOW)
    assert is_stop_due(NOW - timedelta(days=30), NOW)


def test_a_text_comes_from_who_is_named_for_its_country_and_nobody_answers_a_name() -> None:
    senders = TextSenders("+15005550006", {44: "+447700900123", 49: "Portal"})
    assert senders.sender_for("+447700900456") == "+447700900123"
    assert (senders.sender_for("+4915112345678"), senders.takes_replies("+4915112345678")) == (
        "Portal",
        False,
    )
    assert (senders.sender_for("+12125550142"), senders.takes_replies("+12125550142")) == (
        "+15005550006",
        True,
    )
    assert senders.sender_for("+1") == "+15005550006"
