"""An email as RFC 5322 wants it, from its parts. The policy refuses line breaks in headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from uuid import UUID

from chassis.email_addresses import ascii_address

from notifier.messages.brand import Brand, one_line
from notifier.messages.headers import header_registry

_NO_NAME: Final = str.maketrans(dict.fromkeys('@<>"'))
_SMTP: Final = policy.SMTP.clone(header_factory=header_registry())


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


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What mail programs and providers sort by: the kind, whose it is by slug, and its conversation.

    `thread` names what it is about, and is the same in all mails about it; empty of what stands alone.
    """

    kind: str
    slug: str
    thread: str = ""


def compose(
    email: OutgoingEmail, *, sender: str, message_id: UUID, now: datetime, facts: MailFacts
) -> EmailMessage:
    """The email. Its Message-ID follows from `message_id`, so a repeat is recognised by mail programs.

    Raises ValueError for an address that no header can carry.
    """
    brand, content = email.brand, email.content
    mail = EmailMessage(policy=_SMTP)
    mail["From"] = Address(display_name(brand.name), addr_spec=sender)
    mail["To"] = _address(email.to)
    if brand.email:
        mail["Reply-To"] = _address(brand.email)
    mail["Subject"] = content.subject
    mail["Date"] = now
    domain = sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{message_id}@{domain}>"
    if facts.thread:
        mail["In-Reply-To"] = mail["References"] = f"<{facts.thread}@{domain}>"
    else:  # else programs fold two codes that look alike
        mail["X-Entity-Ref-ID"] = str(message_id)
    mail["Feedback-ID"] = f"{facts.kind}:{facts.slug}:portal"
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


def display_name(name: str) -> str:
    """The name of who writes, in one line, and without what makes it look like an address."""
    return one_line(one_line(name).translate(_NO_NAME))


def _address(text: str) -> Address:
    """A domain outside ASCII travels in its ASCII form."""
    local, _, domain = ascii_address(text).rpartition("@")
    return Address(username=local, domain=domain)
