"""Every way billing says no, and how the processor fails. `http.routes` says how each refusal is answered.

To a form, a refusal's `code` is the flash code.
"""

from datetime import datetime, timedelta

from chassis.refusals import Refusal
from servicehub_events import Failure


class PaymentRefused(Refusal):
    """The payment does not begin; nothing was charged. The parameters go into the words of the page."""


class InvoiceUnknown(PaymentRefused):
    """One of the invoices is not there, or is not this customer's: the two look alike on purpose."""

    code = "pay_invoice_unknown"


class NotAllowed(PaymentRefused):
    """This contact may see, and not pay."""

    code = "pay_not_allowed"


class SecondProofNeeded(PaymentRefused):
    """The business takes payments from who proved a second address as well, and this session has not."""

    code = "pay_second_proof"


class LinkClosed(PaymentRefused):
    """The pay link opens nothing, for whatever reason: none is told apart from another."""

    code = "pay_link_closed"


class LinkTooOften(PaymentRefused):
    """Too many came from this network in a while."""

    code = "slow_down"


class NothingDue(PaymentRefused):
    """The invoice is paid or void, or money for it is on its way."""

    code = "pay_nothing_due"


class NoDeposit(PaymentRefused):
    """No deposit is asked for, or it is paid."""

    code = "pay_no_deposit"


class OneCurrency(PaymentRefused):
    """A payment has one currency."""

    code = "pay_one_currency"


class OneInvoice(PaymentRefused):
    """A part amount needs no guess where it goes."""

    code = "pay_one_invoice"


class AmountInvalid(PaymentRefused):
    """The amount is no number, below what the business takes as a part, or more than can be paid."""

    code = "pay_amount_invalid"

    def __init__(self, *, minimum: int, maximum: int, currency: str) -> None:
        detail = f"Between {minimum} and {maximum} minor units of {currency}."
        super().__init__(detail, minimum=minimum, maximum=maximum, currency=currency)


class AmountNotOnline(PaymentRefused):
    """No payment of this amount can be taken online: too small, too large, or between two steps."""

    code = "pay_amount_not_online"


class RestTooSmall(PaymentRefused):
    """What this amount leaves is too little to be paid online. Amounts in minor units of `currency`."""

    code = "pay_rest_too_small"

    def __init__(self, *, rest: int, minimum: int, currency: str) -> None:
        detail = f"It leaves {rest}, and at least {minimum} minor units of {currency} are paid online."
        super().__init__(detail, rest=rest, minimum=minimum, currency=currency)


class TipNotTaken(PaymentRefused):
    """No tip can be added: the business takes none, or the payment has no room for it."""

    code = "pay_tip_not_taken"


class TipInvalid(PaymentRefused):
    """The tip is no number, or not within its bounds: nothing is charged without it, or with another."""

    code = "pay_tip_invalid"

    def __init__(self, *, minimum: int, maximum: int, currency: str) -> None:
        detail = f"Between {minimum} and {maximum} minor units of {currency}."
        super().__init__(detail, minimum=minimum, maximum=maximum, currency=currency)


class InProgress(PaymentRefused):
    """Others keep paying parts of these invoices."""

    code = "pay_in_progress"


class Unconfirmed(PaymentRefused):
    """The processor does not tell whether an earlier payment was made: nobody pays twice meanwhile."""

    code = "pay_unconfirmed"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"Until {until.isoformat()}.", until=until.isoformat())


class NotOnline(PaymentRefused):
    """The business has no account that may be charged."""

    code = "pay_not_online"


class ProcessorAway(PaymentRefused):
    """The payment processor does not answer. Trying again continues the same payment."""

    code = "pay_unavailable"


class StillOpening(PaymentRefused):
    """The processor is slow to open its page, which goes on: whoever tries again is led on to that one."""

    code = "pay_slow"


class Failed(PaymentRefused):
    """The processor refused to begin."""

    code = "pay_failed"


class InvalidCheckout(PaymentRefused):
    """The body is no form or JSON object of the expected fields."""

    code = "pay_invalid"


class NotFinished(PaymentRefused):
    """The payer came back from the processor's page without having paid."""

    code = "pay_not_finished"


class PaperInvalid(Refusal):
    """Nobody is named, or with more than a line of a paper holds."""

    code = "paper_invalid"


class NoReceipt(Refusal):
    """The money is not there, went back, or is asked back by a bank: no receipt is made out of it now."""

    code = "receipt_none"


class NoRefundNote(Refusal):
    """The refund did not go through, its payment is being checked, or it never had a paper."""

    code = "refund_note_none"


class PaperAway(Refusal):
    """The paper could not be typeset now."""

    code = "paper_unavailable"


class CardUnknown(Refusal):
    """The card is not there, or is not this contact's: the two look alike on purpose."""

    code = "card_unknown"


class CardsNotKept(Refusal):
    """The business lets nobody keep a card now."""

    code = "cards_not_kept"


class CardsAway(Refusal):
    """The processor does not answer about kept cards."""

    code = "cards_unavailable"


class AutopayTermsChanged(Refusal):
    """The words of autopay are others by now than those that were agreed to."""

    code = "autopay_terms_changed"


class AutopayIsOn(Refusal):
    """Autopay is on already, with another card."""

    code = "autopay_is_on"


class ClearingRefused(Exception):
    """An operator's decision about a payment is not carried out; the text says why."""


class BadSignature(Refusal):
    """The webhook is not signed with any of our secrets, or was signed too long ago."""

    code = "bad_signature"


class ProcessorUnreachable(Exception):
    """The processor gave no answer, or one that says nothing about what was done: look before trying again.

    `stored` means that the same key will get the same answer for ever. `retry_after` is how long the
    processor wants to be left alone, and `try_again` is False when it wants no second try now.
    """

    def __init__(
        self,
        reason: str,
        *,
        stored: bool = False,
        retry_after: timedelta | None = None,
        try_again: bool = True,
    ) -> None:
        self.stored = stored
        self.retry_after = retry_after
        self.try_again = try_again
        super().__init__(reason)


class ProcessorDeclined(Exception):
    """The processor will not do this, however often it is asked."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.code)


class AccountUnusable(ProcessorDeclined):
    """The business's account may not be charged."""
