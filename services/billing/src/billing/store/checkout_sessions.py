"""Checkout sessions and claims: a payment's side towards Stripe, and what makes an invoice payable once.

A session is open while `next_check_at` says when to ask the processor next. Everything sent to the processor
is stored with it before it is sent. A claim is held until its payment has ended.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import msgspec
from chassis.database import Transaction

CHANNEL = "checkout_sessions"
"""The NOTIFY channel that says: ask about some of them now."""

# In one order for everybody, so that two payments that want each other's invoices cannot block each other.
_ADD_CLAIMS = (
    "INSERT INTO claims (business_id, payment_id, invoice_id)"
    " SELECT :business_id, :payment_id, invoice_id FROM unnest(CAST(:invoices AS text[])) AS i(invoice_id)"
    " ORDER BY invoice_id ON CONFLICT (business_id, invoice_id) WHERE held DO NOTHING"
)
_LIST_HOLDERS = (
    "SELECT DISTINCT payment_id FROM claims WHERE business_id = :business_id AND held"
    " AND invoice_id = ANY(CAST(:invoices AS text[])) ORDER BY payment_id"
)
_ADD = (
    "INSERT INTO checkout_sessions (business_id, payment_id, customer_id, account, request, idempotency_key,"
    " reference, url, vault, keeps_card, autopay, started_at, next_check_at) VALUES (:business_id,"
    " :payment_id, :customer_id, :account, :request, :idempotency_key, :reference, :url, :vault, :keeps_card,"
    " :autopay, :started_at, :next_check_at)"
)
_THIS_ONE = "WHERE business_id = :business_id AND payment_id = :payment_id"
_FIND = f"SELECT * FROM checkout_sessions {_THIS_ONE}"  # noqa: S608  # a clause of our own, as below
_LOCK = f"SELECT * FROM checkout_sessions {_THIS_ONE} FOR UPDATE"  # noqa: S608  # ours
_FIND_OF_ACCOUNT = "SELECT * FROM checkout_sessions WHERE payment_id = :payment_id AND account = :account"
_FIND_ANYWHERE = "SELECT * FROM checkout_sessions WHERE payment_id = :payment_id"
# It is asked about no more, and its claims stay.
_LIST_CHECKED = (
    "SELECT * FROM checkout_sessions AS a WHERE next_check_at IS NULL AND EXISTS (SELECT FROM claims AS c"
    " WHERE c.business_id = a.business_id AND c.payment_id = a.payment_id AND c.held)"
    " ORDER BY started_at, payment_id"
)
_LIST_OPEN = (
    "SELECT * FROM checkout_sessions WHERE next_check_at IS NOT NULL"
    " AND (:business = '' OR business_id = :business) ORDER BY started_at, payment_id"
)
# Whoever takes one is the only one to ask for a while; each time nothing is new, the while grows: for a page,
# which is open for an hour, to ten times the first one, then for a voucher to sixty times.
_LOCK_DUE = (
    "UPDATE checkout_sessions SET checks = checks + 1, next_check_at = :now"
    " + make_interval(secs => :every * CASE WHEN checks < 20 THEN least(checks + 1, 10) ELSE 60 END)"
    " WHERE (business_id, payment_id) IN (SELECT business_id, payment_id FROM checkout_sessions"
    " WHERE next_check_at <= :now ORDER BY next_check_at LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING *"
)
_POSTPONE = (
    f"UPDATE checkout_sessions SET next_check_at = greatest(next_check_at, :until) {_THIS_ONE}"  # noqa: S608  # ours
    " AND next_check_at IS NOT NULL"
)
_MARK_OPENED = (
    f"UPDATE checkout_sessions SET reference = :reference, url = coalesce(:url, url) {_THIS_ONE}"  # noqa: S608  # ours
    " AND next_check_at IS NOT NULL AND coalesce(reference, :reference) = :reference"
)
_MARK_NEXT_KEY = (
    f"UPDATE checkout_sessions SET idempotency_key = :next {_THIS_ONE} AND idempotency_key = :idempotency_key"  # noqa: S608  # ours
)
_MARK_ENDED = f"UPDATE checkout_sessions SET next_check_at = NULL {_THIS_ONE} AND refund_due IS NULL"  # noqa: S608  # ours
_MARK_REFUND_DUE = (
    "WITH due AS (UPDATE checkout_sessions SET refund_due = :amount, next_check_at = now()"  # noqa: S608  # ours
    f" {_THIS_ONE} RETURNING payment_id) SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM due)"
)
_MARK_REFUNDED = f"UPDATE checkout_sessions SET refund_due = NULL, next_check_at = NULL {_THIS_ONE}"  # noqa: S608  # ours
_MARK_RELEASED = f"UPDATE claims SET held = false {_THIS_ONE} AND held"  # noqa: S608  # ours
_MARK_DUE = (
    "WITH due AS (UPDATE checkout_sessions AS a SET next_check_at = now()"  # noqa: S608  # ours
    " FROM claims AS c JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, invoice_id text)"
    " USING (business_id, invoice_id) WHERE c.held AND a.next_check_at IS NOT NULL"
    " AND a.business_id = c.business_id AND a.payment_id = c.payment_id"
    f" RETURNING a.payment_id) SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM due)"
)
_MARK_ACCOUNT_DUE = (
    "WITH due AS (UPDATE checkout_sessions SET next_check_at = now()"  # noqa: S608  # ours
    " WHERE account = :account AND next_check_at IS NOT NULL RETURNING payment_id)"
    f" SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM due)"
)
_MARK_FORMER_DUE = (
    "WITH due AS (UPDATE checkout_sessions AS a SET next_check_at = now() FROM businesses AS b"  # noqa: S608  # ours
    " WHERE a.business_id = ANY(CAST(:businesses AS text[])) AND a.next_check_at IS NOT NULL"
    " AND b.business_id = a.business_id AND a.account IS DISTINCT FROM b.state->>'stripe_account'"
    f" RETURNING a.payment_id) SELECT pg_notify('{CHANNEL}', '') WHERE EXISTS (SELECT FROM due)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession:
    """`request` and `idempotency_key` are what the page is opened with; `reference` and `url` its answer.

    `vault` is whose kept cards the page offers; `keeps_card`, whether it keeps the one that pays. `autopay`:
    it has no page, and is the charge of a card of that vault.
    `refund_due`: how much is still to be given back, in minor units.
    """

    business_id: str
    payment_id: str
    customer_id: str
    account: str
    request: str
    idempotency_key: str
    started_at: datetime
    reference: str | None = None
    url: str | None = None
    vault: str = ""
    keeps_card: bool = False
    autopay: bool = False
    refund_due: int | None = None


async def add_claims(tx: Transaction, payment_id: str, invoices: Sequence[str]) -> bool:
    """Hold these invoices for a payment: all of them, or False, and then the transaction must be given up.

    Waits for whoever is claiming or releasing one of them at this moment.
    """
    return await tx.run(_ADD_CLAIMS, payment_id=payment_id, invoices=list(invoices)) == len(invoices)


async def list_holders(tx: Transaction, invoices: Sequence[str]) -> list[str]:
    """The ids of the payments that hold any of these invoices."""
    holders = await tx.all(_LIST_HOLDERS, _Holder, invoices=list(invoices))
    return [holder.payment_id for holder in holders]


async def add_session(tx: Transaction, session: CheckoutSession, *, check_after: timedelta) -> None:
    """Store a new session; the processor is asked about it that long after its start."""
    await tx.run(_ADD, **asdict(session), next_check_at=session.started_at + check_after)


async def find_session(tx: Transaction, payment_id: str) -> CheckoutSession | None:
    """The session of a payment."""
    return await tx.one(_FIND, CheckoutSession, payment_id=payment_id)


async def lock_session(tx: Transaction, payment_id: str) -> CheckoutSession | None:
    """The session of a payment, locked until the transaction ends."""
    return await tx.one(_LOCK, CheckoutSession, payment_id=payment_id)


async def find_session_of_account(tx: Transaction, account: str, payment_id: str) -> CheckoutSession | None:
    """The session that an account's webhook is about; None when it is not ours. For the worker alone."""
    return await tx.one(_FIND_OF_ACCOUNT, CheckoutSession, account=account, payment_id=payment_id)


