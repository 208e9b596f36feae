"""A mail says every amount with the decimals of its currency, in both languages."""

import pytest
from chassis.words.languages import LOCALES
from msgspec.structs import replace
from notification_samples import payment
from notifier.domain.facts import PaymentFacts, source_of
from notifier.messages.notifications import receipt_email
from notifier.messages.style import MessageStyle
from portal_testing.currencies import CURRENCIES, Counted
from servicehub_events_tools.testing import samples


@pytest.mark.parametrize("money", CURRENCIES, ids=str)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_receipt_by_mail_says_the_amount(locale: str, money: Counted) -> None:
    parts = (replace(samples.payment().allocations[0], amount=money.amount),)
    source = source_of(payment(currency=money.currency, amount=money.amount, allocations=parts))
    assert source is not None
    assert isinstance(source.facts, PaymentFacts)
    style = MessageStyle.of(samples.business(), locale, "https://my.mail.example")
    mail = receipt_email(style, "pa-1", source.facts, ["A-1"])
    for text in (mail.text, mail.html):
        assert money.shown in text.replace("\u00a0", " ")
