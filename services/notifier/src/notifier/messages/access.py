"""That a contact can sign in, as an email and a text message. Pure: same input, same bytes."""

from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render


def access_email(style: MessageStyle, address: str) -> EmailText:
    """The email, with the address that one signs in with."""
    label = render(style.locale, "layout", "access_text.txt", about="sign_in").strip()
    button = render(style.locale, "layout", "access_text.txt", about="open").strip()
    words = {"name": style.brand.name}
    rows = [FactRow(label, one_line(address, 254))]
    return email_like_a_payment("access_opened", style, words, rows=rows, url=style.root, button=button)


def access_sms(style: MessageStyle) -> str:
    """The text message."""
    return sms_like_a_payment("access_opened", style, {})
