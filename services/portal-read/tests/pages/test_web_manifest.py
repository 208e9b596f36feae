"""How a portal stands on a home screen, in search results and under a shared link."""

import json
import re
from dataclasses import replace

import msgspec
import servicehub_events as e
from every_page import every_page
from page_samples import SPARKLE, SPARKLE_SEASON, US_CONTEXT
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


def test_two_portals_at_one_host_are_two_apps_and_neither_holds_a_page_of_the_other() -> None:
    def installed(slug: str) -> dict[str, str]:
        business = msgspec.structs.replace(SPARKLE, slug=slug)
        return json.loads(pages.web_manifest(replace(US_CONTEXT, business=business)))

    shiny, cars = installed("shiny"), installed("shiny-cars")
    assert shiny["id"] != cars["id"]
    for one, other in ((shiny, cars), (cars, shiny)):
        assert one["start_url"].startswith(one["scope"])
        assert not one["start_url"].startswith(other["scope"])


def test_no_page_leads_out_of_the_app_that_it_was_installed_as() -> None:
    ctx = replace(US_CONTEXT, path=US_CONTEXT.home, switches=True)
    scope = json.loads(pages.web_manifest(ctx))["scope"]
    for name, html in every_page(replace(SPARKLE_SEASON, ctx=ctx)).items():
        led_to = re.findall(r'href="(/portal/(?!assets/)[^"]*)"', html)
        assert [url for url in led_to if not url.startswith(scope)] == [], name


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
