"""Bytes of a mail (RFC 5322, MIME) into a Message."""

from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses

from stand_in_mailbox.message import Address, Attachment, Message


def parse_mail(raw: bytes, envelope_from: str, envelope_to: list[str]) -> Message:
    """Read a mail; whatever is malformed in it stays readable in `raw`."""
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    to, cc = _addresses(mail, "To"), _addresses(mail, "Cc")
    named = {address.address.lower() for address in (*to, *cc)}
    sender = _addresses(mail, "From")
    return Message(
        kind="email",
        sender=sender[0] if sender else Address(envelope_from),
        to=to,
        cc=cc,
        bcc=tuple(Address(rcpt) for rcpt in envelope_to if rcpt.lower() not in named),
        reply_to=_addresses(mail, "Reply-To"),
        return_path=envelope_from,
        message_id=str(mail.get("Message-ID", "")).strip().strip("<>"),
        subject=str(mail.get("Subject", "")),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        attachments=_attachments(mail),
        raw=raw,
    )


def _addresses(mail: EmailMessage, header: str) -> tuple[Address, ...]:
    values = [str(value) for value in mail.get_all(header, [])]
    return tuple(Address(address, name) for name, address in getaddresses(values) if address)


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return _text(part) if part is not None else ""


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # a charset nobody knows
        return _payload(part).decode(errors="replace")


def _attachments(mail: EmailMessage) -> tuple[Attachment, ...]:
    bodies = {id(mail.get_body(preferencelist=(kind,))) for kind in ("plain", "html")}
    parts = [part for part in mail.walk() if not part.is_multipart() and id(part) not in bodies]
    return tuple(_attachment(str(number), part) for number, part in enumerate(parts, 1))


def _attachment(part_id: str, part: EmailMessage) -> Attachment:
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    return Attachment(
        part_id=part_id,
        file_name=part.get_filename("") or "",
        content_type=part.get_content_type(),
        content_id=content_id,
        content=_payload(part),
        inline=bool(content_id) and part.get_content_disposition() != "attachment",
    )


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
