"""Brakes against one guess at everybody: failures counted per business and overall, before comparing.

Known browsers pass: a stranger's guesses must not keep customers out who proved themselves before.
"""

import structlog
from chassis import telemetry

from auth_otp.context import Context
from auth_otp.domain.limits import Limit, Limits

log = structlog.get_logger(__name__)
_braked = telemetry.meter.create_counter("portal_sign_in_braked")
_OVERALL = "failures"


async def take(ctx: Context, business_id: str, entry: str) -> int:
    """Count a failure in both; the seconds to wait when a brake is on, and then nothing is counted."""
    if wait := await ctx.limiter.take(
        _of(business_id), _limits(ctx, ctx.settings.brake_business_failures), entry
    ):
        _alarm("business", business_id)
        return wait
    if wait := await ctx.limiter.take(_OVERALL, _limits(ctx, ctx.settings.brake_overall_failures), entry):
        await ctx.limiter.give_back(_of(business_id), entry)
        _alarm("overall", business_id)
        return wait
    return 0


async def release(ctx: Context, business_id: str, entry: str) -> None:
    """It was no failure."""
    await ctx.limiter.give_back(_of(business_id), entry)
    await ctx.limiter.give_back(_OVERALL, entry)


def _of(business_id: str) -> str:
    return f"failures:{{{business_id}}}"


def _limits(ctx: Context, count: int) -> Limits:
    return (Limit(count, ctx.settings.brake_window),)


def _alarm(scope: str, business_id: str) -> None:
    _braked.add(1, {"scope": scope})
    log.warning("sign_in.braked", scope=scope, business_id=business_id)
