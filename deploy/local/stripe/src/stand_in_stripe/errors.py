"""Stripe's errors: https://docs.stripe.com/api/errors."""

from dataclasses import dataclass, field

DOCUMENTATION = "https://stripe.com/docs/error-codes/"


@dataclass
class StripeError(Exception):
    """What a request is refused with.

    `remembered`: the endpoint had begun its work, so that the refusal belongs to the idempotency key and what
    was written stays; a refusal of the request's form does not. `more`: further fields of the error;
    `headers`: of the answer.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    decline_code: str | None = None
    remembered: bool = False
    more: dict[str, object] = field(default_factory=dict[str, object])
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def body(self) -> dict[str, object]:
        """The `error` object."""
        url = DOCUMENTATION + self.code.replace("_", "-") if self.code else None
        fields = {"code": self.code, "decline_code": self.decline_code, "doc_url": url}
        fields |= {"message": self.message, "param": self.param, "type": self.type, **self.more}
        return {"error": {name: value for name, value in fields.items() if value is not None}}


def refused(message: str, code: str | None = None, param: str | None = None) -> StripeError:
    """The state of things does not allow it."""
    return StripeError(400, message, code=code, param=param, remembered=True)


def invalid(param: str, message: str, code: str | None = None) -> StripeError:
    """A parameter with a value that can't be."""
    return StripeError(400, message, code=code, param=param)


def not_a_number(param: str, message: str) -> StripeError:
    """A number that is none, or out of bounds."""
    return invalid(param, message, "parameter_invalid_integer")


def missing(param: str) -> StripeError:
    """A parameter that has to be there."""
    return invalid(param, f"Missing required param: {param}.", "parameter_missing")


def not_here(param: str) -> StripeError:
    """Stripe would do this; the sandbox does not."""
    what = f"The Stripe sandbox does not know how to do `{param}`. Leave it out, or use Stripe's test mode."
    return invalid(param, what, "sandbox_unsupported")


def no_such(kind: str, identifier: str, param: str) -> StripeError:
    """The account has no such object; another one may."""
    message = f"No such {kind}: '{identifier}'"
    if "_live_" in identifier:
        message += (
            "; a similar object exists in live mode, but a test mode key was used to make this request."
        )
    return StripeError(404, message, code="resource_missing", param=param)


def no_access(account: str) -> StripeError:
    """Not connected to this platform."""
    message = (
        f"The provided key does not have access to account '{account}' (or that account does not exist)."
        " Application access may have been revoked."
    )
    return StripeError(403, message, code="account_invalid")
