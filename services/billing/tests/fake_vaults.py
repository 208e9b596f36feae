"""Card vaults in memory: their own books, and answers that stay away on demand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.domain.kept_cards import CardPage, KeptCard
from billing.errors import AccountUnusable, ProcessorDeclined, ProcessorUnreachable
from servicehub_events import Failure

from .fake_processor import GONE

Place = tuple[str, str]
"""Account, and the reference of a vault there."""


def kept_card(card_id: str, last4: str = "4242", fingerprint: str = "") -> KeptCard:
    """A card; its fingerprint is its number's, unless another is given."""
    return KeptCard(
        card_id=card_id,
        brand="visa",
        last4=last4,
        exp_year=2034,
        exp_month=12,
        fingerprint=fingerprint or last4,
    )


@dataclass
class FakeVaults:
    """`kept` is each vault's cards, the newest first; `made` says for whom each was made, by its key."""

    kept: dict[Place, list[KeptCard]] = field(default_factory=dict[Place, list[KeptCard]])
    made: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    owners: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    pages: list[CardPage] = field(default_factory=list[CardPage])
    cut_off: set[str] = field(default_factory=set[str])
    away: bool = False
    lost: int = 0
    stored: bool = False

    async def open_vault(self, account: str, key: str, *, business_id: str, customer_id: str) -> str:
        self._answers(account)
        if self.stored:
            raise ProcessorUnreachable("stripe_500", stored=True)
        reference = self.made.setdefault((account, key), f"cus_{len(self.made) + 1}")
        self.kept.setdefault((account, reference), [])
        self.owners[reference] = (business_id, customer_id)
        if self.lost:
            self.lost -= 1
            raise ProcessorUnreachable("lost")
        return reference

    async def has_vault(self, account: str, reference: str) -> bool:
        self._answers(account)
        return (account, reference) in self.kept

    async def delete_vault(self, account: str, reference: str) -> None:
        self._answers(account)
        self.kept.pop((account, reference), None)

    async def list_cards(self, account: str, reference: str) -> Sequence[KeptCard]:
        self._answers(account)
        return self._vault(account, reference)

    async def has_card(self, account: str, reference: str, card_id: str) -> bool:
        self._answers(account)
        return card_id in [card.card_id for card in self.kept.get((account, reference), [])]

    async def remove_card(self, account: str, card_id: str) -> None:
        self._answers(account)
        for place, cards in self.kept.items():
            if place[0] == account:
                cards[:] = [card for card in cards if card.card_id != card_id]

    async def open_card_page(self, account: str, page: CardPage) -> str:
        self._answers(account)
        self._vault(account, page.vault)
        self.pages.append(page)
        return f"https://keep.example/{len(self.pages)}"

    def cards(self) -> list[str]:
        """The ids of all cards that are kept anywhere."""
        return sorted(card.card_id for cards in self.kept.values() for card in cards)

    def _vault(self, account: str, reference: str) -> list[KeptCard]:
        if (account, reference) not in self.kept:
            raise ProcessorDeclined(GONE)
        return self.kept[account, reference]

    def _answers(self, account: str) -> None:
        if self.away:
            raise ProcessorUnreachable("away")
        if account in self.cut_off:
            raise AccountUnusable(Failure(code="account_invalid", retryable=False))
