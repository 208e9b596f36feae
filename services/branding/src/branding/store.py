"""Every statement on the tables beside the event store: the slug directory and the published files."""

from chassis.database import Transaction

from branding.domain.published_file import CONTENT_TYPES, FileName, PublishedFile
from branding.errors import SlugTaken

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


async def add_file(tx: Transaction, file: PublishedFile) -> None:
    """Publish a file. One with the same name and content is there already, and stays."""
    await tx.run(_ADD_FILE, name=file.name, hash=file.hash, content_type=file.content_type, body=file.body)


async def find_file(tx: Transaction, name: FileName) -> PublishedFile | None:
    """A published file of the business, old ones included: a cached page still finds its stylesheet."""
    body = await tx.value(
        _FIND_FILE, bytes, name=name.name, hash=name.hash, content_type=CONTENT_TYPES[name.extension]
    )
    return None if body is None else PublishedFile(name.name, name.extension, body)
