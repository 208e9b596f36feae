"""`--watch`: a status that is shown again and again, until Ctrl-C."""

import signal
import sys
import time
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

WATCH_SECONDS = 2.0
_CLEAR = "\x1b[H\x1b[2J"
Watch = Annotated[bool, typer.Option("--watch", help="Show it again every 2 s, until Ctrl-C.")]


def watch(look: Callable[[], str], pause: Callable[[float], None] = time.sleep) -> NoReturn:
    """Show what `look` gives, in place of what was there; Ctrl-C ends it with exit code 0."""
    # What a shell starts in the background is told to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while True:
            text = look()
            typer.echo(f"{_CLEAR if sys.stdout.isatty() else ''}{text}")
            pause(WATCH_SECONDS)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
