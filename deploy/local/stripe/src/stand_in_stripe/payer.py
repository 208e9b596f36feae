"""Who pays, as typed at the pay page."""

import re
from dataclasses import dataclass

from stand_in_stripe.objects import Json

EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/.-]?\s*(?:20)?(\d\d)")


@dataclass(frozen=True)
class Payer:
    """Each field as it comes from the form; `save` has a text when its box is ticked.

    `kept` is the id of a card that was kept before, whose fields these are.
    """

    email: str = "payer@sandbox.example"
    name: str = "Sandbox Payer"
    phone: str = ""
    card: str = "4242 4242 4242 4242"
    expiry: str = "12 / 34"
    cvc: str = "123"
    save: str = ""
    kept: str = ""

    @property
    def month(self) -> tuple[int, int] | None:
        """The year and the month of the card's expiry."""
        match = EXPIRY.fullmatch(self.expiry.strip())
        return (2000 + int(match[2]), int(match[1])) if match else None

    def billing(self) -> Json:
        """`billing_details`."""
        return {"address": {}, "email": self.email, "name": self.name, "phone": self.phone or None}
