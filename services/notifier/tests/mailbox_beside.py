"""The local stack's mailbox, SMTP and Twilio's stand-in, inside the test's own process."""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from chassis.settings import Secret
from notifier.adapters.smtp import SmtpSender
from notifier.adapters.twilio_sms import TwilioSender
from notifier.domain.text_senders import TextSenders
from stand_in_mailbox.app import application
from stand_in_mailbox.faults import Faults
from stand_in_mailbox.mail import Receiver, listen
from stand_in_mailbox.messages import Inbox, Message
from stand_in_mailbox.twilio import Account

FROM = "+15005550006"


class Arrivals(Inbox):
    """An inbox that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    def add(self, message: Message) -> None:
        super().add(message)
        self._changed.set()

    async def until(self, reached: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until something holds, looking whenever a message arrives."""
        async with asyncio.timeout(seconds):
            while not reached():
                self._changed.clear()
                await self._changed.wait()


@dataclass
class Mailbox:
    """Where it listens, what arrived, and what shall go wrong."""

    account: Account
    inbox: Arrivals = field(default_factory=Arrivals)
    faults: Faults = field(default_factory=Faults)
    smtp_url: str = ""
    http_url: str = ""

    def mail_sender(self, step_seconds: float = 5) -> SmtpSender:
        return SmtpSender(
            Secret(self.smtp_url), "no-reply@example.com", plaintext=True, step_seconds=step_seconds
        )

    def sms_sender(self, seconds: float = 5, token: str = "") -> TwilioSender:
        return TwilioSender(
            account=self.account.sid,
            token=Secret(token or self.account.token),
            senders=TextSenders(FROM),
            base_url=self.http_url,
            at_once=2,
            seconds=seconds,
        )


@asynccontextmanager
async def mailbox(replies_url: str = "") -> AsyncGenerator[Mailbox]:
    """A mailbox on free ports, until the block ends. Texts that its phones send are posted to the URL."""
    box = Mailbox(Account("AC" + secrets.token_hex(16), secrets.token_hex(16), replies_url))
    smtp = await listen(Receiver(box.inbox, box.faults), 0)
    box.smtp_url = f"smtp://127.0.0.1:{smtp.sockets[0].getsockname()[1]}"
    app = application(box.inbox, box.faults, box.account)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    http = socket.create_server(("127.0.0.1", 0))  # takes connections at once; they wait for the server
    box.http_url = f"http://127.0.0.1:{http.getsockname()[1]}"
    serving = asyncio.create_task(server.serve([http]))
    try:
        yield box
    finally:
        smtp.close()
        server.should_exit = True
        await serving