async def find_session_anywhere(tx: Transaction, payment_id: str) -> CheckoutSession | None:
    """The session of a payment of any business: ids of payments are ours. For operators alone."""
    return await tx.one(_FIND_ANYWHERE, CheckoutSession, payment_id=payment_id)


async def list_checked(tx: Transaction) -> list[CheckoutSession]:
    """Sessions of every business that hold their invoices until an operator has looked."""
    return await tx.all(_LIST_CHECKED, CheckoutSession)


async def list_open(tx: Transaction, business: str) -> list[CheckoutSession]:
    """The open sessions of a business, or of all."""
    return await tx.all(_LIST_OPEN, CheckoutSession, business=business)


async def lock_due_sessions(
    tx: Transaction, now: datetime, *, every: float, limit: int
) -> list[CheckoutSession]:
    """Take open sessions whose time has come, for `every` seconds or longer. Commit before asking."""
    return await tx.all(_LOCK_DUE, CheckoutSession, now=now, every=every, limit=limit)


async def postpone(tx: Transaction, session: CheckoutSession, until: datetime) -> None:
    """Leave an open session alone until then, at least."""
    await tx.run(_POSTPONE, **_key(session), until=until)


async def mark_opened(tx: Transaction, session: CheckoutSession, reference: str, url: str | None) -> bool:
    """Store which page was opened: one for each session.

    False when the session has ended meanwhile, or got another page: nobody may get this one.
    """
    return await tx.run(_MARK_OPENED, **_key(session), reference=reference, url=url) > 0


