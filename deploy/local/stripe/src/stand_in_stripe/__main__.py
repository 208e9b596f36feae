"""`python -m stand_in_stripe`: what the starter starts; with arguments, a control of it (see command.py)."""

import asyncio
import logging
import os
import sys

from stand_in_stripe.settings import SandboxMisconfigured, Settings


def main() -> None:
    """Serve until told to stop, or do what the arguments say to the one that runs.

    Refuses to run anywhere but in the local profile.
    """
    if arguments := sys.argv[1:]:
        from stand_in_stripe.command import NoSuchControl, run

        try:
            sys.stdout.write(run(arguments, os.environ) + "\n")
        except NoSuchControl as problem:
            sys.exit(str(problem))
        return
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
