"""What happened to a payment, as an email and a text message. Pure: the same input gives the same bytes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from chassis.words.formats import NBSP

from notifier.domain.kinds import MessageKind, PaymentKind
from notifier.messages import sms
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow, rows_of, way_on
from notifier.messages.payment_words import PaymentNews, words_of
from notifier.messages.sms import plain_spaces
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_WORD_JOINER: Final = "\u2060"
_DASH: Final = f"{NBSP}–{NBSP}"
_JAPANESE_TIME: Final = re.compile(r"\d+月\d+日(?:\(\w\))?(?:\d+:\d+(?:〜\d+:\d+)?)?|\d+:\d+〜\d+:\d+")


def payment_email(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> EmailText:
    """The email. All kinds have one layout; subject, preheader and first sentence are the kind's own."""
    words = words_of(kind, style, news)
    way, rows = way_on(kind, style, news), rows_of(kind, style, news)
    button = _button(style, way.action, words.open)
    return email_like_a_payment(kind, style, asdict(words), rows=rows, url=way.url, button=button)


def email_like_a_payment(
    kind: MessageKind,
    style: MessageStyle,
    words: Mapping[str, object],
    *,
    rows: Sequence[FactRow],
    url: str,
    button: str,
    note: str = "",
    beside: tuple[str, str] | None = None,
) -> EmailText:
    """The layout of all kinds about money and about visits, filled with the words of one; `beside` the button
    is another way, as text and address.
    """
    subject, lead = (_part(kind, style, part, words) for part in ("subject.txt", "lead.txt"))
    values: dict[str, object] = {
        "brand": style.brand,
        "preheader": _part(kind, style, "preheader.txt", words),
        "lead": lead,
        "rows": rows,
        "url": url,
        "settings_url": style.settings_url,
        "stop_url": style.stop_url,
        "button": button,
        "note": note,
        "beside": beside,
    }
    shown = [row._replace(value=_unbroken(row.value), former=_unbroken(row.former)) for row in rows]
    unbroken = {"title": _unbroken(subject), "lead": _unbroken(lead), "rows": shown}
    return EmailText(
        subject=one_line(plain_spaces(subject), longest=160),
        text=render(style.locale, "layout", "payment.txt", **values).strip() + "\n",
        html=render(style.locale, "layout", "payment.html", **values | unbroken) + "\n",
    )


def payment_sms(kind: PaymentKind, style: MessageStyle, news: PaymentNews) -> str:
    """The text message: who writes, and what a reader needs without a link; one part where it can be."""
    return sms_like_a_payment(kind, style, asdict(words_of(kind, style, news)))


def sms_like_a_payment(kind: MessageKind, style: MessageStyle, values: Mapping[str, object]) -> str:
    """The text message of a kind about money, filled with its words."""

    def written(name: str, phone: str) -> str:
        sender = render(style.locale, "layout", "sender.txt", business=name) if name else ""
        text = _part(kind, style, "sms.txt", {**values, "phone": phone, "door": style.root})
        return sms.folded(sender + (text if sender else text[:1].upper() + text[1:]))

    return sms.fitted(written, style.name_in_texts, style.brand.phone or "")


def _part(kind: MessageKind, style: MessageStyle, part: str, values: Mapping[str, object]) -> str:
    return render(style.locale, kind, part, **values).strip()


def _unbroken(text: str) -> str:
    """For a page: 11月22日(日)23:59 has no spaces that could be made no-break ones, and a line may break
    after a dash even before one of those (UAX 14, LB12a).
    """
    text = text.replace(_DASH, f"{_DASH[:-1]}{_WORD_JOINER}{NBSP}")
    return _JAPANESE_TIME.sub(lambda time: _WORD_JOINER.join(time.group()), text)


def _button(style: MessageStyle, action: str, amount: str) -> str:
    brand = style.brand
    values = {"action": action, "amount": amount, "phone": brand.phone, "email": brand.email}
    return render(style.locale, "layout", "button.txt", **values).strip()
