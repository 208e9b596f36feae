"""That a passkey was added, as an email and a text message. Pure: the same input gives the same bytes."""

from datetime import datetime

from notifier.messages import sms
from notifier.messages.email import EmailText
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_KIND = "passkey_added"


def passkey_email(style: MessageStyle, at: datetime) -> EmailText:
    """The email that says when, in the business's own time, and what to do if it was somebody else."""
    values: dict[str, object] = {"brand": style.brand, "at": style.formatter.stamp(at)}
    return EmailText(
        subject=sms.plain_spaces(render(style.locale, _KIND, "subject.txt")),
        text=render(style.locale, _KIND, "body.txt", **values).strip() + "\n",
        html=render(style.locale, _KIND, "body.html", **values) + "\n",
    )


def passkey_sms(style: MessageStyle, at: datetime) -> str:
    """The text message, in one part."""
    shown = style.formatter.stamp(at)

    def with_name(name: str, phone: str) -> str:
        return render(style.locale, _KIND, "sms.txt", name=name, at=shown, phone=phone)

    return sms.in_one_part(with_name, style.brand.name, style.brand.phone or "")
