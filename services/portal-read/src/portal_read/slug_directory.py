"""Slug → business. Kept in the process; every page checks it against the business's own row."""

import re

from chassis.identity import SlugOwner
from servicehub_events import Business

from portal_read.read_model import ReadModel

_KEPT = 10_000
_SLUG = re.compile(r"[a-z0-9-]{1,63}\Z")


def is_slug(text: str) -> bool:
    """Whether a portal may have this for its slug."""
    return _SLUG.match(text) is not None


class SlugDirectory:
    """Finds businesses by present and former slug, and remembers how each portal looked."""

    def __init__(self, read_model: ReadModel) -> None:
        self._read_model = read_model
        self._owners: dict[str, SlugOwner] = {}
        self._seen: dict[str, Business] = {}

    def clear(self) -> None:
        """Forget every owner: some business changed."""
        self._owners.clear()

    def forget(self, slug: str) -> None:
        """Forget the owner of a slug: it is out of date."""
        self._owners.pop(slug, None)

    def remember(self, business: Business) -> None:
        """Keep how a portal looks, for the moment when the database does not answer."""
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[business.slug] = business

    def last_seen(self, slug: str) -> Business | None:
        """How the portal looked the last time."""
        return self._seen.get(slug)

    async def find(self, slug: str) -> SlugOwner | None:
        """Whose slug this is; nobody's, if none reads like that.

        Unknown ones are asked for each time: they may be taken any moment.
        """
        if (known := self._owners.get(slug)) is not None:
            return known
        if not is_slug(slug):
            return None
        owner = await self._read_model.find_slug_owner(slug)
        if owner is None:
            return None
        if len(self._owners) >= _KEPT:
            self._owners.clear()
        return self._owners.setdefault(slug, owner)
