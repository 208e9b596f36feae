"""What a person could do at the pay page, without a browser; and time, run out at once."""

from stand_in_stripe.checkout.expire import close
from stand_in_stripe.checkout.konbini import print_voucher
from stand_in_stripe.checkout.pay import Attempt, pay_by_card
from stand_in_stripe.checkout.payer import sandbox_payer
from stand_in_stripe.control.requests import PayWanted
from stand_in_stripe.errors import StripeError
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Session


def pay(sandbox: Sandbox, owner: str, session: Session, wanted: PayWanted) -> Attempt:
    """Try to pay. Raises StripeError for a session that is not open."""
    was_open = session.status == "open"
    if wanted.total is not None and was_open:
        session.amount_total = wanted.total  # as a promotion or a tax of the account's own would change it
    payer = sandbox_payer(session, wanted.card)
    method = print_voucher if wanted.method == "konbini" else pay_by_card
    attempt = method(sandbox, owner, session, payer)
    if not was_open or attempt.session.status == "expired":
        raise StripeError(400, f"This session is {attempt.session.status}: it can't be paid.")
    return attempt


def expire_now(sandbox: Sandbox, owner: str, session: Session) -> Session:
    """As if its time had run out. Raises StripeError for a session that is not open."""
    if session.status != "open":
        raise StripeError(400, f"This session is {session.status} already.")
    with sandbox.books.transaction():
        return close(sandbox, owner, session, NOT_ASKED)
