"""Brakes against one guess at everybody: failures counted per business and overall, before comparing.

One source adds only so many of them: whoever wants to set a brake off needs many sources, and one that
guesses too much is slowed down alone. Right codes are given back, so an office behind one address is not.
Known browsers pass: a stranger's guesses must not keep customers out who proved themselves before.
"""

from collections.abc import Iterable

import structlog
from chassis.observability import telemetry

from auth_otp.context import Context
from auth_otp.domain.limits import Limit

log = structlog.get_logger(__name__)
_braked = telemetry.meter.create_counter("portal_sign_in_braked")


async def take(ctx: Context, business_id: str, source: str, entry: str) -> int:
    """Count a failure everywhere; the seconds to wait when one of them is full, and then none is counted."""
    counted: list[str] = []
    for scope, name, most in _scopes(ctx, business_id, source):
        if wait := await ctx.limiter.take(name, (Limit(most, ctx.settings.brake_window),), entry):
            await _give_back(ctx, counted, entry)
            _tell(scope, business_id)
            return wait
        counted.append(name)
    return 0


async def release(ctx: Context, business_id: str, source: str, entry: str) -> None:
    """It was no failure."""
    await _give_back(ctx, [name for _, name, _ in _scopes(ctx, business_id, source)], entry)


def _scopes(ctx: Context, business_id: str, source: str) -> tuple[tuple[str, str, int], ...]:
    """Scope, name of the counter, and how many it holds; the source first, so that it stops before others."""
    settings = ctx.settings
    return (
        ("source", f"failures-from:{source}", settings.brake_per_source),
        ("business", f"failures:{{{business_id}}}", settings.brake_business_failures),
        ("overall", "failures", settings.brake_overall_failures),
    )


async def _give_back(ctx: Context, names: Iterable[str], entry: str) -> None:
    for name in names:
        await ctx.limiter.give_back(name, entry)


def _tell(scope: str, business_id: str) -> None:
    if scope == "source":  # nobody else notices, so nobody is woken
        log.info("sign_in.source_slowed_down", business_id=business_id)
        return
    _braked.add(1, {"scope": scope})
    log.warning("sign_in.braked", scope=scope, business_id=business_id)
