"""What Twilio posts: what became of a text, and texts that people send. Nothing is believed unsigned.

https://www.twilio.com/docs/usage/webhooks/webhooks-security,
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from chassis.settings import Secret
from twilio.request_validator import RequestValidator

from notifier.adapters.twilio_errors import address_fault, error_name
from notifier.domain.channels import wants_texts
from notifier.domain.reports import MessageReport, Reported, TextReply
from notifier.errors import UnsignedReport

_STATUSES: Final[dict[str, Reported]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
"""Of the others nothing is known yet."""
_CODE: Final = re.compile(r"[0-9]{1,8}")
_MOST_FIELDS: Final = 100


class TwilioWebhooks:
    """Reads what Twilio posted; `url` is the one that Twilio was told. Raises `UnsignedReport`."""

    def __init__(self, token: Secret) -> None:
        validator: Any = RequestValidator(token.reveal())  # it has no types
        self._is_signed: Callable[[str, Mapping[str, str], str], bool] = validator.validate

    def read_status(self, url: str, body: bytes, signature: str, message_id: UUID) -> MessageReport | None:
        """What became of a text; None while that is not known."""
        fields = self._fields(url, body, signature)
        status = _STATUSES.get(fields.get("MessageStatus", ""))
        if status is None:
            return None
        code = int(fields["ErrorCode"]) if _CODE.fullmatch(fields.get("ErrorCode", "")) else None
        failed = status == "failed"
        return MessageReport(
            message_id=message_id,
            status=status,
            reference=fields.get("MessageSid") or None,
            error=error_name(code, fields["MessageStatus"]) if failed else None,
            address_fault=address_fault(code) if failed else None,
        )

    def read_reply(self, url: str, body: bytes, signature: str) -> TextReply | None:
        """That a number ended texts or wants them again; None for any other text."""
        fields = self._fields(url, body, signature)
        wanted = wants_texts(fields.get("Body", ""), fields.get("OptOutType", ""))
        if wanted is None or not fields.get("From"):
            return None
        return TextReply(reference=fields.get("MessageSid", ""), number=fields["From"], wants_texts=wanted)

    def _fields(self, url: str, body: bytes, signature: str) -> dict[str, str]:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:  # no text, or too many fields: nothing of Twilio's
            raise UnsignedReport from None
        fields = dict(pairs)
        if not self._is_signed(url, fields, signature):
            raise UnsignedReport
        return fields
