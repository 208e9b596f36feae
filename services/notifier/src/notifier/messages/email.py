"""An email as RFC 5322 wants it, from its parts. The policy refuses line breaks in headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from typing import Final
from uuid import UUID

from notifier.messages.brand import Brand


class _InOnePiece(UnstructuredHeader, BaseHeader):
    """A header of the address of a page. A long one would be written in encoded words, as nobody reads it.

    Whoever writes the mail asks the header itself.
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _InOnePiece)
_SMTP: Final = policy.SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True, slots=True)
class EmailText:
    """What an email says. The subject is one line."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with an email: a kind of text, with the parameters of its media type."""

    name: str
    content: bytes = field(repr=False)
    subtype: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """An email before it is one: who gets it, in whose name, in which language, and what it says.

    `stop_url` ends its kind for its reader, by a POST of `List-Unsubscribe=One-Click` too; empty for what
    can't be switched off.
    """

    to: str = field(repr=False)
    brand: Brand
    locale: str
    content: EmailText
    stop_url: str = field(repr=False, default="")
    attachment: Attachment | None = None


def compose(email: OutgoingEmail, *, sender: str, message_id: UUID, now: datetime) -> EmailMessage:
    """The email. Its Message-ID follows from `message_id`, so a repeat is recognised by mail programs.

    Raises ValueError for an address that no header can carry.
    """
    brand, content = email.brand, email.content
    mail = EmailMessage(policy=_SMTP)
    mail["From"] = Address(brand.name, addr_spec=sender)
    mail["To"] = _address(email.to)
    if brand.email:
        mail["Reply-To"] = _address(brand.email)
    mail["Subject"] = content.subject
    mail["Date"] = now
    mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if email.stop_url:  # RFC 8058
        mail["List-Unsubscribe"] = f"<{email.stop_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(content.text)
    mail.add_alternative(content.html, subtype="html")
    if file := email.attachment:
        params = {"charset": "utf-8", **file.params}
        mail.add_attachment(
            file.content, maintype="text", subtype=file.subtype, filename=file.name, params=params
        )
    mail["Content-Language"] = email.locale  # last: whoever sets content takes away what is said of it
    return mail


def _address(text: str) -> Address:
    """A domain outside ASCII travels in its ASCII form (RFC 5891)."""
    local, _, domain = text.rpartition("@")
    return Address(username=local, domain=domain.encode("idna").decode())
