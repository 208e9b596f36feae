"""`python -m stand_in_mailbox`: what the supervisor starts."""

import asyncio
import logging
import os
import sys
import time

import uvicorn

from stand_in_mailbox.app import application
from stand_in_mailbox.faults import Faults
from stand_in_mailbox.mail import Receiver, listen
from stand_in_mailbox.messages import Inbox
from stand_in_mailbox.twilio import Account


async def main() -> None:
    """Serve SMTP and HTTP until told to stop. Refuses to run anywhere but in the local profile."""
    if os.environ.get("PORTAL_PROFILE") != "local":
        sys.exit("The mailbox is a stand-in for development: it starts with PORTAL_PROFILE=local only.")
    inbox, faults = Inbox(), Faults()
    account = Account(
        os.environ["TWILIO_ACCOUNT_SID"],
        os.environ["TWILIO_AUTH_TOKEN"],
        os.environ.get("TWILIO_REPLIES_URL", ""),
    )
    if os.environ.get("SMTP_PORT"):
        await listen(Receiver(inbox, faults), int(os.environ["SMTP_PORT"]))
    app, port = application(inbox, faults, account), int(os.environ["HTTP_PORT"])
    # Without a configuration of its own the server logs as the rest does.
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, timeout_keep_alive=180, timeout_graceful_shutdown=1
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(main())
