"""The sign-in code as an email and as a text message. Pure: the same input gives the same bytes."""

from datetime import timedelta

from notifier.messages import sms
from notifier.messages.brand import Brand
from notifier.messages.email import EmailText
from notifier.messages.templates import render

_KIND = "sign_in_code"
_USUAL_DIGITS = 6
_GROUP = 4


_LINKED_PARTS = 2
"""A link and the line that phones look for do not fit one part of UCS-2: safety comes before a cent."""


def code_email(locale: str, brand: Brand, code: str, life: timedelta, at: str, link: str = "") -> EmailText:
    """The email that carries a code which works for `life` from now on, and says why one is longer.

    `at` is the time now, so that no two mails look alike. A longer one comes with the `link` that says "it
    was not me".
    """
    longer = len(code) > _USUAL_DIGITS
    values: dict[str, object] = {
        "brand": brand,
        "code": _in_groups(code) if longer else code,
        "minutes": _minutes(life),
        "link": link,
    }
    values |= {"digits": len(code), "longer": longer}
    return EmailText(
        subject=render(locale, _KIND, "subject.txt", time=at, digits=len(code), longer=longer),
        text=render(locale, _KIND, "body.txt", **values).strip() + "\n",
        html=render(locale, _KIND, "body.html", **values) + "\n",
    )


def code_sms(locale: str, brand: Brand, code: str, host: str, link: str = "") -> str:
    """The text message. Its last line lets a phone offer the code to pages of `host`.

    See https://wicg.github.io/sms-one-time-codes/. The name is shortened so that all fits one part, or with a
    link in Japanese two; it cannot fit when the host has more than 44 characters.
    """
    parts = _LINKED_PARTS if link else 1

    def with_name(name: str) -> str:
        return render(locale, _KIND, "sms.txt", name=name, code=code, host=host, link=link)

    text = with_name(brand.name)
    excess = sms.units(text) - sms.longest(text, parts=parts)
    if excess <= 0:
        return text
    return with_name(sms.shortened(brand.name, sms.units(brand.name) - excess))


def _in_groups(code: str) -> str:
    """0427 1983: as it is read and typed."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _minutes(life: timedelta) -> int:
    return max(1, round(life / timedelta(minutes=1)))
