"""In whose name a message is written, how things are written in it, and where its links lead."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chassis.online_amounts import online_limits
from chassis.words.formats import Formatter, locale_of
from servicehub_events import Business

from notifier.messages import sms
from notifier.messages.brand import Brand, brand_of, one_line


@dataclass(frozen=True, slots=True)
class MessageStyle:
    """In whose name an email is written, how things are written in it, and where its links lead.

    `pay_token` makes the token of a pay link from the id of an invoice; None where its reader is sent none.
    `stop_url` ends this kind of mail for its reader; empty where it can't be switched off.
    """

    brand: Brand
    locale: str
    formatter: Formatter
    root: str
    name_in_texts: str
    pay_token: Callable[[str], str] | None = None
    stop_url: str = ""

    @classmethod
    def of(
        cls, business: Business, locale: str, origin: str, pay_token: Callable[[str], str] | None = None
    ) -> Self:
        """`locale` is one of ours; links go to the business's portal at `origin`."""
        return cls(
            brand=brand_of(business, origin),
            locale=locale,
            formatter=Formatter(locale_of(locale, business.country), ZoneInfo(business.time_zone)),
            root=f"{origin}/portal/{business.slug}",
            name_in_texts=_name_in_texts(business, locale),
            pay_token=pay_token,
        )

    @property
    def settings_url(self) -> str:
        """Where its reader chooses which messages to get."""
        return f"{self.link('settings')}#messages"

    def link(self, *path: str) -> str:
        """The address of a page of the portal."""
        return "/".join((self.root, *(quote(part, safe="") for part in path)))

    def pay_link(self, invoice_id: str, amount: int, currency: str) -> str | None:
        """Where this much of an invoice is paid without signing in; None where that is not offered."""
        if self.pay_token is None or online_limits(currency).fault_of(amount):
            return None
        return self.link("pay", self.pay_token(invoice_id))


def _name_in_texts(business: Business, locale: str) -> str:
    """A name outside GSM 03.38 would more than halve an English text: its slug stands for it there."""
    name = sms.folded(one_line(business.name))
    return name if locale == "ja" or sms.is_gsm(name) else business.slug.replace("-", " ").title()
