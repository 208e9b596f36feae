"""The SMTP side: every mail (RFC 5322, MIME) for anybody ends in the inbox."""

import asyncio
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses

from aiosmtpd.smtp import SMTP, Envelope, Session

from stand_in_mailbox.faults import SILENCE_SECONDS, Faults
from stand_in_mailbox.messages import Address, Attachment, Inbox, Message

LARGEST_BYTES = 30_000_000
REFUSALS = {
    "421": "421 4.3.2 Service shutting down (fault on demand)",
    "451": "451 4.3.0 Try again later (fault on demand)",
    "554": "554 5.7.1 Message refused (fault on demand)",
}
NO_MAILBOX = "550 5.1.1 No such mailbox (fault on demand)"


class Receiver:
    """Handler for aiosmtpd, one for all connections."""

    def __init__(self, inbox: Inbox, faults: Faults) -> None:
        self._inbox = inbox
        self._faults = faults

    async def handle_RCPT(  # noqa: N802  # as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Ask for one recipient; aiosmtpd calls this by name, too. A mailbox that is none is refused here."""
        if self._faults.take("smtp", address, only=("550",)):
            return NO_MAILBOX
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one mail in; aiosmtpd calls this by name and sends the answer that is returned."""
        recipients = [str(recipient) for recipient in envelope.rcpt_tos]
        fault = self._faults.take("smtp", recipients[0] if recipients else "")
        if fault in REFUSALS:
            return REFUSALS[fault]
        if fault == "reset":
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            return "421 4.3.2 Connection reset (fault on demand)"
        message = parse_mail(envelope.original_content or b"", str(envelope.mail_from or ""), recipients)
        self._inbox.add(message)
        if fault == "timeout-after-accept":
            await asyncio.sleep(SILENCE_SECONDS)
        return f"250 2.0.0 Ok: queued as {message.id}"


async def listen(receiver: Receiver, port: int) -> asyncio.Server:
    """Take mail on 127.0.0.1 at `port`; 0 chooses a free one."""

    def connection() -> SMTP:
        return SMTP(
            receiver, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, hostname="mailbox.localhost"
        )

    return await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port)


def parse_mail(raw: bytes, envelope_from: str, envelope_to: list[str]) -> Message:
    """Read a mail; whatever is malformed in it stays readable in `raw`."""
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    to, cc = _addresses(mail, "To"), _addresses(mail, "Cc")
    named = {address.address.lower() for address in (*to, *cc)}
    return Message(
        sender=next(iter(_addresses(mail, "From")), Address(envelope_from)),
        to=to,
        cc=cc,
        bcc=tuple(Address(recipient) for recipient in envelope_to if recipient.lower() not in named),
        reply_to=_addresses(mail, "Reply-To"),
        return_path=envelope_from,
        message_id=str(mail.get("Message-ID", "")).strip().strip("<>"),
        subject=str(mail.get("Subject", "")),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        attachments=tuple(_attachment(number, part) for number, part in _files(mail)),
        raw=raw,
    )


def content_of(message: Message, part_id: str) -> bytes | None:
    """Return the bytes of an attachment, or None when there is no such part."""
    mail = BytesParser(policy=policy.default).parsebytes(message.raw)
    return next((_bytes(part) for number, part in _files(mail) if str(number) == part_id), None)


def _addresses(mail: EmailMessage, header: str) -> tuple[Address, ...]:
    values = [str(value) for value in mail.get_all(header, [])]
    return tuple(Address(address, name) for name, address in getaddresses(values) if address)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # a charset nobody knows
        return _bytes(part).decode(errors="replace")


def _files(mail: EmailMessage) -> Iterator[tuple[int, EmailMessage]]:
    bodies = {id(mail.get_body(preferencelist=(kind,))) for kind in ("plain", "html")}
    files = (part for part in mail.walk() if not part.is_multipart() and id(part) not in bodies)
    return enumerate(files, 1)


def _attachment(number: int, part: EmailMessage) -> Attachment:
    return Attachment(
        part_id=str(number),
        file_name=part.get_filename("") or "",
        content_type=part.get_content_type(),
        size=len(_bytes(part)),
    )


def _bytes(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
