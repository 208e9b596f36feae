"""What a customer's autopay does, as an email and a text message. Pure: same input, same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from notifier.domain.autopay_facts import AutopayChargeFacts, AutopayFacts
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import AutopayKind
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.notifications import method_text
from notifier.messages.payment_rows import FactRow, label_of
from notifier.messages.payment_words import card_in_words
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_CONFIRM_YOURSELF: Final = "authentication_required"
_UNCONFIRMED: Final = "unconfirmed"
_NOT_CHARGEABLE: Final = ("account_changed", "account_gone", "cards_off")


@dataclass(frozen=True, slots=True)
class AutopayNews:
    """A customer's autopay, and the invoice that a message is about; "" for none."""

    autopay: AutopayFacts
    invoice_id: str
    invoices: Sequence[InvoiceStanding]

    @property
    def charge(self) -> AutopayChargeFacts | None:
        """What is charged for that invoice."""
        return self.autopay.charge(self.invoice_id)

    @property
    def number(self) -> str:
        """The number of that invoice."""
        numbers = (one.number for one in self.invoices if one.invoice_id == self.invoice_id)
        return one_line(next(numbers, ""))


@dataclass(frozen=True, slots=True)
class AutopayWords:
    """Finished words. `to_confirm`: the bank wants the payer to pay by themselves; `unconfirmed`: nobody says
    whether money was taken; `card_gone`, `not_chargeable`: why autopay is off, where nobody here switched it.
    """

    on: bool
    card: str
    card_name: str
    amount: str
    day: str
    short_day: str
    number: str
    ended: bool
    to_confirm: bool
    unconfirmed: bool
    card_gone: bool
    not_chargeable: bool


def autopay_email(kind: AutopayKind, style: MessageStyle, news: AutopayNews) -> EmailText:
    """The email, laid out as that of a payment."""
    words = _words(style, news)
    action, url = _way_on(kind, style, news)
    button = render(style.locale, "layout", "button.txt", action=action, amount=words.amount).strip()
    return email_like_a_payment(
        kind, style, asdict(words), rows=list(_rows(kind, style, news, words)), url=url, button=button
    )


def autopay_sms(kind: AutopayKind, style: MessageStyle, news: AutopayNews) -> str:
    """The text message."""
    return sms_like_a_payment(kind, style, asdict(_words(style, news)))


def _words(style: MessageStyle, news: AutopayNews) -> AutopayWords:
    show, charge = style.formatter, news.charge
    day = charge.charge_on if charge else None
    return AutopayWords(
        on=news.autopay.status == "on",
        card=card_in_words(style, news.autopay.card),
        card_name=method_text(style, news.autopay.card),
        amount=show.money(charge.amount, charge.currency) if charge else "",
        day=(show.short_with_weekday(day) if show.japanese else show.with_weekday(day)) if day else "",
        short_day=show.short_with_weekday(day) if day else "",
        number=news.number,
        ended=charge is not None and charge.ended,
        to_confirm=charge is not None and charge.code == _CONFIRM_YOURSELF,
        unconfirmed=charge is not None and charge.code == _UNCONFIRMED,
        card_gone=news.autopay.end_reason == "card_removed",
        not_chargeable=news.autopay.end_reason in _NOT_CHARGEABLE,
    )


def _way_on(kind: AutopayKind, style: MessageStyle, news: AutopayNews) -> tuple[str, str]:
    """What the button says, and where it leads."""
    if kind == "autopay_declined":
        charge, page = news.charge, style.link("invoices", news.invoice_id)
        if charge is None or charge.code == _UNCONFIRMED:
            return "invoice", page
        return "pay", style.pay_link(charge.invoice_id, charge.amount, charge.currency) or page
    action = "autopay" if news.autopay.status == "on" else "settings"
    return action, f"{style.link('settings')}#autopay"


def _rows(
    kind: AutopayKind, style: MessageStyle, news: AutopayNews, words: AutopayWords
) -> Iterator[FactRow]:
    show, facts = style.formatter, news.autopay
    if kind == "autopay_changed":
        yield FactRow(label_of(style, "card"), words.card_name, gone=not words.on)
        if words.on:
            since = facts.since.astimezone(show.zone).date()
            yield FactRow(label_of(style, "since"), show.full_with_weekday(since))
            yield FactRow(label_of(style, "covers"), _text(style, "covers"))
            yield FactRow(label_of(style, "stop"), _text(style, "stop"))
        return
    yield FactRow(label_of(style, "amount"), words.amount)
    if news.charge and not words.ended:
        label = "charge_on" if kind == "autopay_notice" else "next_try"
        yield FactRow(label_of(style, label), show.full_with_weekday(news.charge.charge_on))
    yield FactRow(label_of(style, "card"), words.card_name)
    yield FactRow(label_of(style, "invoice"), words.number)


def _text(style: MessageStyle, about: str) -> str:
    return render(style.locale, "layout", "autopay.txt", about=about).strip()
