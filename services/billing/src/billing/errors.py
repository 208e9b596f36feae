"""What can keep a payment from beginning, each with its answer. To a form, `code` is the flash code."""

from collections.abc import Mapping

from chassis.web.problems import Problem


class NotSignedIn(Problem):
    """Nobody is signed in here, or no longer."""

    status, code = 401, "not_signed_in"
    title = "Sign in first."


class Refused(Problem):
    """The payment does not begin; nothing was charged. `params` go into the words of the page."""

    params: Mapping[str, int | str] = {}


class InvoiceUnknown(Refused):
    """One of the invoices is not there, or is not this customer's: the two look alike on purpose."""

    status, code = 404, "pay_invoice_unknown"
    title = "One of these invoices is not there. Nothing was charged."


class NotAllowed(Refused):
    """This contact may see, and not pay."""

    status, code = 403, "pay_not_allowed"
    title = "This contact may not pay. Nothing was charged."


class NothingDue(Refused):
    """Paid, void, or money for it is on its way."""

    status, code = 409, "pay_nothing_due"
    title = "There is nothing to pay on one of these invoices now. Nothing was charged."


class NoDeposit(Refused):
    """No deposit is asked for, or it is paid."""

    status, code = 409, "pay_no_deposit"
    title = "There is no deposit to pay on one of these invoices. Nothing was charged."


class OneCurrency(Refused):
    """A payment has one currency."""

    status, code = 422, "pay_one_currency"
    title = "These invoices have several currencies: pay them one after the other."


class OneInvoice(Refused):
    """A part amount needs no guess where it goes."""

    status, code = 422, "pay_one_invoice"
    title = "A part amount is paid on one invoice at a time."


class AmountInvalid(Refused):
    """No number, below what the business takes as a part, or more than can be paid."""

    status, code = 422, "pay_amount_invalid"
    title = "This amount can't be paid. Choose one between `minimum` and `maximum`."

    def __init__(self, *, minimum: int, maximum: int, currency: str) -> None:
        self.params = {"minimum": minimum, "maximum": maximum, "currency": currency}
        super().__init__(f"Between {minimum} and {maximum} minor units of {currency}.")


class InProgress(Refused):
    """Others keep paying parts of these invoices."""

    status, code = 409, "pay_in_progress"
    title = "One of these invoices is being paid right now. Wait a moment, then look again."


class NotOnline(Refused):
    """The business has no account that may be charged."""

    status, code = 409, "pay_not_online"
    title = "This business can't be paid online right now. Nothing was charged."


class ProcessorAway(Refused):
    """The payment processor does not answer. Trying again continues the same payment."""

    status, code = 503, "pay_unavailable"
    title = "The payment service does not answer. Nothing was charged; please try again in a moment."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "10"})


class Failed(Refused):
    """The processor refused to begin."""

    status, code = 502, "pay_failed"
    title = "The payment could not be started. Nothing was charged."


class InvalidRequest(Refused):
    """No form or JSON object of the expected fields."""

    status, code = 422, "pay_invalid"
    title = "Send `invoice_id` (1 to 100), `pay` (due, balance, deposit or amount) and `amount`."


class NotFinished(Refused):
    """Came back from the processor's page without having paid."""

    status, code = 409, "pay_not_finished"
    title = "The payment was not finished. Nothing was charged."


class BadSignature(Problem):
    """Not signed with any of our secrets, or signed too long ago."""

    status, code = 400, "bad_signature"
    title = "The signature of this webhook is missing, wrong or too old."
