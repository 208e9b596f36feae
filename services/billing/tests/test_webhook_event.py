"""What an event says before anybody is asked: whether it may change a payment, and whose id it names."""

import pytest
from billing.domain.webhook_event import is_about_payment, is_intent


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("checkout.session.completed", True),
        ("checkout.session.expired", True),
        ("charge.refunded", True),
        ("charge.dispute.created", True),
        ("refund.failed", True),
        ("charge.succeeded", False),
        ("payment_intent.succeeded", False),
        ("account.updated", False),
    ],
)
def test_only_checkouts_refunds_and_disputes_change_a_payment(kind: str, about: bool) -> None:
    assert is_about_payment(kind) is about


def test_an_intent_is_the_processors_id_and_a_payment_ours() -> None:
    assert is_intent("pi_3Nabc")
    assert not is_intent("0199c1f2-7a3b-7c4d-8e5f-001122334455")
    assert not is_intent("")
