"""Kept cards charged in the books of the processor in memory; answers stay away on demand."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from billing.domain.card_charge import CardCharge
from billing.domain.payments import CheckoutStatus
from billing.errors import ProcessorDeclined, ProcessorUnreachable
from servicehub_events import Failure

from .fake_processor import CARD, GONE, FakeProcessor


async def go_on(_: str) -> None:
    """The hook of charges that nothing stops."""


@dataclass
class FakeCharges:
    """`declines` are used up one a charge. `lost`: the answer to a charge that is made gets lost;
    `unmade`: it never arrives.

    `hook` is called before a card is charged, and after it.
    """

    processor: FakeProcessor
    declines: list[Failure] = field(default_factory=list[Failure])
    lost: bool = False
    unmade: bool = False
    hook: Callable[[str], Awaitable[None]] = go_on

    def build_charge(self, charge: CardCharge) -> str:
        return json.dumps(asdict(charge))

    async def charge_card(self, account: str, request: str, key: str) -> CheckoutStatus:
        if self.processor.away:
            raise ProcessorUnreachable("away")
        await self.hook("charge")
        if self.unmade:
            raise ProcessorUnreachable("lost")
        reference = self._charged(account, request, key)
        await self.hook("charged")
        if self.lost:
            raise ProcessorUnreachable("lost")
        return self.processor.pages[reference]

    async def retrieve_charge(self, account: str, reference: str) -> CheckoutStatus:
        if self.processor.away:
            raise ProcessorUnreachable("away")
        status = self.processor.pages.get(reference)
        if status is None or status.account != account:
            raise ProcessorDeclined(GONE)
        return status

    async def find_charge(
        self, account: str, vault: str, payment_id: str, since: datetime
    ) -> CheckoutStatus | None:
        if self.processor.away:
            raise ProcessorUnreachable("away")
        owners = self.processor.owners.items()
        made = (self.processor.pages[reference] for reference, owner in owners if owner == payment_id)
        return next((status for status in made if status.account == account), None)

    def _charged(self, account: str, request: str, key: str) -> str:
        processor = self.processor
        if key in processor.keys:
            reference, first = processor.keys[key]
            assert first == request, "a retry must be equal to what was sent first"
            return reference
        asked = json.loads(request)
        reference = f"pi_{len(processor.pages) + 1}"
        failure = self.declines.pop(0) if self.declines else None
        processor.pages[reference] = CheckoutStatus(
            reference=reference,
            account=account,
            page="complete",
            paid=failure is None,
            amount=asked["amount"],
            currency=asked["currency"],
            at=processor.clock(),
            method=CARD,
            failure=failure,
            intent_id=reference,
            charge_id=f"ch_of_{reference}",
        )
        processor.owners[reference] = asked["payment_id"]
        processor.keys[key] = (reference, request)
        if failure is None:
            processor.charges.append((asked["payment_id"], asked["amount"]))
        return reference
