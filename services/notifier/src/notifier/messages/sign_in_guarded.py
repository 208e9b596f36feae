"""That an address is guarded, as an email and a text message. Pure: the same input gives the same bytes."""

from datetime import datetime

from notifier.messages import sms
from notifier.messages.email import EmailText
from notifier.messages.notifications import MessageStyle
from notifier.messages.templates import render

_KIND = "sign_in_guarded"


def guarded_email(style: MessageStyle, until: datetime) -> EmailText:
    """The email that says until when only known devices are sent codes, in the business's own time."""
    values: dict[str, object] = {"brand": style.brand, "until": style.formatter.stamp(until)}
    return EmailText(
        subject=sms.plain_spaces(render(style.locale, _KIND, "subject.txt", until=values["until"])),
        text=render(style.locale, _KIND, "body.txt", **values).strip() + "\n",
        html=render(style.locale, _KIND, "body.html", **values) + "\n",
    )


def guarded_sms(style: MessageStyle, until: datetime) -> str:
    """The text message, in one part: the phone goes first when it is too long, then the end of the name."""
    brand, shown = style.brand, style.formatter.stamp(until)

    def with_name(name: str, phone: str) -> str:
        text = render(style.locale, _KIND, "sms.txt", name=name, until=shown, phone=phone)
        return sms.plain_spaces(text).strip()

    text = with_name(brand.name, brand.phone or "")
    if sms.units(text) > sms.longest(text):
        text = with_name(brand.name, "")
    excess = sms.units(text) - sms.longest(text)
    return text if excess <= 0 else with_name(sms.shortened(brand.name, sms.units(brand.name) - excess), "")
