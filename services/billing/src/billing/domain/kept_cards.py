"""Cards that a contact keeps for later payments, in a vault at the processor. No number comes here."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCard:
    """A card of a vault; `fingerprint` is the same for one card however often it was kept."""

    card_id: str
    brand: str
    last4: str
    exp_year: int
    exp_month: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CardUse:
    """Whose kept cards a payment's page offers, if anybody's, and whether it keeps the one that pays."""

    vault: str = ""
    keeps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """The processor's page that keeps a card and takes no money. `back_url`: where it leads, kept or not."""

    vault: str
    locale: str
    back_url: str


def distinct(cards: Sequence[KeptCard]) -> list[KeptCard]:
    """Each card once, in their order: one that was kept twice is one to its owner."""
    return list({card.fingerprint: card for card in reversed(cards)}.values())[::-1]


def copies_of(card_id: str, cards: Sequence[KeptCard]) -> list[str]:
    """The ids of all copies of a card, so that none stays when it is removed; none if it is not there."""
    prints = {card.fingerprint for card in cards if card.card_id == card_id}
    return [card.card_id for card in cards if card.fingerprint in prints]
