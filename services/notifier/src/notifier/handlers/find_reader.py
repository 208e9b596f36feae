"""Find whom a delivery is for, as that contact is now."""

from collections.abc import Mapping

from chassis.database import Transaction
from servicehub_events import Business

from notifier.context import Context
from notifier.domain.delivery import DeliveryPostponed, NotificationDelivery, Obsolete
from notifier.domain.kinds import MessageKind
from notifier.domain.recipients import ContactPreferences, NotifiedContact, declines, may_read
from notifier.store.contacts import find_customer, list_preferences


async def find_reader(
    ctx: Context, tx: Transaction, delivery: NotificationDelivery, kind: MessageKind, business: Business
) -> tuple[NotifiedContact, Mapping[str, ContactPreferences]]:
    """The contact, and what it chose.

    Raises `DeliveryPostponed` while nothing is known of the customer, and `Obsolete` when nobody may read it.
    """
    customer = await find_customer(tx, delivery.customer_id, ctx.cipher)
    if customer is None:
        raise DeliveryPostponed("customer_unknown")  # its event comes again
    if not customer.portal_access or not business.enabled:
        raise Obsolete("no_access")
    named = [contact for contact in customer.contacts if contact.contact_id == delivery.contact_id]
    preferences = await list_preferences(tx, named)
    for contact in named:
        if declines(kind, contact, delivery.channel, preferences):
            raise Obsolete("declined")
        if may_read(kind, contact, delivery.channel):
            return contact, preferences
    raise Obsolete("unwanted")
