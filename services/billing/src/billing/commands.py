"""What a payer may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicehub_events import Business

from billing.domain.choices import Choice


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is signed in, and at which business."""

    business: Business
    customer_id: str
    contact_id: str

    @property
    def business_id(self) -> str:
        """The tenant."""
        return self.business.business_id


@dataclass(frozen=True, slots=True)
class StartCheckout:
    """Pay this much of these invoices, in order of id, each once. `locale` is the page's language."""

    payer: Payer
    invoices: Sequence[str]
    choice: Choice
    locale: str
