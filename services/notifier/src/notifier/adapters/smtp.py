"""Mail by SMTP: TLS from the first byte, or STARTTLS, verified; without TLS in the local profile alone."""

import asyncio
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from chassis.observability import calling
from chassis.settings import Secret

from notifier.domain.delivery import DeliveryPostponed, DeliveryRejected

_NO_MAILBOX: Final = "mailbox_unavailable"
_ABOUT_MAILBOXES: Final = (550, 551, 553, 556)  # RFC 5321, 4.2.3, and RFC 7504: its domain takes no mail
_ENHANCED: Final = re.compile(r"5\.[0-9]{1,3}\.[0-9]{1,3}\b")
# https://www.iana.org/assignments/smtp-enhanced-status-codes: no such mailbox or domain; moved; disabled.
_ABOUT_RECIPIENTS: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


@dataclass(slots=True)
class SmtpSender:
    """Sends each mail over a connection that no other uses meanwhile, and keeps it for the next one.

    `plaintext` allows a server without TLS. A server has `step_seconds` for each answer, and `all_seconds`
    for the whole of a mail.
    """

    url: Secret
    sender: str
    plaintext: bool
    step_seconds: float = 10.0
    all_seconds: float = 30.0
    _idle: list[aiosmtplib.SMTP] = field(default_factory=list[aiosmtplib.SMTP], init=False, repr=False)

    async def send(self, mail: EmailMessage, to: str) -> str | None:
        """Hand a mail over.

        Raises `DeliveryPostponed` (4xx, login refused, unreachable, timed out, cut off) or `DeliveryRejected`
        (5xx).
        """
        with calling("smtp", "send"):
            await self._send(mail, to)
        return None

    async def _send(self, mail: EmailMessage, to: str) -> None:
        try:
            async with asyncio.timeout(self.all_seconds):
                await self._hand_over(mail, to)
        except aiosmtplib.SMTPAuthenticationError:
            # Ours to repair; the mail is as good as before.
            raise DeliveryPostponed("smtp_login_refused") from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            raise _by_status(refused.code, refused.message) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _by_status(error.code) from None
        except aiosmtplib.SMTPNotSupported:
            raise DeliveryRejected("smtp_not_supported") from None
        except (TimeoutError, OSError, aiosmtplib.SMTPException):
            raise DeliveryPostponed("smtp_unreachable") from None

    async def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop().close()

    async def _hand_over(self, mail: EmailMessage, to: str) -> None:
        client = await self._connected()
        try:
            await client.send_message(mail, sender=self.sender, recipients=[to])
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused):
            self._idle.append(client)  # it said no to a mail, and takes others
            raise
        except BaseException:  # whatever it was, a cancelled task too: nobody knows what it would answer next
            client.close()
            raise
        self._idle.append(client)

    async def _connected(self) -> aiosmtplib.SMTP:
        """A connection that answers: a kept one may have been hung up on, in silence too."""
        while self._idle:
            client = self._idle.pop()
            try:
                await client.rset()
            except (aiosmtplib.SMTPException, OSError):
                client.close()
            else:
                return client
        url = urlsplit(self.url.reveal())
        client = aiosmtplib.SMTP(
            hostname=url.hostname,
            port=url.port,
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            use_tls=url.scheme == "smtps",
            start_tls=url.scheme == "smtp" and not self.plaintext,
            timeout=self.step_seconds,
        )
        await client.connect()
        return client


def _by_status(status: int, said_of_recipient: str | None = None) -> DeliveryPostponed | DeliveryRejected:
    """RFC 5321, 4.2.1: 4yz may pass later, 5yz will not."""
    if status < 500:
        return DeliveryPostponed(f"smtp_{status}")
    fault = None if said_of_recipient is None else _address_fault(status, said_of_recipient)
    return DeliveryRejected(f"smtp_{status}", fault)


def _address_fault(status: int, said: str) -> str | None:
    """Whether a server said of a recipient that no mail ever reaches it, and not that it wants none of us."""
    if detail := _ENHANCED.match(said.strip()):
        return _NO_MAILBOX if detail[0] in _ABOUT_RECIPIENTS else None
    return _NO_MAILBOX if status in _ABOUT_MAILBOXES else None
