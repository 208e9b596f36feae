"""What holds for every page, in both languages, of both businesses."""

import re

import pytest
from chassis.words.languages import LOCALES
from every_page import every_page
from page_samples import SPARKLE_SEASON, Season, in_locale
from page_samples_japan import HIKARI_SEASON
from rendered import Page

SEASONS = [
    pytest.param(in_locale(season, locale), id=f"{season.ctx.business.slug}-{locale}")
    for season in (SPARKLE_SEASON, HIKARI_SEASON)
    for locale in LOCALES
]
every_season = pytest.mark.parametrize("season", SEASONS)


@every_season
def test_nothing_on_a_page_needs_an_exception_from_the_content_security_policy(season: Season) -> None:
    for name, html in every_page(season).items():
        page = Page(html)
        assert not page.all("style", "type"), name
        assert "<style" not in html, name
        assert not [attrs for _, attrs in page.tags if "style" in attrs], name
        assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")], name
        assert all(src.startswith("/portal/assets/") for src in page.all("script", "src")), name
        assert html.count("<script") == len(page.all("script", "src")), name


@every_season
def test_a_page_asks_no_other_origin_for_anything(season: Season) -> None:
    for name, html in every_page(season).items():
        page = Page(html)
        loaded = page.all("link", "href") + page.all("script", "src") + page.all("img", "src")
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded), name


@every_season
def test_every_page_has_a_language_a_title_one_heading_and_unique_ids(season: Season) -> None:
    for name, html in every_page(season).items():
        page = Page(html)
        ids = [identity for _, attrs in page.tags if (identity := attrs.get("id"))]
        assert page.all("html", "lang") == [season.ctx.locale], name
        assert len([tag for tag, _ in page.tags if tag == "h1"]) == 1, name
        assert re.search(r"<title>[^<]+</title>", html), name
        assert len(ids) == len(set(ids)), name
        named = [ref for _, attrs in page.tags for key in ("aria-labelledby", "aria-describedby", "for")
                 for ref in (attrs.get(key) or "").split()]  # fmt: skip
        assert set(named) <= set(ids), name


@every_season
def test_every_page_links_leadduo_for_search_engines_to_follow(season: Season) -> None:
    for name, html in every_page(season).items():
        assert '<a href="https://leadduo.com/">Powered by LeadDuo</a>' in html, name
        assert "nofollow" not in html, name


@every_season
def test_every_form_is_posted_to_a_fixed_route(season: Season) -> None:
    slug = season.ctx.business.slug
    routes = {f"/auth/{slug}/{end}" for end in ("codes", "sessions", "choice", "guard", "sign-out", "switch")}
    searched = {
        f"/portal/{slug}/{end}" for end in ("appointments", "history", "invoices", "pay", "statement")
    }
    routes |= {f"/portal/{slug}/language", f"/billing/{slug}/checkouts", f"/billing/{slug}/cards"}
    routes.add(f"/billing/{slug}/pay-links")
    routes |= {f"/billing/{slug}/autopay", f"/billing/{slug}/autopay/off"}
    routes |= {f"/billing/{slug}/cards/pm_{number}/remove" for number in range(4)}
    routes |= {f"/portal/{slug}/{end}" for end in ("seen", "calendar", "calendar/end", "messages")}
    routes |= {f"/portal/{slug}/unsubscribe/Qm4xT9wKc2A"}
    devices = ("devices/sign-out", *(f"devices/{session}/sign-out" for session in ("s-2", "s-3")))
    passkeys = ("passkeys", "passkeys/sessions", "passkeys/pk-1/remove", "passkeys/pk-2/remove")
    routes |= {f"/auth/{slug}/{end}" for end in (*devices, *passkeys)}
    routes |= {f"/portal/{slug}/requests?ask={kind}" for kind in ("book", "message", "details")}
    asked = [f"/portal/{slug}/appointments/{visit.appointment_id}?ask=" for visit in season.upcoming]
    routes |= {f"{page}{kind}" for page in asked for kind in ("move", "cancel")}
    routes |= {f"/portal/{slug}/requests/{name}/withdraw" for name in ("rq-1", "rq-2")}
    papers = re.compile(rf"/billing/{slug}/(receipts/pay-[^/]+|refunds/pay-[^/]+/re-[0-9]+)")
    for name, html in every_page(season).items():
        page = Page(html)
        forms = [attrs for tag, attrs in page.tags if tag == "form"]
        assert all(form["action"] in searched for form in forms if form["method"] == "get"), name
        others = {form["action"] or "" for form in forms if form["method"] != "get"} - routes
        assert all(papers.fullmatch(action) for action in others), name
        assert set(page.all("form", "method")) <= {"get", "post"}, name


def test_no_english_is_left_on_a_japanese_page() -> None:
    left_alone = {"English", "Powered", "by", "LeadDuo", "T", "L", "PayPay", "Visa", "Stripe", "SMS"}
    left_alone |= {"Chrome", "Safari", "Windows", "iPhone", "JavaScript", "Mastercard", "JCB"}
    left_alone |= {"PDF", "CSV", "JSON", "R", "CN", "RF", "JPY", "KWD"}
    left_alone |= {"Apple", "Google", "Outlook", "ics", "b"}
    for name, html in every_page(in_locale(HIKARI_SEASON, "ja")).items():
        text = re.sub(r"\S+@\S*|\S+\.example|※", "", Page(html).text)
        assert set(re.findall(r"[A-Za-z]+", text)) <= left_alone, name


def test_only_the_sign_in_page_may_be_indexed() -> None:
    for name, html in every_page(SPARKLE_SEASON).items():
        assert ('content="noindex"' in html) != name.startswith("sign_in"), name


def test_live_updates_are_on_only_where_somebody_is_signed_in() -> None:
    shown = every_page(SPARKLE_SEASON)
    assert Page(shown["dashboard"]).all("body", "data-live") == ["/portal/sparkle-home/live"]
    assert not Page(shown["sign_in"]).all("body", "data-live")
