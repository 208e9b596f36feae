"""One received message, mail or SMS."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["email", "sms"]


@dataclass(frozen=True)
class Address:
    """A mail address with its display name, or a phone number without one."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file in a mail; `inline` when the HTML shows it by its content id."""

    part_id: str
    file_name: str
    content_type: str
    content_id: str
    content: bytes
    inline: bool


@dataclass(frozen=True)
class Message:
    """What arrived. `bcc` are envelope recipients that no header names."""

    kind: Kind
    sender: Address
    to: tuple[Address, ...]
    text: str
    subject: str = ""
    html: str = ""
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    return_path: str = ""
    message_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    raw: bytes = b""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    received: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def size(self) -> int:
        """Bytes as they came."""
        return len(self.raw)

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")
