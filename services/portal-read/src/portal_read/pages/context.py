"""What every page is rendered from: plain values, read by somebody else, never fetched from here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from servicehub_events import (
    Autopay,
    Business,
    Contact,
    Customer,
    Invoice,
    InvoiceMoney,
    Message,
    Payment,
    Role,
)

from portal_read.pages.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class FlashMessage:
    """Something to say once, as a code with parameters; `flash_messages.py` has the words for each code."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice, the payments that touch it, and what follows from both (`invoice_money`).

    `messages` are those about it, where its own page tells of them.
    """

    invoice: Invoice
    payments: Sequence[Payment]
    money: InvoiceMoney
    messages: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class PageContext:
    """`path` is where the reader is (the language form returns to it); `as_of` is the freshness stamp.

    `now` and `as_of` are aware. `customer` and `contact` are None before sign-in. `live_url` turns live
    updates on, `worker_url` the page that browsers show offline; `reader` tells the pages of one session from
    those of others. `image_origin` (`https://img.example`) is the only origin staff photos are shown from,
    `origin` that of the pages. `pays_online` says that the business can be paid here now, `second_proof` that
    it asks for one before, `incomplete` that rows had to be left out, `switches` that who is signed in has
    chosen among several accounts here. `seen` is what the contact last saw, `autopay` what pays the invoices
    of the customer by itself, or did.
    """

    business: Business
    locale: str
    now: datetime
    path: str
    as_of: datetime | None = None
    stale: bool = False
    customer: Customer | None = None
    contact: Contact | None = None
    flash: FlashMessage | None = None
    live_url: str | None = None
    worker_url: str | None = None
    reader: str = ""
    image_origin: str | None = None
    origin: str = ""
    pays_online: bool = False
    second_proof: bool = False
    incomplete: bool = False
    switches: bool = False
    seen: Snapshot | None = None
    autopay: Autopay | None = None

    @property
    def root(self) -> str:
        """The path of the business's portal, without a trailing slash."""
        return f"/portal/{self.business.slug}"

    @property
    def home(self) -> str:
        """The portal's first page, as pages lead there: below it lies this portal and no other's (0086)."""
        return f"{self.root}/"

    @property
    def is_home(self) -> bool:
        """Whether the portal's first page was asked for, at either of its addresses."""
        return self.path in (self.root, self.home)

    def appointment_url(self, appointment_id: str) -> str:
        return f"{self.root}/appointments/{quote(appointment_id, safe='')}"

    def invoice_url(self, invoice_id: str) -> str:
        return f"{self.root}/invoices/{quote(invoice_id, safe='')}"

    def pay_url(self, invoice_ids: Iterable[str] = ()) -> str:
        """Where to choose how much of these to pay; of all that is payable when none is named."""
        query = urlencode([("invoice", invoice_id) for invoice_id in invoice_ids])
        return f"{self.root}/pay?{query}" if query else f"{self.root}/pay"

    def pay_link_url(self, token: str) -> str:
        """Where one invoice is paid without signing in."""
        return f"{self.root}/pay/{token}"

    def result_url(self, payment_id: str) -> str:
        return f"{self.root}/result/{quote(payment_id, safe='')}"

    @property
    def may_pay(self) -> bool:
        """Whether this contact can pay this business here and now."""
        return self.pays_online and self.contact is not None and self.contact.may("pay")

    def may_see(self, role: Role) -> bool:
        """Whether this contact may see what `role` stands for; before sign-in nothing is withheld."""
        return self.contact is None or self.contact.may(role)
