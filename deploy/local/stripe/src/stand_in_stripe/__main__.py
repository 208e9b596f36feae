"""`python -m stand_in_stripe`: what the supervisor starts."""

import asyncio
import logging
import os
import sys

from local_stack.settings import SettingError

from stand_in_stripe.server import serve
from stand_in_stripe.settings import Settings


def main() -> None:
    """Serve until told to stop. Refuses to run anywhere but in the local profile."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingError as problem:
        sys.exit(str(problem))
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
