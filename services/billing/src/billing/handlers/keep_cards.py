"""Keep cards: a contact's own, for their next payments; listed, added and removed in Settings.

The processor keeps them: they are asked for when their owner wants to see them, and never stored here.
A vault belongs to one contact, on one account: nobody else sees or uses what is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from chassis.identity import Viewer
from chassis.origins import origin_of
from servicehub_events import Business

from billing import errors
from billing.context import Context
from billing.domain.kept_cards import CardPage, CardUse, KeptCard, copies_of, distinct
from billing.store import vaults
from billing.store.vaults import Vault

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CardOwner:
    """A contact at a business, whose cards are meant."""

    business: Business
    customer_id: str
    contact_id: str


def owner_of(business: Business, viewer: Viewer) -> CardOwner:
    """Whoever is signed in, as the owner of cards."""
    return CardOwner(business, viewer.customer_id, viewer.contact_id)


async def card_use(ctx: Context, business: Business, payer: Viewer, *, keep: bool) -> CardUse:
    """What a payment's page does with the payer's cards. Raises `ProcessorUnreachable`.

    A card that cannot be kept is no reason not to pay.
    """
    if not business.saved_cards or business.stripe_account is None:
        return CardUse()
    owner = owner_of(business, payer)
    try:
        vault = await (_open_vault(ctx, owner) if keep else _find_vault(ctx, owner))
    except errors.ProcessorDeclined as error:
        log.warning("vault.not_opened", reason=str(error))
        return CardUse()
    return CardUse(vault.reference, keep) if vault and vault.reference else CardUse()


async def list_cards(ctx: Context, owner: CardOwner) -> Sequence[KeptCard]:
    """The owner's cards, each once. Raises `CardsAway`."""
    _, cards = await list_all_cards(ctx, owner)
    return distinct(cards)


async def list_all_cards(ctx: Context, owner: CardOwner) -> tuple[Vault | None, Sequence[KeptCard]]:
    """The owner's vault, and its cards, copies too. Raises `CardsAway`."""
    vault = await _find_vault(ctx, owner)
    return vault, await _cards_in(ctx, vault)


async def remove_card(ctx: Context, owner: CardOwner, card_id: str) -> None:
    """Remove a card, and every copy of it, at the processor. Raises `CardUnknown` or `CardsAway`."""
    vault, cards = await list_all_cards(ctx, owner)
    copies = copies_of(card_id, cards)
    if vault is None or not copies:
        raise errors.CardUnknown
    try:
        for copy in copies:
            await ctx.vaults.remove_card(vault.account, copy)
    except (errors.ProcessorUnreachable, errors.ProcessorDeclined) as error:
        raise errors.CardsAway from error


async def add_card(ctx: Context, owner: CardOwner, locale: str) -> str:
    """The address of the processor's page that keeps a card. Raises `CardsNotKept` or `CardsAway`."""
    business = owner.business
    if not business.saved_cards or business.stripe_account is None:
        raise errors.CardsNotKept
    back = f"{origin_of(business, ctx.settings.public_origin)}/portal/{business.slug}/settings"
    try:
        vault = await _open_vault(ctx, owner)
        if await is_lost(ctx, owner, vault.reference or ""):
            vault = await _open_vault(ctx, owner)
        page = CardPage(vault=vault.reference or "", locale=locale, back_url=back)
        return await ctx.vaults.open_card_page(vault.account, page)
    except (errors.ProcessorUnreachable, errors.ProcessorDeclined) as error:
        log.warning("vault.not_opened", reason=str(error))
        raise errors.CardsAway from error


async def is_lost(ctx: Context, owner: CardOwner, reference: str) -> bool:
    """Whether the processor knows the owner's vault no more: then the next card gets another one.

    Raises as the processor does.
    """
    vault = await _find_vault(ctx, owner)
    if vault is None or vault.reference != reference:
        return True
    if await ctx.vaults.has_vault(vault.account, reference):
        return False
    await _mark_gone(ctx, vault)
    return True


async def _cards_in(ctx: Context, vault: Vault | None) -> Sequence[KeptCard]:
    """The cards of a vault, copies too; none where the processor knows it no more. Raises `CardsAway`."""
    if vault is None or vault.reference is None:
        return ()
    try:
        return await ctx.vaults.list_cards(vault.account, vault.reference)
    except (errors.ProcessorUnreachable, errors.AccountUnusable) as error:
        raise errors.CardsAway from error
    except errors.ProcessorDeclined:
        return ()


async def _find_vault(ctx: Context, owner: CardOwner) -> Vault | None:
    if owner.business.stripe_account is None:
        return None
    async with ctx.tenant(owner.business.business_id) as tx:
        return await vaults.find_vault(tx, owner.business.stripe_account, owner.customer_id, owner.contact_id)


async def _open_vault(ctx: Context, owner: CardOwner) -> Vault:
    """The owner's vault, made once. Raises as the processor does, and `CardsNotKept` for nobody's."""
    account = owner.business.stripe_account or ""
    async with ctx.tenant(owner.business.business_id) as tx:
        vault = await vaults.add_vault(tx, ctx.new_id(), account, owner.customer_id, owner.contact_id)
    if vault is None:
        raise errors.CardsNotKept
    if vault.reference is not None:
        return vault
    try:
        reference = await make_at_processor(ctx, vault)
    except errors.ProcessorUnreachable as lost:
        if lost.stored:  # the same key will get the same answer
            await _mark_gone(ctx, vault)
        raise
    async with ctx.tenant(vault.business_id) as tx:
        if not await vaults.mark_opened(tx, vault, reference):
            raise errors.CardsNotKept
        return await vaults.find_vault(tx, account, owner.customer_id, owner.contact_id) or vault


async def make_at_processor(ctx: Context, vault: Vault) -> str:
    """The processor's id of a vault: the same however often it is asked, while it remembers the key."""
    return await ctx.vaults.open_vault(
        vault.account,
        f"vault-{vault.vault_id}",
        business_id=vault.business_id,
        customer_id=vault.customer_id,
    )


async def _mark_gone(ctx: Context, vault: Vault) -> None:
    async with ctx.tenant(vault.business_id) as tx:
        await vaults.mark_gone(tx, vault, ctx.clock())
