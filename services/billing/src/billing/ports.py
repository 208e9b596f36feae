"""What billing asks of the payment processor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from servicehub_events import Movement

from billing.domain.account_standing import AccountStanding
from billing.domain.card_charge import CardCharge
from billing.domain.checkout_request import CheckoutRequest
from billing.domain.kept_cards import CardPage, KeptCard
from billing.domain.payments import CheckoutStatus
from billing.domain.webhook_event import WebhookEvent


class PaymentProcessor(Protocol):
    """Checkout sessions, in the namespace of one account each. All raise `ProcessorUnreachable`."""

    def build_request(self, checkout: CheckoutRequest) -> str:
        """All that will be sent to create the session, as text to be stored: a retry must be equal to it."""
        ...

    async def create_session(self, account: str, request: str, key: str) -> CheckoutStatus:
        """Open the page, or get the one that was opened under this key. Raises `ProcessorDeclined`."""
        ...

    async def retrieve_session(self, account: str, reference: str) -> CheckoutStatus:
        """What became of a session."""
        ...

    async def find_session(self, account: str, payment_id: str, since: datetime) -> CheckoutStatus | None:
        """The session of a payment whose reference never reached us; None when there is none."""
        ...

    async def expire_session(self, account: str, reference: str) -> None:
        """Let nobody pay on the page any more; changes nothing when it is not open."""
        ...

    async def cancel_intent(self, account: str, intent_id: str) -> None:
        """Take a voucher back; changes nothing where the processor does not. Whoever looks sees whether."""
        ...

    async def refund(self, account: str, charge_id: str, amount: int, currency: str, key: str) -> None:
        """Give back a part of a charge, once under this key. `amount` in minor units. Raises
        `ProcessorDeclined`.
        """
        ...

    async def read_standing(self, account: str) -> AccountStanding:
        """Whether the account can be charged now, and if not, why."""
        ...

    async def find_payment_id(self, account: str, intent: str) -> str:
        """Our id of the payment that the processor knows by an id of its own; "" when it is not ours."""
        ...

    async def list_payout(self, account: str, payout_id: str) -> Sequence[tuple[str, Movement]]:
        """What a payout is made of; each with our id of its payment, or the processor's, "" for none."""
        ...

    async def list_events(self, account: str, since: datetime, until: datetime) -> Sequence[WebhookEvent]:
        """The events of the account in that time, oldest first."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class CardVaults(Protocol):
    """Cards that people keep, in the namespace of one account each.

    All raise `ProcessorUnreachable` or `ProcessorDeclined`.
    """

    async def open_vault(self, account: str, key: str, *, business_id: str, customer_id: str) -> str:
        """The id of a new vault, or of the one that was made under this key."""
        ...

    async def has_vault(self, account: str, reference: str) -> bool:
        """Whether a vault is there still."""
        ...

    async def delete_vault(self, account: str, reference: str) -> None:
        """Delete a vault with all that is in it; changes nothing when it is gone."""
        ...

    async def list_cards(self, account: str, reference: str) -> Sequence[KeptCard]:
        """The cards of a vault, the newest first, copies too."""
        ...

    async def has_card(self, account: str, reference: str, card_id: str) -> bool:
        """Whether a vault keeps this card still."""
        ...

    async def remove_card(self, account: str, card_id: str) -> None:
        """Let nobody pay with a card any more."""
        ...

    async def open_card_page(self, account: str, page: CardPage) -> str:
        """The address of a page that keeps a card and takes no money."""
        ...


class CardCharges(Protocol):
    """Kept cards are charged while their owners are away, in the namespace of one account each.

    All raise `ProcessorUnreachable` or `ProcessorDeclined`. A declined card is a status with a failure.
    """

    def build_charge(self, charge: CardCharge) -> str:
        """All that will be sent to charge the card, as text to be stored: a retry must be equal to it."""
        ...

    async def charge_card(self, account: str, request: str, key: str) -> CheckoutStatus:
        """Charge the card, once under this key, and say what became of it."""
        ...

    async def retrieve_charge(self, account: str, reference: str) -> CheckoutStatus:
        """What became of a charge."""
        ...

    async def find_charge(
        self, account: str, vault: str, payment_id: str, since: datetime
    ) -> CheckoutStatus | None:
        """The charge of a payment whose reference never reached us; None when there is none."""
        ...


class WebhookReader(Protocol):
    """Reads what the processor posts."""

    def read(self, body: bytes, signature: str, now: datetime) -> WebhookEvent:
        """The event in a signed body. Raises `BadSignature`."""
        ...
