"""The page of all pages shows each state in each language, and is no part of what is deployed."""

from pathlib import Path

from shown_states import SEASONS, shown_states
from style_page import StyleSite

SOURCES = Path(__file__).parents[2] / "src"


def test_it_shows_every_state_in_every_language() -> None:
    site = StyleSite()
    _, index, _ = site.at("/")
    for locale in SEASONS:
        shown = shown_states(locale)
        assert set(shown) >= {"dashboard", "settings", "offline", "sign_in"}
        for name, html in shown.items():
            assert site.at(f"/{locale}/{name}")[:2] == (200, html.encode())
            assert f'href="/{locale}/{name}"' in index.decode()


def test_its_pages_have_the_product_s_styles_and_the_theme_of_their_business() -> None:
    site = StyleSite()
    for season in SEASONS.values():
        status, theme, _ = site.at(season.ctx.business.theme_url)
        assert status == 200
        assert b"--b-" in theme
    assert site.at("/en/nothing")[0] == 404


def test_nothing_that_is_deployed_knows_it() -> None:
    texts = [path.read_text() for path in SOURCES.rglob("*.py")]
    assert len(texts) > 50
    assert not [text for text in texts if "style_page" in text or "shown_states" in text]
