"""`python -m stand_in_stripe`: what the starter starts."""

import asyncio
import logging
import os
import sys

from stand_in_stripe.settings import SandboxMisconfigured, Settings


def main() -> None:
    """Serve until told to stop. Refuses to run anywhere but in the local profile."""
    try:
        settings = Settings.from_environment(os.environ)
    except SandboxMisconfigured as problem:
        sys.exit(str(problem))
    # Only now: what refuses to start has loaded nothing that could be talked to.
    from stand_in_stripe.app import serve

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
