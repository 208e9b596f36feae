"""The sign-in code as a mail and as a text message. Pure: the same input gives the same bytes."""

from datetime import datetime, timedelta

from notifier.messages import sms_length
from notifier.messages.brand import Brand
from notifier.messages.mail import MailText
from notifier.messages.templates import render

_KIND = "sign_in_code"


def code_mail(locale: str, brand: Brand, code: str, life: timedelta) -> MailText:
    """The mail that carries a code which works for `life` from now on."""
    values = {"brand": brand, "code": code, "minutes": _minutes(life)}
    return MailText(
        subject=render(locale, _KIND, "subject.txt", brand=brand),
        text=render(locale, _KIND, "body.txt", **values).strip() + "\n",
        html=render(locale, _KIND, "body.html", **values) + "\n",
    )


def code_sms(locale: str, brand: Brand, code: str, host: str) -> str:
    """The text message. Its last line lets a phone offer the code to pages of `host`.

    See https://wicg.github.io/sms-one-time-codes/. The name is shortened so that all fits one part; it cannot
    fit when the host has more than 44 characters.
    """

    def with_name(name: str) -> str:
        return render(locale, _KIND, "sms.txt", name=name, code=code, host=host)

    text = with_name(brand.name)
    excess = sms_length.units(text) - sms_length.longest(text)
    if excess <= 0:
        return text
    return with_name(sms_length.shortened(brand.name, sms_length.units(brand.name) - excess))


def life_left(expires_at: datetime, now: datetime) -> timedelta:
    """How long a code still works; never below nothing."""
    return max(expires_at - now, timedelta())


def _minutes(life: timedelta) -> int:
    return max(1, round(life / timedelta(minutes=1)))
