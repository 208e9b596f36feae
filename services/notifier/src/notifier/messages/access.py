"""That a contact can sign in, or by another address, as an email and a text message.

Pure: the same input gives the same bytes.
"""

from servicehub_events import Channel

from notifier.domain.delivery import AddressChange
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


def access_email(style: MessageStyle, address: str) -> EmailText:
    """The email, with the address that one signs in with."""
    words, button = {"name": style.brand.name}, _text(style, "open")
    rows = [FactRow(_text(style, "sign_in"), one_line(address, 254))]
    return email_like_a_payment("access_opened", style, words, rows=rows, url=style.root, button=button)


def access_sms(style: MessageStyle) -> str:
    """The text message."""
    return sms_like_a_payment("access_opened", style, {})


def address_email(style: MessageStyle, change: AddressChange) -> EmailText:
    """To the old address: that it signs in no more, and what is shown of the new one. To the new one: that it
    does now.
    """
    rows = [FactRow(_text(style, "changed"), style.formatter.full_stamp(change.at))]
    if change.new:
        rows.append(FactRow(_text(style, "new"), one_line(change.new, 254)))
    words, url = _words(style, change, "email"), "" if change.is_old else style.root
    return email_like_a_payment(
        "address_changed", style, words, rows=rows, url=url, button=_text(style, "open")
    )


def address_sms(style: MessageStyle, change: AddressChange) -> str:
    """The text message."""
    return sms_like_a_payment("address_changed", style, _words(style, change, "sms"))


def _words(style: MessageStyle, change: AddressChange, channel: Channel) -> dict[str, object]:
    contact = style.brand.phone or style.brand.email or ""
    return {"is_old": change.is_old, "channel": channel, "contact": contact}


def _text(style: MessageStyle, about: str) -> str:
    return render(style.locale, "layout", "access_text.txt", about=about).strip()
