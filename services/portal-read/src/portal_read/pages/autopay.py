"""Autopay, as Settings offers it beside the cards: what is agreed to, with which card, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.words.languages import AUTOPAY_TERMS

from portal_read.pages.context import PageContext
from portal_read.pages.kept_cards import card_name
from portal_read.pages.language import Language
from portal_read.ports import AutopayStanding, ListedCard


@dataclass(frozen=True, slots=True)
class CardOption:
    """A card that may pay."""

    card_id: str
    name: str


@dataclass(frozen=True, slots=True)
class AutopaySection:
    """`card` pays while it is on; `options` may while it is off. `known` is False while nobody can say."""

    known: bool
    card: str
    options: Sequence[CardOption]
    terms: str
    url: str


def autopay_section(
    ctx: PageContext,
    language: Language,
    cards: Sequence[ListedCard] | None,
    autopay: AutopayStanding | None,
) -> AutopaySection | None:
    """None where there is nothing to switch: it is off, and there is no card that could pay."""
    on = autopay is not None and autopay.on
    valid = [card for card in cards or () if card.expires >= language.today]
    offered = bool(valid) and ctx.business.saved_cards
    if not (on and ctx.may_see("pay")) and not (offered and ctx.may_pay):
        return None
    return AutopaySection(
        known=autopay is not None,
        card=card_name(language, autopay.brand, autopay.last4) if autopay and on else "",
        options=[CardOption(card.card_id, card_name(language, card.brand, card.last4)) for card in valid],
        terms=AUTOPAY_TERMS,
        url=f"/billing/{ctx.business.slug}/autopay",
    )
