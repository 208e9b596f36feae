"""Every statement on the tables beside the event store: slugs, published files, domains."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.database import Transaction

from branding.domain.own_domain import Standing, Status
from branding.domain.published_file import CONTENT_TYPES, FileName, PublishedFile
from branding.errors import DomainTaken, SlugTaken

_ADD_SLUG = "INSERT INTO slugs (slug, business_id) VALUES (:slug, :business_id) ON CONFLICT DO NOTHING"
_FIND_SLUG_OWNER = "SELECT business_id FROM slugs WHERE slug = :slug"
_ADD_FILE = (
    "INSERT INTO assets (business_id, name, hash, content_type, body)"
    " VALUES (:business_id, :name, :hash, :content_type, :body) ON CONFLICT DO NOTHING"
)
_FIND_FILE = (
    "SELECT body FROM assets WHERE business_id = :business_id AND name = :name AND hash = :hash"
    " AND content_type = :content_type"
)
_IS_VERIFIED = (
    "SELECT EXISTS (SELECT 1 FROM domain_owners WHERE domain = :domain AND business_id = :business_id)"
)
_IS_TAKEN = (
    "SELECT EXISTS (SELECT 1 FROM domain_owners WHERE domain = :domain AND business_id <> :business_id)"
)
_ASK = (
    "INSERT INTO domains (business_id, domain, value, status, failing_since, check_at)"
    " VALUES (:business_id, :domain, :value, 'pending', :now, :now)"
    " ON CONFLICT (business_id) DO UPDATE SET domain = EXCLUDED.domain, value = EXCLUDED.value,"
    " status = 'pending', failing_since = EXCLUDED.failing_since, check_at = EXCLUDED.check_at"
    " WHERE domains.domain <> EXCLUDED.domain"
)
_LEAVE = "DELETE FROM domains WHERE business_id = :business_id"
_CLAIM_DUE = (
    "UPDATE domains SET check_at = CAST(:now AS timestamptz)"
    " + CASE WHEN status = 'pending' THEN CAST(:pending AS interval) ELSE CAST(:every AS interval) END"
    " WHERE business_id IN (SELECT business_id FROM domains WHERE check_at <= :now"
    " ORDER BY check_at LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " RETURNING business_id, domain, value, status, failing_since"
)
_SET_STANDING = (
    "UPDATE domains SET status = :status, failing_since = :failing_since"
    " WHERE business_id = :business_id AND domain = :domain AND value = :value"
)
_SLUG_HOLDER = (
    "SELECT business_id FROM events WHERE data ->> 'slug' = :slug OR data -> 'former_slugs' ? :slug"
    " ORDER BY occurred_at DESC LIMIT 1"
)
_LIST_DOMAINS = "SELECT DISTINCT domain FROM domains WHERE status <> 'failed' ORDER BY domain"


@dataclass(frozen=True, slots=True)
class DueDomain:
    """A domain whose record is to be looked at, and how it stood the last time."""

    business_id: str
    domain: str
    value: str
    status: Status
    failing_since: datetime | None

    @property
    def standing(self) -> Standing:
        return Standing(self.status, self.failing_since)


async def add_slug(tx: Transaction, slug: str) -> None:
    """Claim a slug for ever; claiming an own one again changes nothing. Raises `SlugTaken`.

    The row is inserted first and then looked at: of two who claim at once, the second waits for the first.
    """
    await tx.run(_ADD_SLUG, slug=slug)
    if await find_slug_owner(tx, slug) != tx.business_id:
        raise SlugTaken


async def find_slug_owner(tx: Transaction, slug: str) -> str | None:
    """The business that has or had a slug; any transaction may ask."""
    return await tx.value(_FIND_SLUG_OWNER, str, slug=slug)


async def find_slug_holder(tx: Transaction, slug: str) -> str | None:
    """The same from the events, which a worker may read: the business that had this slug last."""
    return await tx.value(_SLUG_HOLDER, str, slug=slug)


async def add_file(tx: Transaction, file: PublishedFile) -> None:
    """Publish a file. One with the same name and content is there already, and stays."""
    await tx.run(_ADD_FILE, name=file.name, hash=file.hash, content_type=file.content_type, body=file.body)


async def find_file(tx: Transaction, name: FileName) -> PublishedFile | None:
    """A published file of the business, old ones included: a cached page still finds its stylesheet."""
    body = await tx.value(
        _FIND_FILE, bytes, name=name.name, hash=name.hash, content_type=CONTENT_TYPES[name.extension]
    )
    return None if body is None else PublishedFile(name.name, name.extension, body)


async def is_domain_of(tx: Transaction, domain: str, business_id: str) -> bool:
    """Whether a domain is verified for a business; any transaction may ask."""
    return bool(await tx.value(_IS_VERIFIED, bool, domain=domain, business_id=business_id))


async def ask_for_domain(tx: Transaction, domain: str, value: str, now: datetime) -> None:
    """Have a record looked for; one that is looked for already stays as it is. Raises `DomainTaken`."""
    if await tx.value(_IS_TAKEN, bool, domain=domain):
        raise DomainTaken
    await tx.run(_ASK, domain=domain, value=value, now=now)


async def leave_domain(tx: Transaction) -> None:
    """Look at no domain of the business any more."""
    await tx.run(_LEAVE)


async def claim_due_domains(
    tx: Transaction, now: datetime, *, pending: timedelta, every: timedelta, limit: int
) -> list[DueDomain]:
    """Domains that are due, each for one worker alone; they are due again after `pending` or `every`."""
    return await tx.all(_CLAIM_DUE, DueDomain, now=now, pending=pending, every=every, limit=limit)


async def set_standing(tx: Transaction, due: DueDomain, standing: Standing) -> bool:
    """Note how a domain stands; false when the business asks for another meanwhile.

    Raises `IntegrityError` when the domain is verified for another business.
    """
    values = {"domain": due.domain, "value": due.value}
    changed = await tx.run(
        _SET_STANDING, status=standing.status, failing_since=standing.failing_since, **values
    )
    return changed > 0


async def list_domains(tx: Transaction) -> list[str]:
    """Every domain that a gateway has to answer: those that are verified, and those that may be soon."""
    return [row.domain for row in await tx.all(_LIST_DOMAINS, _Domain)]


@dataclass(frozen=True, slots=True)
class _Domain:
    domain: str
