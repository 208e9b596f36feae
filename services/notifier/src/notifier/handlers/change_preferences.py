"""Change what a contact chose of messages: its language, and kinds that are switched off or on again."""

from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from msgspec.structs import asdict
from servicehub_events import Preferences

from notifier import metrics
from notifier.context import Context
from notifier.domain.preferences import ChangePreferences, decide, without_choices
from notifier.errors import UnknownContact
from notifier.store import contacts


async def change_preferences(ctx: Context, command: ChangePreferences) -> tuple[int, bool]:
    """The version of the choices that stand now, and whether something stays off that was to be switched on.

    Raises `UnknownContact` for who is no contact of the customer, or is erased.
    """

    async def once() -> tuple[int, bool]:
        async with ctx.tenant(command.business_id) as tx:
            if not await contacts.lock_contact(tx, command.customer_id, command.contact_id):
                raise UnknownContact
            version, state = await _latest(ctx, tx, command.contact_id)
            event, stays_off = decide(command, version, state)
            if event is None:
                return version, stays_off
            stream, origin = _stream(command.contact_id), Origin(f"contact:{command.contact_id}")
            await ctx.events.append(tx, stream, version, [event], origin)
            await contacts.upsert_preferences(tx, [contacts.preferences_row(event, version + 1)])
            metrics.count_preferences(len(command.off), len(command.on))
            return version + 1, stays_off

    return await retry_on_conflict(once)


async def erase_preferences(ctx: Context, tx: Transaction, contact_id: str) -> None:
    """Delete what a contact chose, who is erased, and publish that nothing is left of it."""
    version, state = await _latest(ctx, tx, contact_id)
    if state is None:
        return
    event = without_choices(tx.business_id, contact_id)
    await ctx.events.append(tx, _stream(contact_id), version, [event], Origin("consumer:notifier"))
    await contacts.forget_choices(tx, _stream(contact_id), version)


async def _latest(ctx: Context, tx: Transaction, contact_id: str) -> tuple[int, Preferences | None]:
    """What stands, and its version. The log may know more than a database that was restored."""
    version, state = await ctx.events.latest(tx, _stream(contact_id), Preferences)
    row = await contacts.find_preferences(tx, contact_id)
    if row is None or row.version <= version:
        return version, state
    known = {name: value for name, value in asdict(row).items() if name != "version"}
    return row.version, Preferences(business_id=tx.business_id, **known)


def _stream(contact_id: str) -> str:
    return f"preferences/{contact_id}"
