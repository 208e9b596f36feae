"""A page that somebody has opened, with the rows that were read for it."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlencode

from chassis.identity import Viewer
from portal_read.http.page_request import PageRequest
from portal_read.http.viewer import PageViewer
from portal_read.pages import PageContext
from portal_read.read_model import StoredRow
from servicehub_events import Event, encode_event
from servicehub_events_tools.testing import samples
from starlette.requests import Request

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def stored(key: str, state: Event, **changes: object) -> StoredRow:
    """A row as an older build may have written it: nothing checks it here."""
    return StoredRow(key, 1, json.dumps({**json.loads(encode_event(state)), **changes}).encode())


def context_of_sample(locale: str = "en") -> PageContext:
    """The sample's contact, signed in."""
    customer, business = samples.customer(), samples.business()
    (contact,) = customer.contacts
    return PageContext(business, locale, NOW, f"/portal/{business.slug}", customer=customer, contact=contact)


def opened(
    rows: Mapping[str, list[StoredRow]],
    key: str = "",
    *,
    context: PageContext | None = None,
    query: Sequence[tuple[str, str]] = (),
) -> PageRequest:
    """The page with these rows; `key` is the id in its path."""
    context = context or context_of_sample()
    scope: dict[str, object] = {"type": "http", "method": "GET", "path": context.root, "headers": []}
    request = Request({**scope, "query_string": urlencode(query).encode()})
    viewer = PageViewer(context.business, Viewer("signed_in"), context.customer, context.contact)
    count = StoredRow("all", len(rows.get("upcoming", [])), None)
    found = defaultdict(list, {"upcoming_count": [count], **rows})
    return PageRequest(request, viewer, found, None, context, {"id": key}, MappingProxyType({}))
