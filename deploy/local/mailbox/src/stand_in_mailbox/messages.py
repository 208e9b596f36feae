"""What arrived, mail or SMS: in memory, newest first. A message has the names of Mailpit's JSON."""

import secrets
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

CAPACITY = 5_000


class Address(msgspec.Struct, frozen=True, rename="pascal"):
    """A mail address with its display name, or a phone number without one."""

    address: str
    name: str = ""


class Attachment(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A file in a mail; its bytes are in the mail's `raw`, in the MIME part of this number."""

    part_id: str = msgspec.field(name="PartID")
    file_name: str
    content_type: str
    size: int


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One message; an SMS has the tag `sms`. `bcc` are envelope recipients that no header names."""

    sender: Address = msgspec.field(name="From")
    to: tuple[Address, ...]
    text: str
    subject: str = ""
    html: str = msgspec.field(name="HTML", default="")
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    return_path: str = ""
    message_id: str = msgspec.field(name="MessageID", default="")
    tags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""
    id: str = msgspec.field(name="ID", default_factory=lambda: secrets.token_urlsafe(16))
    received: datetime = msgspec.field(name="Date", default_factory=lambda: datetime.now(UTC))

    @property
    def is_sms(self) -> bool:
        """False for a mail."""
        return "sms" in self.tags

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everybody who got it."""
        return (*self.to, *self.cc, *self.bcc)

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def matches(self, query: str) -> bool:
        """Whether all terms of `query` fit: words, and `to:`, `from:`, `subject:` or `tag:` before a word."""
        to = " ".join(address.address for address in self.recipients)
        texts = {"to": to, "from": self.sender.address, "subject": self.subject, "tag": " ".join(self.tags)}
        terms = [term.partition(":") for term in query.lower().replace('"', "").split()]
        return all(
            value in texts[field].lower()
            if field in texts
            else field + colon + value in f"{self.subject} {self.text} {to}".lower()
            for field, colon, value in terms
        )


class Inbox:
    """Everything that arrived since the start, or since it was emptied; full, it drops the oldest."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._messages: deque[Message] = deque(maxlen=capacity)
        self._read: set[str] = set()
        self.version = 0
        """Rises with every change, so that a page knows when to look again."""

    def add(self, message: Message) -> None:
        """Take a message in."""
        self._messages.appendleft(message)
        self.version += 1

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def find(self, identifier: str) -> Message | None:
        """Return a message by its id; `latest` is the newest."""
        return next((message for message in self if identifier in (message.id, "latest")), None)

    def mark_read(self, message: Message) -> None:
        """Remember that somebody looked at it."""
        self._read.add(message.id)

    def is_read(self, message: Message) -> bool:
        """True once somebody has looked at it."""
        return message.id in self._read

    def unread(self) -> int:
        """Count what nobody has looked at."""
        return sum(message.id not in self._read for message in self)

    def remove(self, identifiers: set[str] | None = None) -> None:
        """Delete these, or everything."""
        kept = [message for message in self if identifiers and message.id not in identifiers]
        self._messages = deque(kept, self._messages.maxlen)
        self._read &= {message.id for message in kept}
        self.version += 1
