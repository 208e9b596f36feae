"""The SMTP side: every mail for anybody ends in the inbox."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from stand_in_mailbox.faults import Faults
from stand_in_mailbox.inbox import Inbox
from stand_in_mailbox.parse import parse_mail

LARGEST_BYTES = 30_000_000
SILENCE_SECONDS = 120.0

REFUSALS = {
    "421": "421 4.3.2 Service shutting down (fault on demand)",
    "451": "451 4.3.0 Try again later (fault on demand)",
    "550": "550 5.1.1 No such mailbox (fault on demand)",
}


class Receiver:
    """Handler for aiosmtpd, one for all connections."""

    def __init__(self, inbox: Inbox, faults: Faults) -> None:
        self._inbox = inbox
        self._faults = faults

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one mail in; aiosmtpd calls this by name and sends the answer that is returned."""
        recipients = [str(rcpt) for rcpt in envelope.rcpt_tos]
        fault = self._faults.take("smtp", recipients[0] if recipients else "")
        if fault in REFUSALS:
            return REFUSALS[fault]
        if fault == "reset":
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            return "421 4.3.2 Connection reset (fault on demand)"
        raw = envelope.original_content or b""
        message = parse_mail(raw, str(envelope.mail_from or ""), recipients)
        self._inbox.add(message)
        if fault == "timeout-after-accept":
            await asyncio.sleep(SILENCE_SECONDS)
        return f"250 2.0.0 Ok: queued as {message.id}"


async def listen(receiver: Receiver, port: int) -> asyncio.Server:
    """Take mail on 127.0.0.1 at `port`; 0 chooses a free one."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            receiver, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, hostname="mailbox.localhost"
        )

    return await loop.create_server(connection, "127.0.0.1", port)
