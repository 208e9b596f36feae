"""What Stripe would post to us about a payment."""

import hashlib
import hmac
import json
import secrets
from datetime import datetime
from typing import Any

from .stripe_objects import event, session

WEBHOOK_SECRET = "whsec_" + secrets.token_hex(20)
PAYER_EMAIL = "payer.of.this.test@example.com"
COMPLETED = "checkout.session.completed"


def posting(
    payment_id: str,
    event_id: str = "evt_1",
    kind: str = COMPLETED,
    at: datetime | None = None,
    **changes: Any,
) -> bytes:
    """The raw body of an event about a payment; `changes` are of the event."""
    about = session(
        client_reference_id=payment_id,
        metadata={"payment_id": payment_id},
        customer_details={"email": PAYER_EMAIL, "name": "Sample Payer"},
    )
    created = {"created": int(at.timestamp())} if at else {}
    return json.dumps(event(kind, about, id=event_id, **created, **changes)).encode()


def signature(body: bytes, now: datetime, secret: str = WEBHOOK_SECRET) -> str:
    """The header that goes with it."""
    then = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{then}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={then},v1={digest}"
