"""What the outside world did and saw, kept in memory of a process that nobody kills.

The ledger shares no code with the services: it is what they are held against.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from portal_testing.stack.whole_log import Place

CustomerKey = tuple[str, str]
"""Business id and customer id."""
InvoiceKey = tuple[str, str]
"""Business id and invoice id."""


class RequestedCode(NamedTuple):
    """One request for a code: whether its address is known, and whether an acceptance came back."""

    address: str
    known: bool
    accepted: bool


class PagePart(msgspec.Struct, frozen=True):
    """What of a payment goes to which invoice, in minor units."""

    invoice_id: str
    amount: int


class CheckoutPage(msgspec.Struct, frozen=True):
    """A page to pay on, as the answer to a click names it."""

    payment_id: str
    url: str
    amount: int
    currency: str
    allocations: tuple[PagePart, ...]

    @property
    def session(self) -> str:
        """The id of the Checkout Session behind it."""
        return self.url.rsplit("/", 1)[1]


@dataclass
class PaymentLedger:
    """What payers were shown, did and were answered. Money in minor units."""

    owed: dict[InvoiceKey, int] = field(default_factory=dict[InvoiceKey, int])
    """What each invoice comes to."""
    pages: dict[str, tuple[str, CheckoutPage]] = field(default_factory=dict[str, tuple[str, CheckoutPage]])
    """Payment id → business id, and the page that was handed out for it."""
    answers: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    """Two pages of one payment, pages for other invoices or another sum than was asked for, refusals."""
    stuck: list[str] = field(default_factory=list[str])
    """Payers who lost patience."""
    steps: int = 0
    """Payments and requests, but for requests that no process was there to take."""

    def hand_out(
        self, business_id: str, page: CheckoutPage, invoices: Sequence[str], amount: int | None = None
    ) -> None:
        """Note the page that was shown to somebody who asked to pay these invoices, or this amount."""
        if self.pages.setdefault(page.payment_id, (business_id, page)) != (business_id, page):
            self.wrong.append(f"{page.payment_id}: {page} and {self.pages[page.payment_id]}")
        shown = {part.invoice_id: part.amount for part in page.allocations}
        fits = page.amount == sum(shown.values()) and amount in (None, page.amount)
        if shown.keys() != set(invoices) or not fits:
            self.wrong.append(f"{page.payment_id}: {page}, asked for {amount or 'all'} of {invoices}")

    def parts(self, payment_id: str) -> Mapping[InvoiceKey, int]:
        """Which invoices a payment is for; nothing for one that nobody was shown."""
        if payment_id not in self.pages:
            return {}
        business_id, page = self.pages[payment_id]
        return {(business_id, part.invoice_id): part.amount for part in page.allocations}


@dataclass
class Ledger:
    """What was sent, what was acknowledged or answered, and what was done to the processes."""

    seed: int
    sent: Counter[str] = field(default_factory=Counter[str])
    """How much was sent, by kind: event, duplicate, late, malformed, name, code, sign-in."""
    records: dict[Place, bytes] = field(default_factory=dict[Place, bytes])
    """Every record that the broker acknowledged, and its value."""
    malformed: set[Place] = field(default_factory=set[Place])
    names: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Business id → the names it was given, in order, each acknowledged before the next was sent."""
    codes: list[RequestedCode] = field(default_factory=list[RequestedCode])
    sign_ins: Counter[CustomerKey] = field(default_factory=Counter[CustomerKey])
    """How often somebody tried to sign in."""
    sessions: Counter[CustomerKey] = field(default_factory=Counter[CustomerKey])
    """How often somebody was answered with a session."""
    unanswered: Counter[str] = field(default_factory=Counter[str])
    """Requests whose answer was lost, by kind: they may or may not have had an effect."""
    strikes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter[str]))
    """killed, ended, frozen → how often which process was."""
    payments: PaymentLedger = field(default_factory=PaymentLedger)

    @property
    def acknowledged(self) -> int:
        """How many promises were made to us."""
        names = sum(len(names) for names in self.names.values())
        codes = sum(code.accepted for code in self.codes)
        return len(self.records) + names + codes + self.sessions.total()
