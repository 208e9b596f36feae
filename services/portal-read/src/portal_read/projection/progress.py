"""How far a rebuild is: a bar for people, a line now and then for logs, JSON lines for machines."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from portal_read.projection.rebuild import Progress as Step

_LINE_EVERY: Final = 10.0
"""Seconds between lines where there is no terminal."""

Show = Callable[[Step], None]


def in_words(step: Step) -> str:
    """`12,345 events, 20,000/s, 0:41 to go`."""
    left = "" if step.left is None or step.complete else f", {_clock(step.left)} to go"
    return f"{step.events:,} events, {step.rate:,.0f}/s{left}"


def in_json(step: Step) -> str:
    """All of it as one JSON object."""
    return json.dumps({**step._asdict(), "seconds": round(step.seconds, 1), "rate": round(step.rate)})


@contextmanager
def shown(name: str, *, as_json: bool) -> Generator[Show]:
    """Shows each step on the terminal; without one, a line every ten seconds."""
    console = Console(stderr=not as_json)
    if as_json:
        yield lambda step: print(in_json(step), flush=True)  # noqa: T201  # its output is what it is for
    elif console.is_terminal:
        yield from _bar(name, console)
    else:
        yield _lines(name, console)


def _bar(name: str, console: Console) -> Generator[Show]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TextColumn("{task.fields[words]}"), console=console) as bar:
        task = bar.add_task(name, total=None, words="")

        def show(step: Step) -> None:
            total = max(1, step.total) if step.total or step.complete else None
            done = total if step.complete and total else step.done
            bar.update(task, total=total, completed=done, words=in_words(step))

        yield show


def _lines(name: str, console: Console) -> Show:
    last = -_LINE_EVERY

    def show(step: Step) -> None:
        nonlocal last
        if step.complete or step.seconds - last >= _LINE_EVERY:
            last = step.seconds
            share = f"{100 * step.done // step.total} %, " if step.total else ""
            console.print(f"{name}: {share}{in_words(step)}", highlight=False, soft_wrap=True)

    return show


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
