"""That an address is guarded, as an email and a text message. Pure: the same input gives the same bytes."""

from datetime import datetime

from notifier.messages import sms
from notifier.messages.email import EmailText
from notifier.messages.style import MessageStyle
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
    """The text message, in one part."""
    shown = style.formatter.stamp(until)

    def with_name(name: str, phone: str) -> str:
        return render(style.locale, _KIND, "sms.txt", name=name, until=shown, phone=phone)

    return sms.in_one_part(with_name, style.brand.name, style.brand.phone or "")
