"""Sign in with a passkey: the source is counted and the challenge used up before anything is proved."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import structlog
from chassis.database import Transaction
from chassis.observability import Counter
from chassis.origins import origin_of
from servicehub_events import Business, Session

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.passkeys import (
    Doubt,
    Passkey,
    RelyingParty,
    answered_challenge,
    presented_credential,
    proven_passkey,
    relying_party,
)
from auth_otp.domain.sessions import Candidate
from auth_otp.domain.sign_in import Browser, Limit, check_portal, entry_counters, plan_passkey_session
from auth_otp.domain.stored_addresses import StoredAddress, passkey_place, session_place
from auth_otp.domain.stored_passkeys import (
    CHALLENGE_BYTES,
    Options,
    PasskeyChallenge,
    StoredPasskey,
    sign_in_options,
)
from auth_otp.handlers.enter_code import start_session
from auth_otp.handlers.request_code import take_all
from auth_otp.settings import HOUR
from auth_otp.store import contacts, passkeys, sign_in_log

log = structlog.get_logger(__name__)
_entered = Counter(__name__, "portal_passkeys_entered_total", "passkeys that were shown", "outcome")
_ONCE: Final = Limit(1, HOUR)
"""Longer than any challenge lives, by whichever clock."""


@dataclass(frozen=True, slots=True)
class EnterPasskey:
    """Sign in with what a browser posts of a passkey, in answer to one of its challenges.

    `confirming` is the contact who is signed in and asked for a second proof.
    """

    business: Business
    browser: Browser
    post: bytes
    challenges: Sequence[PasskeyChallenge]
    confirming: Candidate | None = None


class Asked(NamedTuple):
    """A challenge for a browser to keep, and what it is told to do about it."""

    challenge: PasskeyChallenge
    options: Options


class _Refused(Exception):
    """Nothing was proved; what was done is rolled back."""

    def __init__(self, why: Doubt | Literal["unknown", "no_access"], address_index: str = "") -> None:
        self.why = why
        self.address_index = address_index


def ask_for_passkey(ctx: Context, business: Business) -> Asked:
    """Ask a browser for any passkey that it has. Nothing is kept of it here. Raises `PortalOff`."""
    check_portal(business)
    challenge = PasskeyChallenge(value=secrets.token_bytes(CHALLENGE_BYTES), at=int(ctx.clock().timestamp()))
    return Asked(
        challenge, sign_in_options(party(ctx, business), challenge, ctx.settings.passkey_challenge_seconds)
    )


def party(ctx: Context, business: Business) -> RelyingParty:
    """The portal, where browsers find this business."""
    return relying_party(origin_of(business, ctx.settings.public_origin))


async def enter_passkey(ctx: Context, command: EnterPasskey) -> Session:
    """Sign in as the passkey's contact.

    Raises `PortalOff`, `TooManyRequests`, `PasskeyExpired`, `PasskeyRefused`, or `Unavailable`.
    """
    check_portal(command.business)
    await take_all(ctx, entry_counters(ctx.settings, command.browser.sources), ctx.new_id())
    asked = [one for one in command.challenges if not one.session_id]
    challenge = await use_challenge(ctx, command.business.business_id, command.post, asked)
    try:
        session = await _start(ctx, command, challenge)
    except _Refused as refused:
        _entered.add(outcome=refused.why)
        async with ctx.tenant(command.business.business_id) as tx:
            await sign_in_log.add_entry(tx, "passkey_refused", refused.address_index, refused.why)
        raise errors.PasskeyRefused from None
    _entered.add(outcome="right")
    log.info("session.started", business_id=session.business_id, session_id=session.session_id)
    return session


async def use_challenge(
    ctx: Context, business_id: str, post: bytes, challenges: Sequence[PasskeyChallenge]
) -> PasskeyChallenge:
    """The challenge that is answered, which nothing answers again. Raises `PasskeyExpired`."""
    answered, life = answered_challenge(post), ctx.settings.passkey_challenge_seconds
    for challenge in challenges:
        if challenge.value == answered and challenge.is_good(ctx.clock(), life):
            name = f"passkey:{business_id}:{challenge.value.hex()}"
            if await ctx.rate_limiter.take(name, (_ONCE,), "used") == 0:
                return challenge
    raise errors.PasskeyExpired


async def _start(ctx: Context, command: EnterPasskey, challenge: PasskeyChallenge) -> Session:
    business_id, credential_id = command.business.business_id, presented_credential(command.post)
    async with ctx.tenant(business_id) as tx:
        presented = await passkeys.find_passkey(tx, credential_id) if credential_id else None
        if presented is None:
            raise _Refused("unknown")
        candidate, address = await _check_access(ctx, tx, presented)
        kept = await passkeys.lock_passkey(tx, presented.credential_id)
        if kept is None:  # removed meanwhile
            raise _Refused("unknown", address.index)
        proven = proven_passkey(command.post, challenge.value, kept.passkey, party(ctx, command.business))
        if not isinstance(proven, Passkey):
            raise _Refused(proven, address.index)
        at = await passkeys.mark_passkey_used(tx, proven)
        grant = plan_passkey_session(
            ctx.settings,
            command.business,
            command.browser,
            address,
            candidate,
            session_id=ctx.new_id(),
            at=at,
            second_cipher=_second_cipher(ctx, kept),
            confirms=candidate == command.confirming,
        )
        return await start_session(ctx, tx, grant, candidate)


async def _check_access(
    ctx: Context, tx: Transaction, passkey: StoredPasskey
) -> tuple[Candidate, StoredAddress]:
    """The contact of a passkey, held until the end of the transaction, and the address that it rests on.

    Whoever may not sign in by a code for that address may not by the passkey. Raises `_Refused`.
    """
    address = ctx.addresses.read(passkey.address_cipher, passkey_place(tx.business_id))
    if address is None:  # its key was retired meanwhile
        raise _Refused("no_access")
    indexes = ctx.addresses.accepted(tx.business_id, address)
    candidate = Candidate(passkey.customer_id, passkey.contact_id)
    if candidate not in await contacts.lock_candidates(tx, address.channel, indexes):
        raise _Refused("no_access", indexes[0])
    return candidate, ctx.addresses.stored(tx.business_id, address, session_place(tx.business_id))


def _second_cipher(ctx: Context, passkey: StoredPasskey) -> bytes | None:
    """The second address that a passkey rests on, as sessions store it."""
    business_id = passkey.business_id
    if passkey.second_cipher is None:
        return None
    address = ctx.addresses.read(passkey.second_cipher, passkey_place(business_id))
    return address and ctx.addresses.stored(business_id, address, session_place(business_id)).cipher
