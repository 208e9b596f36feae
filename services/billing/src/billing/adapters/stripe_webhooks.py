"""Stripe's webhooks: signed with one of several secrets, at most five minutes ago or ahead."""

import json
from collections.abc import Sequence
from datetime import datetime

from chassis.settings.base import Secret
from stripe import SignatureVerificationError, WebhookSignature

from billing.adapters import stripe_objects
from billing.domain.webhook_event import WebhookEvent
from billing.errors import BadSignature

_TOLERANCE_SECONDS = 300  # Stripe, "Receive events": the default of its libraries


class StripeWebhooks:
    """Reads webhooks. The secrets of platform and Connect endpoints differ, and rotate."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._secrets = secrets

    def read(self, body: bytes, signature: str, now: datetime) -> WebhookEvent:
        """The event in a signed body. Raises `BadSignature`, also for a body that is no event."""
        if not any(_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature
        if abs(now.timestamp() - _signed_at(signature)) > _TOLERANCE_SECONDS:
            raise BadSignature("Signed more than five minutes ago or ahead: check both clocks.")
        try:
            event = json.loads(body)
            return stripe_objects.event_of(event, body, str(event.get("account") or ""))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise BadSignature("The body is not an event.") from None


def _signed(body: bytes, signature: str, secret: Secret) -> bool:
    try:
        return bool(WebhookSignature.verify_header(body, signature, secret.reveal()))  # pyright: ignore[reportUnknownMemberType]
    except (SignatureVerificationError, UnicodeDecodeError, TypeError):  # of a header that is not ASCII
        return False


def _signed_at(signature: str) -> int:
    """The time that was signed: the first in the header, which the library verified."""
    times = [part.split("=")[1] for part in signature.split(",") if part.startswith("t=")]
    return int(times[0])
