"""The cards that a contact keeps, as Settings lists them; their numbers are nowhere here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from servicehub_events import Method

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.methods import method_name
from portal_read.ports import AutopayStanding, ListedCard

_SOON: Final = timedelta(days=45)
"""A card is said to end soon from the middle of the month before its last one."""


@dataclass(frozen=True, slots=True)
class CardItem:
    """A row of the cards; `ends_soon` is a word, or empty; `autopay` what that means for autopay."""

    name: str
    until: str
    ends_soon: str
    remove_url: str
    autopay: str = ""


@dataclass(frozen=True, slots=True)
class CardsSection:
    """`known` is False while cards can't be read; `add_url` is None where none can be added."""

    known: bool
    items: Sequence[CardItem]
    add_url: str | None


def cards_section(
    ctx: PageContext,
    language: Language,
    cards: Sequence[ListedCard] | None,
    autopay: AutopayStanding | None = None,
) -> CardsSection | None:
    """None where there is no card and none can be kept; those of a business that keeps no more are listed.

    Where autopay is on there is something to show, though it be with another contact's card.
    """
    offered = ctx.business.saved_cards and ctx.may_pay
    if not cards and not offered and not (autopay and autopay.on and ctx.may_see("pay")):
        return None
    return CardsSection(
        known=cards is not None,
        items=[_item(ctx, language, card, autopay) for card in cards or ()],
        add_url=f"/billing/{ctx.business.slug}/cards" if offered else None,
    )


def card_name(language: Language, brand: str, last4: str) -> str:
    """As a name that stands alone: Visa ending in 4242."""
    name = method_name(language.words, Method(type="card", brand=brand, last4=last4)) or ""
    return name[:1].upper() + name[1:]


def _item(
    ctx: PageContext, language: Language, card: ListedCard, autopay: AutopayStanding | None
) -> CardItem:
    say, month = language.words.gettext, language.format.month(card.expires)
    over = card.expires < language.today
    soon = not over and card.expires - language.today < _SOON
    return CardItem(
        name=card_name(language, card.brand, card.last4),
        until=say("expired in {month}", month=month) if over else say("until {month}", month=month),
        ends_soon=say("ends soon") if soon else "",
        remove_url=f"/billing/{ctx.business.slug}/cards/{quote(card.card_id, safe='')}/remove",
        autopay=_ends_for_autopay(ctx, language, card, autopay, over=over) if over or soon else "",
    )


def _ends_for_autopay(
    ctx: PageContext, language: Language, card: ListedCard, autopay: AutopayStanding | None, *, over: bool
) -> str:
    """What to do where autopay pays by this card, in time."""
    mine = ctx.contact is not None and autopay is not None and autopay.contact_id == ctx.contact.contact_id
    if autopay is None or not (autopay.on and mine):
        return ""
    if (autopay.brand, autopay.last4) != (card.brand, card.last4):
        return ""
    say = language.words.gettext
    if over:
        return say("Autopay pays with this card. Please switch autopay off, and on with another card.")
    return say(
        "Autopay pays with this card. Before it ends, please switch autopay off, and on with another card."
    )
