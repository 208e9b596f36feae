"""`python -m stand_in_mailbox`: what the supervisor starts."""

import asyncio
import logging
import os
import sys
import time

import uvicorn
from local_stack.home import home_routes

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
    account = Account(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
    start_page = home_routes(
        os.environ["PUBLIC_ORIGIN"],
        os.environ["SIMULATOR_URL"],
        os.environ["STRIPE_URL"],
        int(os.environ["HTTP_PORT"]),
    )
    if os.environ.get("SMTP_PORT"):
        await listen(Receiver(inbox, faults), int(os.environ["SMTP_PORT"]))
    app = application(inbox, faults, account, start_page)
    port = int(os.environ["HTTP_PORT"])
    settings = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1
    )
    await uvicorn.Server(settings).serve()


if __name__ == "__main__":
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(main())
