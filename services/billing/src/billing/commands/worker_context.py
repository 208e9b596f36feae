"""What billing's commands share: the worker's own context, and how money and times are said."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.observability import logs
from chassis.settings import load
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
