"""Keep a contact's passkeys: add one soon after a code was entered, list them, remove one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from chassis.database import Transaction, lock_customers
from chassis.identity import SessionToken
from chassis.refusals import NotFound
from servicehub_events import Business

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.addresses import Address
from auth_otp.domain.passkeys import registered_passkey
from auth_otp.domain.sessions import Candidate, LiveSession
from auth_otp.domain.sign_in import Browser, entry_counters
from auth_otp.domain.stored_addresses import challenge_place, passkey_place, session_place
from auth_otp.domain.stored_passkeys import (
    CHALLENGE_BYTES,
    USER_HANDLE_BYTES,
    PasskeyChallenge,
    StoredPasskey,
    new_passkey_options,
)
from auth_otp.handlers.enter_passkey import Asked, party, use_challenge
from auth_otp.handlers.request_code import take_all
from auth_otp.handlers.sign_out import check_viewer
from auth_otp.store import code_requests, contacts, passkeys, sessions, sign_in_log

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OfferPasskey:
    """Tell the browser of this session what passkey to make."""

    business: Business
    token: SessionToken


@dataclass(frozen=True, slots=True)
class AddPasskey:
    """Keep the passkey that a browser made, in answer to one of the challenges that it was given."""

    business: Business
    browser: Browser
    token: SessionToken
    post: bytes
    challenges: Sequence[PasskeyChallenge]
    locale: str | None


@dataclass(frozen=True, slots=True)
class RemovePasskey:
    """Let a passkey of the same contact sign nobody in any more."""

    business: Business
    token: SessionToken
    passkey_id: str


@dataclass(frozen=True, slots=True)
class ListPasskeys:
    """The passkeys of a contact."""

    business_id: str
    contact: Candidate


async def offer_passkey(ctx: Context, command: OfferPasskey) -> Asked:
    """A challenge to make one. Raises `NotSignedIn`, `ProofTooOld` or `TooManyPasskeys`."""
    token, seconds = command.token, ctx.settings.passkey_challenge_seconds
    async with ctx.tenant(command.business.business_id) as tx:
        address, _ = await _lock_proof(ctx, tx, token, command.business)
        present = await _check_room(ctx, tx, _contact(token))
    challenge = PasskeyChallenge(
        value=secrets.token_bytes(CHALLENGE_BYTES),
        at=int(ctx.clock().timestamp()),
        session_id=token.session_id,
        user_handle=present[0].user_handle if present else secrets.token_bytes(USER_HANDLE_BYTES),
    )
    options = new_passkey_options(
        party(ctx, command.business),
        challenge,
        seconds,
        business=command.business.name,
        address=address.value,
        present=[one.credential_id for one in present],
    )
    return Asked(challenge, options)


async def add_passkey(ctx: Context, command: AddPasskey) -> None:
    """Keep it, and tell the address that the session proved.

    Raises as `offer_passkey`, and `TooManyRequests`, `PasskeyExpired`, `PasskeyInvalid`, or `Unavailable`.
    """
    business_id, token = command.business.business_id, command.token
    await take_all(ctx, entry_counters(ctx.settings, command.browser.sources), ctx.new_id())
    async with ctx.tenant(business_id) as tx:  # so that what stands in the way is said first
        await _lock_proof(ctx, tx, token, command.business)
        await _check_room(ctx, tx, _contact(token))
    asked = [one for one in command.challenges if one.session_id == token.session_id]
    challenge = await use_challenge(ctx, business_id, command.post, asked)
    passkey = registered_passkey(
        command.post, challenge.value, challenge.user_handle, party(ctx, command.business)
    )
    if passkey is None:
        raise errors.PasskeyInvalid
    async with ctx.tenant(business_id) as tx:
        address, second = await _lock_proof(ctx, tx, token, command.business)
        await _check_room(ctx, tx, _contact(token))
        stored = ctx.addresses.stored(business_id, address, passkey_place(business_id))
        passkey_id, device = ctx.new_id(), command.browser.device
        kept = await passkeys.add_passkey(
            tx,
            passkey_id,
            _contact(token),
            device,
            passkey,
            address_cipher=stored.cipher,
            second_cipher=second
            and ctx.addresses.stored(business_id, second, passkey_place(business_id)).cipher,
        )
        if not kept:
            raise errors.PasskeyInvalid
        notice = ctx.addresses.stored(business_id, address, challenge_place(business_id)).cipher
        await code_requests.add_passkey_notice(tx, ctx.new_id(), notice, command.locale)
        await sign_in_log.add_entry(tx, "passkey_added", stored.index, f"{passkey_id} {device}")
    log.info("passkey.added", business_id=business_id, passkey_id=passkey_id)


async def remove_passkey(ctx: Context, command: RemovePasskey) -> None:
    """Delete it. Raises `NotFound` for an id of anybody else's, or `NotSignedIn`."""
    token, passkey_id = command.token, command.passkey_id
    async with ctx.tenant(command.business.business_id) as tx:
        # Passkey first, then sessions: the order of whoever signs in with it.
        name = await passkeys.forget_passkey_of(tx, _contact(token), passkey_id)
        own = await _lock_viewer(tx, token, command.business)
        if name is None:
            raise NotFound
        await sign_in_log.add_entry(tx, "passkey_removed", own.address_index, f"{passkey_id} {name}")
    log.info("passkey.removed", business_id=token.business_id, passkey_id=passkey_id)


async def list_passkeys(ctx: Context, command: ListPasskeys) -> list[StoredPasskey]:
    """The oldest first."""
    async with ctx.tenant(command.business_id) as tx:
        return await passkeys.list_passkeys(tx, command.contact)


async def _lock_proof(
    ctx: Context, tx: Transaction, token: SessionToken, business: Business
) -> tuple[Address, Address | None]:
    """The address that a session proved by a code a short time ago, and the other one if it rests on two.

    Nobody changes its customer meanwhile.
    A session that a passkey opened adds none: whoever adds one has read the contact's mail or texts today.
    Raises `NotSignedIn`, or `ProofTooOld`.
    """
    await lock_customers(tx, [(business.business_id, token.customer_id)], alone=False)
    own = await _lock_viewer(tx, token, business)
    address = ctx.addresses.read(own.address_cipher, session_place(business.business_id))
    recent = await sessions.was_proved_by_code(tx, own.session_id, ctx.settings.passkey_proof_seconds)
    if address is None or not recent:
        raise errors.ProofTooOld
    place = session_place(business.business_id)
    return address, ctx.addresses.read(own.second_cipher, place) if own.second_cipher else None


async def _check_room(ctx: Context, tx: Transaction, contact: Candidate) -> list[StoredPasskey]:
    """The passkeys that a contact has. Raises `TooManyPasskeys` when there is no room for another."""
    present = await passkeys.list_passkeys(tx, contact)
    if len(present) >= ctx.settings.contact_passkeys:
        raise errors.TooManyPasskeys
    return present


def _contact(token: SessionToken) -> Candidate:
    return Candidate(token.customer_id, token.contact_id)


async def _lock_viewer(tx: Transaction, token: SessionToken, business: Business) -> LiveSession:
    """The session that asks; of its contact all are locked, so that one passkey is added after another.

    Raises `NotSignedIn`.
    """
    customer = await contacts.find_customer_access(tx, token.customer_id)
    live = await sessions.lock_live_sessions_of_contact(tx, token.customer_id, token.contact_id)
    own = next((session for session in live if session.session_id == token.session_id), None)
    return check_viewer(token, business, customer, own)
