"""Who pays, as the pay page asks."""

from dataclasses import dataclass

from stand_in_stripe.cards import TEST_EXPIRY
from stand_in_stripe.shapes import Json, Session
from stand_in_stripe.shapes.common import no_address


@dataclass(frozen=True)
class Payer:
    """`expiry` is the month and the four-digit year on the card."""

    email: str = "payer@sandbox.example"
    name: str = "Sandbox Payer"
    phone: str | None = None
    card: str = ""
    expiry: tuple[int, int] = TEST_EXPIRY

    def billing(self) -> Json:
        """`billing_details`."""
        given = {"email": self.email, "name": self.name, "phone": self.phone, "tax_id": None}
        return {"address": no_address(), **given}

    def customer(self) -> Json:
        """`customer_details` of a session."""
        given: Json = {"email": self.email, "name": self.name, "phone": self.phone}
        more: Json = {"business_name": None, "individual_name": None, "tax_exempt": "none", "tax_ids": []}
        return {"address": no_address(), **given, **more}


def sandbox_payer(session: Session, card: str) -> Payer:
    """The payer when no person is at the page."""
    return Payer(email=session.customer_email or Payer.email, card=card)
