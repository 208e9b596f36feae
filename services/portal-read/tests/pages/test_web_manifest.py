"""How a portal stands on a home screen, in search results and under a shared link."""

import json
from dataclasses import replace

import msgspec
import servicehub_events as e
from page_samples import SPARKLE, US_CONTEXT
from portal_read import pages

ICONS = (
    e.Icon(url="/branding/sparkle-home/icon-192.png", size=192, purpose="any"),
    e.Icon(url="/branding/sparkle-home/icon-512.png", size=512, purpose="maskable"),
    e.Icon(url="/branding/sparkle-home/letter.svg", size=512, purpose="any"),
    e.Icon(url="javascript:alert(1)", size=32, purpose="any"),
)


def test_the_manifest_has_the_business_name_colour_and_every_icon_of_the_web() -> None:
    ctx = replace(US_CONTEXT, business=msgspec.structs.replace(SPARKLE, icons=ICONS))
    manifest = json.loads(pages.web_manifest(ctx))
    assert (manifest["name"], manifest["theme_color"]) == (SPARKLE.name, SPARKLE.colours.primary)
    assert [(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]] == [
        ("192x192", "any"),
        ("512x512", "maskable"),
        ("any", "any"),
    ]


def test_the_page_for_the_world_says_what_it_is_and_where_it_is_at_home() -> None:
    ctx = replace(US_CONTEXT, customer=None, contact=None, origin="https://my.mail.example")
    html = pages.sign_in(ctx)
    home = f"https://my.mail.example{ctx.root}/sign-in"
    assert f'<link rel="canonical" href="{home}">' in html
    assert f'<meta property="og:url" content="{home}">' in html
    assert '<meta name="description" content="See your visits and invoices with Sparkle Home' in html


def test_no_other_page_names_a_home_or_describes_itself() -> None:
    html = pages.code(replace(US_CONTEXT, customer=None, contact=None), "hannah@mail.example")
    assert "canonical" not in html
    assert 'name="description"' not in html
