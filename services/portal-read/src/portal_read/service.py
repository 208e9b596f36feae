"""The composition root: settings become a context, and tables over it a service."""

import hashlib
from datetime import timedelta
from pathlib import Path

from chassis.clock import Clock, system_clock
from chassis.database import Database
from chassis.database.hot_path import TenantReader
from chassis.encryption import FieldCipher
from chassis.events_out import EventStore
from chassis.identity import SessionUses, SessionVerifier
from chassis.identity.ended_sessions import EndedSessions
from chassis.process import API, ServiceDefinition
from chassis.web import RequestLimit, SignedCookie, cookies

from portal_read.adapters.auth_otp import AuthOtp
from portal_read.adapters.billing import Billing
from portal_read.adapters.notifier import NotifierClient
from portal_read.context import Context
from portal_read.freshness import Freshness
from portal_read.http.routes import ROUTES
from portal_read.live_updates import LiveUpdates
from portal_read.ports import AccountChoices, Cards, Messages, OnlinePayments, Passkeys, PayLinks
from portal_read.projection.keyed_columns import find_keyed_columns
from portal_read.projection.sealed_states import StateCipher
from portal_read.read_model import ReadModel
from portal_read.settings import Settings
from portal_read.slug_directory import SlugDirectory
from portal_read.worker import LOOPS, WEB_LOOPS


def build(
    settings: Settings,
    *,
    account_choices: AccountChoices | None = None,
    passkeys: Passkeys | None = None,
    cards: Cards | None = None,
    online_payments: OnlinePayments | None = None,
    messages: Messages | None = None,
    pay_links: PayLinks | None = None,
    clock: Clock = system_clock,
) -> Context:
    """Everything the pages and the projector need, connected to nothing yet."""
    url, pool_size = settings.database_url, settings.database_pool_size
    database = Database(url, pool_size=pool_size)
    read_model = ReadModel(
        TenantReader(url, pool_size=pool_size), StateCipher.of(settings.field_encryption_keys)
    )
    slugs = SlugDirectory(read_model)
    live_updates = LiveUpdates(database, read_model, slugs.clear)
    ended_sessions = EndedSessions(
        settings.auth_otp_url,
        settings.auth_otp_keys,
        system_clock,
        caller="portal-read",
        on_end=live_updates.wake_session,
    )
    billing = Billing(settings.billing_url, settings.billing_keys, clock)
    auth_otp = AuthOtp(settings.auth_otp_url, settings.auth_otp_keys, clock)
    uses = SessionUses(settings.cookie_signing_keys)
    stale_after = timedelta(seconds=settings.stale_after_seconds)
    return Context(
        settings=settings,
        database=database,
        events=EventStore(cipher=FieldCipher(settings.field_encryption_keys)),
        clock=clock,
        read_model=read_model,
        slugs=slugs,
        live_updates=live_updates,
        freshness=Freshness(read_model, live_updates, stale_after=stale_after),
        ended_sessions=ended_sessions,
        verifier=SessionVerifier(
            settings.session_public_keys, uses, now=lambda: clock().timestamp(), ended=ended_sessions
        ),
        session_uses=uses,
        flash=cookies.flash(settings.cookie_signing_keys),
        returning=SignedCookie(settings.cookie_signing_keys, "returning", max_age=15 * 60),
        account_choices=account_choices or auth_otp,
        passkeys=passkeys or auth_otp,
        cards=cards or billing,
        online_payments=online_payments or billing,
        messages=messages or NotifierClient(settings.notifier_url, settings.notifier_keys, clock),
        pay_links=pay_links or billing,
        feed_requests=RequestLimit(clock, settings.calendar_requests_per_hour, timedelta(hours=1)),
        feed_networks=RequestLimit(
            clock, settings.calendar_requests_per_network_minute, timedelta(minutes=1)
        ),
        link_networks=RequestLimit(
            clock, settings.pay_link_requests_per_network_minute, timedelta(minutes=1)
        ),
        statement_files=RequestLimit(clock, settings.statement_files_per_hour, timedelta(hours=1)),
        data_downloads=RequestLimit(clock, settings.data_downloads_per_hour, timedelta(hours=1)),
        build=_hash_of_files(),
    )


def _hash_of_files() -> str:
    """A hash over this package's files: another build makes other pages."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".html", ".po", ".css", ".js", ".svg"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


SERVICE = ServiceDefinition(
    package="portal_read",
    settings=Settings,
    build=build,
    routes=ROUTES,
    loops=LOOPS,
    asks={"auth_otp_url": API, "billing_url": API, "notifier_url": API},
    web_loops=WEB_LOOPS,
    keyed_columns=find_keyed_columns,
)
