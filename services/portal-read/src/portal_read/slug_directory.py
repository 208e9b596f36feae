"""Slug → business. Kept in the process; every page checks it against the business's own row."""

from typing import NamedTuple

from servicehub_events import Business

from portal_read.read_model import ReadModel
from portal_read.store import SLUG

_KEPT = 10_000


class Address(NamedTuple):
    """Whose slug it is; another `present_slug` than the one asked for means that the portal has moved."""

    business_id: str
    present_slug: str


class Directory:
    """Finds businesses by present and former slug."""

    def __init__(self, read_model: ReadModel) -> None:
        self._read_model = read_model
        self._known: dict[str, Address] = {}
        self._seen: dict[str, Business] = {}

    def clear(self) -> None:
        """Forget everything: some business changed."""
        self._known.clear()

    def forget(self, slug: str) -> None:
        """This one is out of date."""
        self._known.pop(slug, None)

    def saw(self, business: Business) -> None:
        """Keep how a portal looks, for the moment when the database does not answer."""
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[business.slug] = business

    def last_seen(self, slug: str) -> Business | None:
        """How the portal looked the last time."""
        return self._seen.get(slug)

    async def find(self, slug: str) -> Address | None:
        """Whose slug this is. Unknown ones are asked for each time: they may be taken any moment."""
        if (known := self._known.get(slug)) is not None:
            return known
        rows = await self._read_model.anonymous(SLUG, {"slug": slug})
        if not rows:
            return None
        if len(self._known) >= _KEPT:
            self._known.clear()
        return self._known.setdefault(slug, Address(*rows[0]))
