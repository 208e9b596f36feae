"""What operators do: look at payments that are being checked, and clear them.

The processor is asked first, so that what is decided is about what was really taken, and what settles itself
needs no decision. Only an account that cannot be asked any more leaves it to the operator's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.events_out import Origin
from servicehub_events import ClearingDecision, Payment, Taken

from billing import errors
from billing.context import Context
from billing.domain.clearing import ClearPayment, awaits_operator
from billing.domain.payments import CheckoutStatus
from billing.handlers.settle import ask, clear, read_payment, settle
from billing.store import checkout_sessions
from billing.store.checkout_sessions import CheckoutSession


@dataclass(frozen=True, slots=True)
class ClearByHand:
    """An operator's decision about a payment, who made it, and why."""

    payment_id: str
    decision: ClearingDecision
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A payment, and what the processor says of it now; None where it says nothing."""

    payment: Payment
    status: CheckoutStatus | None

    @property
    def taken(self) -> Taken | None:
        """What was taken, as far as anybody knows; None where that is what was asked for, or unknown."""
        if self.status is None or not self.status.paid:
            return self.payment.taken
        taken = Taken(amount=self.status.amount, currency=self.status.currency)
        asked = self.payment.charged, self.payment.currency
        return None if (taken.amount, taken.currency) == asked else taken

    @property
    def refunded(self) -> int:
        """How much of it was given back at the processor, in minor units of what was taken."""
        return self.status.reversals.given_back if self.status else 0


async def list_checked(ctx: Context) -> Sequence[Payment]:
    """The payments that wait for an operator, the oldest first."""
    async with ctx.all_tenants() as tx:
        waiting = await checkout_sessions.list_checked(tx)
    payments = [await read_payment(ctx, session) for session in waiting]
    return [payment for payment in payments if payment.review]


async def read_file(ctx: Context, payment_id: str) -> PaymentFile | None:
    """A payment with what is known of it; None when there is none."""
    session = await _session(ctx, payment_id)
    if session is None:
        return None
    return PaymentFile(await read_payment(ctx, session), await _ask(ctx, session))


async def clear_by_hand(ctx: Context, command: ClearByHand) -> Payment:
    """Decide, and free or settle the invoices. Raises `ClearingRefused`."""
    session = await _session(ctx, command.payment_id)
    if session is None:
        raise errors.ClearingRefused(f"There is no payment {command.payment_id}.")
    origin = Origin(f"operator:{command.by}")
    if await _ask(ctx, session):
        await settle(ctx, session, origin)
    file = PaymentFile(await read_payment(ctx, session), await _ask(ctx, session))
    _check(file, command.decision)
    decision = ClearPayment(
        decision=command.decision, by=command.by, reason=command.reason, at=ctx.clock(), taken=file.taken
    )
    payment = await clear(ctx, session, decision, origin)
    if payment.clearing is None:
        raise errors.ClearingRefused(_STANDS.format(status=payment.status))
    if command.decision == "accepted" and file.status:
        payment = await settle(ctx, session, origin)  # what was given back of it meanwhile
    return payment


_NOTHING_TAKEN = "Stripe says that nothing was taken: `portal payments release` lets its invoices be paid."
_NOT_REFUNDED = "Not all of it was given back at Stripe, but {back}. Refund it in Stripe's dashboard first."
_STANDS = "This payment is not being checked: it is {status}, and nobody doubts that."


def _check(file: PaymentFile, decision: ClearingDecision) -> None:
    """What is decided must not contradict what the processor says."""
    if not awaits_operator(file.payment):
        raise errors.ClearingRefused(_STANDS.format(status=file.payment.status))
    status, taken = file.status, file.taken
    if decision == "accepted" and ((status and not status.paid) or (taken and not taken.amount)):
        raise errors.ClearingRefused(_NOTHING_TAKEN)
    if decision == "refunded" and status:
        whole = status.amount if status.paid else 0
        if not whole or file.refunded < whole:
            back = f"{file.refunded} of {whole} minor units of {status.currency}"
            raise errors.ClearingRefused(_NOT_REFUNDED.format(back=back))


async def _session(ctx: Context, payment_id: str) -> CheckoutSession | None:
    async with ctx.all_tenants() as tx:
        return await checkout_sessions.find_session_anywhere(tx, payment_id)


async def _ask(ctx: Context, session: CheckoutSession) -> CheckoutStatus | None:
    try:
        return await ask(ctx, session)
    except (errors.ProcessorUnreachable, errors.ProcessorDeclined):
        return None
