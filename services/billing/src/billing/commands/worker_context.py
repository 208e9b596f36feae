"""What billing's commands share: the worker's own context, and how rows, money and times are said."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.commands.environment import console, say_json
from chassis.observability import logs
from chassis.settings import load
from rich.table import Table
from servicehub_events.money import to_decimal

from billing.context import Context
from billing.service import build
from billing.settings import Settings


@asynccontextmanager
async def worker_context() -> AsyncGenerator[Context]:
    """Everything the worker has, from the variables of its pod; closed at the end."""
    logs.configure("billing", "warning")
    ctx = build(load(Settings))
    try:
        yield ctx
    finally:
        await ctx.close()


def money_text(amount: int, currency: str) -> str:
    """17560 JPY, 12.50 USD."""
    return f"{to_decimal(amount, currency)} {currency}"


def time_text(at: datetime | None) -> str:
    """To the second, in UTC; "" for never."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def say_rows(rows: Sequence[Mapping[str, str]], nothing: str, *, as_json: bool = False) -> None:
    """A table with the names of the first row; `nothing` without one. For machines a line each."""
    if as_json:
        for row in rows:
            say_json(row)
        return
    table = Table(*(rows[0] if rows else ()))
    for row in rows:
        table.add_row(*row.values())
    console().print(table if rows else nothing)
