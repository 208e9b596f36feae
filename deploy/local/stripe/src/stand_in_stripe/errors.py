"""Stripe's errors: https://docs.stripe.com/api/errors."""

from dataclasses import dataclass

from stand_in_stripe.shapes.common import Json

DOCUMENTATION = "https://stripe.com/docs/error-codes/"


@dataclass
class StripeError(Exception):
    """What a request is refused with.

    `remembered` says whether the refusal belongs to the idempotency key: Stripe keeps an answer only once
    the endpoint has begun its work, never one about the form of the request.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    decline_code: str | None = None
    remembered: bool = False

    def body(self) -> Json:
        """The `error` object."""
        told: Json = {"code": self.code, "decline_code": self.decline_code}
        told |= {"doc_url": DOCUMENTATION + self.code.replace("_", "-") if self.code else None}
        told |= {"message": self.message, "param": self.param, "type": self.type}
        return {"error": {name: value for name, value in told.items() if value is not None}}


def missing(param: str) -> StripeError:
    """A parameter that has to be there."""
    return StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown(param: str) -> StripeError:
    """A parameter that Stripe does not have."""
    return StripeError(400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def invalid(param: str, message: str, code: str | None = None) -> StripeError:
    """A parameter with a value that can't be."""
    return StripeError(400, message, code=code, param=param)


def not_here(param: str) -> StripeError:
    """Stripe would do this; the sandbox does not."""
    message = (
        f"The Stripe sandbox does not know how to do `{param}`. Leave it out, or use Stripe's test mode."
    )
    return StripeError(400, message, code="sandbox_unsupported", param=param)


def no_such(kind: str, identifier: str, param: str) -> StripeError:
    """The account has no such object; another one may."""
    return StripeError(404, f"No such {kind}: '{identifier}'", code="resource_missing", param=param)


def internal() -> StripeError:
    """Stripe's own fault. Kept under the idempotency key, as Stripe keeps it."""
    return StripeError(
        500,
        "An unknown error occurred in the Stripe sandbox, as was asked of it.",
        type="api_error",
        remembered=True,
    )


def too_many() -> StripeError:
    """The limit of requests."""
    message = (
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    )
    return StripeError(429, message, code="rate_limit")
