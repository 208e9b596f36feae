"""Every state of every page in both languages, under the colours of its business.

They are the samples that portal-read's own tests hold to all rules, so that none is missing here.
"""

from dataclasses import replace
from typing import Final

from branding.domain.theme import stylesheet
from every_page import every_page
from page_samples import SPARKLE_SEASON, in_locale
from page_samples_japan import HIKARI_SEASON
from portal_read import pages

SEASONS: Final = {"en": SPARKLE_SEASON, "ja": in_locale(HIKARI_SEASON, "ja")}
_BUSINESSES: Final = [season.ctx.business for season in SEASONS.values()]


def shown_states(locale: str, *, live: bool = False) -> dict[str, str]:
    """The HTML of each state by its name, of a business of that language; without live updates."""
    season = SEASONS[locale]
    return every_page(season if live else replace(season, ctx=replace(season.ctx, live_url=None)))


def file_at(path: str) -> tuple[bytes, str] | None:
    """A stylesheet or script that the pages ask for, with its type; None for anything else."""
    if asset := pages.asset_named(path.removeprefix("/portal/assets/")):
        return asset.body, asset.content_type
    business = next((business for business in _BUSINESSES if business.theme_url == path), None)
    return (stylesheet(business.colours).encode(), "text/css; charset=utf-8") if business else None