async def mark_next_key(tx: Transaction, session: CheckoutSession, key: str) -> None:
    """Open the page under another key from now on, unless somebody else changed it first."""
    await tx.run(_MARK_NEXT_KEY, **_key(session), idempotency_key=session.idempotency_key, next=key)


async def mark_ended(tx: Transaction, session: CheckoutSession) -> None:
    """There is no more to be asked, unless something is still to be given back."""
    await tx.run(_MARK_ENDED, **_key(session))


async def release_claims(tx: Transaction, session: CheckoutSession) -> None:
    """Let its invoices be paid by another payment."""
    await tx.run(_MARK_RELEASED, **_key(session))


async def mark_refund_due(tx: Transaction, session: CheckoutSession, amount: int) -> None:
    """Have so much of it given back: the session stays open until it was."""
    await tx.run(_MARK_REFUND_DUE, **_key(session), amount=amount)


async def mark_refunded(tx: Transaction, session: CheckoutSession) -> None:
    """It was given back, or cannot be."""
    await tx.run(_MARK_REFUNDED, **_key(session))


async def mark_sessions_due(tx: Transaction, invoices: Iterable[tuple[str, str]]) -> None:
    """Have the processor asked now about open payments on these invoices, as (business id, invoice id)."""
    keys = [{"business_id": business_id, "invoice_id": invoice_id} for business_id, invoice_id in invoices]
    if keys:
        await tx.run(_MARK_DUE, keys=msgspec.json.encode(keys).decode())


async def mark_account_due(tx: Transaction, account: str) -> None:
    """Have the processor asked now about open payments on an account."""
    await tx.run(_MARK_ACCOUNT_DUE, account=account)


async def mark_former_accounts_due(tx: Transaction, businesses: Collection[str]) -> None:
    """Have the processor asked now about open payments on accounts that these businesses do not use now."""
    if businesses:
        await tx.run(_MARK_FORMER_DUE, businesses=sorted(businesses))


def _key(session: CheckoutSession) -> dict[str, str]:
    return {"business_id": session.business_id, "payment_id": session.payment_id}


class _Holder(msgspec.Struct, frozen=True):
    payment_id: str
