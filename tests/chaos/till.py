"""The till: what payers were shown, did and were told. Like the ledger it stands outside the system."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from .shops import Bill


class Part(msgspec.Struct, frozen=True):
    """What of a payment goes to which bill, in minor units."""

    invoice_id: str
    amount: int


class Page(msgspec.Struct, frozen=True):
    """A page to pay on, as the answer to a click names it."""

    payment_id: str
    url: str
    amount: int
    currency: str
    allocations: tuple[Part, ...]

    @property
    def session(self) -> str:
        """The Checkout Session behind it."""
        return self.url.rsplit("/", 1)[1]


@dataclass
class Till:
    """Kept by the test alone."""

    owed: dict[Bill, int] = field(default_factory=dict[Bill, int])
    """What each bill comes to, in minor units."""
    pages: dict[str, tuple[str, Page]] = field(default_factory=dict[str, tuple[str, Page]])
    """Payment id → business id, and the page that was handed out for it."""
    answers: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    """Pages of one payment that differ, pages for other bills or another sum than was asked for, refusals."""
    stuck: list[str] = field(default_factory=list[str])
    """People who lost patience."""
    steps: int = 0
    """Payments, and requests but for those that nobody was there to take."""

    def hand_out(self, business_id: str, page: Page, bills: Sequence[str], amount: int | None = None) -> None:
        """Somebody who asked to pay these bills, or this amount, was shown a page."""
        if self.pages.setdefault(page.payment_id, (business_id, page)) != (business_id, page):
            self.wrong.append(f"{page.payment_id}: {page} and {self.pages[page.payment_id]}")
        shown = {part.invoice_id: part.amount for part in page.allocations}
        if (
            shown.keys() != set(bills)
            or page.amount != sum(shown.values())
            or amount not in (None, page.amount)
        ):
            self.wrong.append(f"{page.payment_id}: {page}, asked for {amount or 'all'} of {bills}")

    def parts(self, payment_id: str) -> Mapping[Bill, int]:
        """Which bills a payment is for; nothing for one that nobody was shown."""
        if payment_id not in self.pages:
            return {}
        business_id, page = self.pages[payment_id]
        return {(business_id, part.invoice_id): part.amount for part in page.allocations}
