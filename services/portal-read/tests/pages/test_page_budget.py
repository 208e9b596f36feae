"""What a first view of each page weighs over the wire, and how many requests it takes.

A logo is the business's own, and kept for good by the browser: it is one request more.
"""

import gzip
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from rendered import Page
from shown_states import SEASONS, file_at, shown_states

BYTES = 25_000
REQUESTS = 5
_HEAVIEST_SHOWN = 15


class FirstView(NamedTuple):
    """A page with what it can't be shown without; bytes as gzip sends them."""

    size: int
    requests: int
    name: str


def files_of(html: str) -> Iterator[str]:
    """Stylesheets, scripts and pictures; a picture that waits until it is scrolled to is no part of it."""
    page = Page(html)
    yield from (
        href
        for tag, attrs in page.tags
        if tag == "link" and attrs.get("rel") == "stylesheet" and (href := attrs.get("href"))
    )
    yield from page.all("script", "src")
    yield from (
        src
        for tag, attrs in page.tags
        if tag == "img" and attrs.get("loading") != "lazy" and (src := attrs.get("src"))
    )


def first_view(name: str, html: str) -> FirstView:
    sent = [html.encode()]
    for path in dict.fromkeys(files_of(html)):
        file = file_at(path)
        assert file, f"{name}: nobody knows how much {path} weighs"
        sent.append(file[0])
    return FirstView(sum(len(gzip.compress(part, 6)) for part in sent), len(sent), name)


@pytest.mark.parametrize("locale", SEASONS)
def test_the_first_view_of_every_page_keeps_its_budget(locale: str) -> None:
    views = sorted((first_view(*shown) for shown in shown_states(locale, live=True).items()), reverse=True)
    rows = [f"{size:>7,} B {requests:>2} requests  {locale}/{name}" for size, requests, name in views]
    heaviest = "\n".join([*rows[:_HEAVIEST_SHOWN], f"of {len(rows)} pages"])
    sys.stdout.write(f"\n{heaviest}\n")
    assert len(views) > 150
    assert [view for view in views if view.size > BYTES or view.requests > REQUESTS] == []
