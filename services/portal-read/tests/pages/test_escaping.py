"""Whatever people write in names, notes and links stays text."""

from dataclasses import replace

import msgspec
import servicehub_events as e
from every_page import every_page
from page_samples import SPARKLE_SEASON, Season, view
from portal_read import pages
from portal_read.pages import FlashMessage
from rendered import Page

HOSTILE = "<script>alert('1')</script>\"><img src=x onerror=alert(1)>{{ 7919*7907 }}{name}%s"


def hostile_season() -> Season:
    season = SPARKLE_SEASON
    business = msgspec.structs.replace(
        season.ctx.business,
        name=HOSTILE,
        postal_address=HOSTILE,
        website="javascript:alert(1)",
        disclosure_url="//evil.example/x",
        support=e.Support(phone='"><script>', email=HOSTILE, hours=HOSTILE, url="javascript:alert(1)"),
    )
    assert season.ctx.customer
    assert season.ctx.contact
    customer = msgspec.structs.replace(season.ctx.customer, display_name=HOSTILE)
    contact = msgspec.structs.replace(season.ctx.contact, name=HOSTILE)
    staff = (e.StaffMember(staff_id="s", name=HOSTILE, photo_url="https://img.example/x"),)
    visit = msgspec.structs.replace(
        season.upcoming[0],
        appointment_id='"><script>',
        service=e.Service(name=HOSTILE, description=HOSTILE, items=(HOSTILE,)),
        staff=staff,
        site=e.Site(label=HOSTILE, address=HOSTILE),
        instructions=HOSTILE,
        job=e.AppointmentJob(id="j", name=HOSTILE),
        purchase_order=HOSTILE,
        attachments=tuple(
            e.AttachedFile(id=url, url=url, title=HOSTILE, kind="photo")
            for url in ("javascript:alert(1)", "//evil.example/x", "https://img.example/x")
        ),
        cancellation=e.Cancellation(at=season.upcoming[0].window.start, by=HOSTILE, reason=HOSTILE),
    )
    first = season.invoices[1].invoice
    line = msgspec.structs.replace(first.lines[0], description=HOSTILE)
    invoice = msgspec.structs.replace(first, number=HOSTILE, lines=(line,), memo=HOSTILE)
    ctx = replace(
        season.ctx, business=business, customer=customer, contact=contact, path='/portal/x"><script>', image_origin="https://img.example"
    )  # fmt: skip
    return Season(ctx, (visit,), (), (view(invoice),))


def test_hostile_text_becomes_no_tag_no_attribute_and_no_template() -> None:
    clean = {name: len(Page(html).all("script", "src")) for name, html in every_page(SPARKLE_SEASON).items()}
    for name, html in every_page(hostile_season()).items():
        page = Page(html)
        scripts = [tag for tag, _ in page.tags if tag == "script"]
        assert len(scripts) == clean.get(name, 1), name
        assert not [attrs for _, attrs in page.tags if "onerror" in attrs], name
        assert "62615533" not in page.text.replace(HOSTILE, ""), name
        assert "<script>alert" not in html, name


def test_an_address_that_runs_script_gets_no_link() -> None:
    for name, html in every_page(hostile_season()).items():
        addresses = Page(html).all("a", "href")
        assert not [address for address in addresses if address.lower().startswith(("javascript:", "//"))], (
            name
        )


def test_what_was_typed_comes_back_as_text() -> None:
    outside = replace(SPARKLE_SEASON.ctx, contact=None, customer=None)
    html = pages.code(outside, HOSTILE, FlashMessage(HOSTILE, {"tries_left": HOSTILE}))
    assert "<script>alert" not in html
    assert HOSTILE in Page(html).text
