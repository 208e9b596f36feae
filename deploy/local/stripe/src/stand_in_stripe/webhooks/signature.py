"""`Stripe-Signature`: https://docs.stripe.com/webhooks#verify-manually."""

import hashlib
import hmac
from collections.abc import Sequence


def signature(payload: bytes, secrets: Sequence[str], timestamp: int) -> str:
    """The header's value: the time, and one `v1` for each secret, as while a secret is being rotated."""
    signed = f"{timestamp}.".encode() + payload
    marks = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={timestamp}", *marks])
