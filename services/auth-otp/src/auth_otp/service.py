"""The composition root: settings become a context, and tables over it a service."""

from chassis.clock import system_clock
from chassis.database import Database
from chassis.events_out import EventStore
from chassis.identity import SessionSigner, SessionUses, SessionVerifier
from chassis.process import API, WORKER, ServiceDefinition
from chassis.rotation import in_columns

from auth_otp.adapters.challenges import ValkeyChallenges
from auth_otp.adapters.notifier import Notifier
from auth_otp.adapters.pending_grants import ValkeyPendingGrants
from auth_otp.adapters.rate_limiter import ValkeyRateLimiter
from auth_otp.adapters.valkey import Valkey
from auth_otp.context import Context
from auth_otp.handlers.upkeep import rewrite_old_keys
from auth_otp.http.browser_cookies import flash
from auth_otp.http.routes import REFUSALS, ROUTES
from auth_otp.settings import Settings
from auth_otp.store import code_requests, contacts, guard_links, known_browsers, passkeys, sessions
from auth_otp.worker import LOOPS


def build(settings: Settings) -> Context:
    """Everything the handlers need, connected to nothing yet."""
    valkey = Valkey(settings.redis_url, timeout=settings.redis_timeout_seconds)
    notifier = Notifier(settings.notifier_url, settings.notifier_keys, system_clock)

    async def close_ports() -> None:
        await notifier.close()
        await valkey.close()

    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        events=EventStore(),
        challenges=ValkeyChallenges(valkey, settings),
        pending_grants=ValkeyPendingGrants(valkey, settings),
        rate_limiter=ValkeyRateLimiter(valkey),
        courier=notifier,
        close_ports=close_ports,
        signer=SessionSigner(settings.session_signing_keys),
        verifier=SessionVerifier(settings.session_public_keys, SessionUses(settings.cookie_signing_keys)),
    )


SERVICE = ServiceDefinition(
    package="auth_otp",
    settings=Settings,
    build=build,
    routes=ROUTES,
    refusals=REFUSALS,
    flash=flash,
    loops=LOOPS,
    asks={"redis_url": API, "notifier_url": WORKER},
    keyed_columns=in_columns(
        *contacts.KEYED,
        *sessions.KEYED,
        *known_browsers.KEYED,
        *guard_links.KEYED,
        code_requests.KEYED,
        *passkeys.KEYED,
    ),
    rewrite_old_keys=rewrite_old_keys,
)
