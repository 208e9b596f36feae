"""The composition root: the only place that knows every part."""

import hashlib
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

from chassis.clock import Clock, system_clock
from chassis.identity.session_tokens import SessionVerifier
from chassis.process.unconverted import Service
from chassis.web import cookies
from chassis.web.signed_cookie import SignedCookie
from starlette.types import ASGIApp

from portal_read import worker
from portal_read.adapters.auth_otp import AuthOtp
from portal_read.adapters.billing import Billing
from portal_read.context import Portal
from portal_read.freshness import Pulse
from portal_read.http import routes
from portal_read.live_updates import Hub
from portal_read.ports import Charges, Choices
from portal_read.read_model import ReadModel
from portal_read.settings import Settings
from portal_read.slug_directory import Directory

_COOKIES_KEPT = 1000  # to make one costs 0.07 ms, which no page should pay again


def compose(
    settings: Settings,
    *,
    choices: Choices | None = None,
    charges: Charges | None = None,
    clock: Clock = system_clock,
) -> Portal:
    """Everything the pages need, connected to nothing yet."""
    read_model = ReadModel(settings.database_url, pool_size=settings.database_pool_size)
    directory = Directory(read_model)
    hub = Hub(read_model, directory.clear)
    return Portal(
        settings=settings,
        read_model=read_model,
        directory=directory,
        hub=hub,
        pulse=Pulse(read_model, hub, clock, stale_after=timedelta(seconds=settings.stale_after_seconds)),
        verifier=SessionVerifier(settings.session_public_keys, now=lambda: clock().timestamp()),
        flash=cookies.flash(settings.flash_keys),
        returning=SignedCookie(settings.flash_keys, "returning", max_age=15 * 60),
        paying=lru_cache(_COOKIES_KEPT)(partial(cookies.paying, settings.flash_keys)),
        choices=choices or AuthOtp(settings.auth_otp_url),
        charges=charges or Billing(settings.billing_url),
        clock=clock,
        build=_build(),
    )


def _build() -> str:
    """A hash over this package's files: another build makes other pages."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".html", ".po", ".css", ".js", ".svg"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _api(settings: Settings) -> ASGIApp:
    return routes.build(compose(settings))


SERVICE = Service("portal_read", Settings, _api, worker.build)
