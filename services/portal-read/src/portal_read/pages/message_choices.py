"""Which messages a contact gets: the rows of the settings, and the page that a mail's link leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from chassis.words.catalogue import N_

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.shell import page
from portal_read.ports import MessageChoice, MessageChoices, MessageWay

GROUPS: Final = {
    "visit_bookings": N_("Visit confirmed"),
    "visit_changes": N_("Visit moved or cancelled"),
    "visit_reminders": N_("Reminder of a visit"),
    "visit_progress": N_("On the way, and done"),
    "staff_changes": N_("Someone else is coming"),
    "invoices": N_("New and overdue invoices"),
    "invoice_reminders": N_("Reminder before an invoice is due"),
    "voucher_reminders": N_("Reminder to pay at the convenience store"),
    "payments": N_("Receipts, refunds and other news of payments"),
}
"""The notifier's groups of kinds, in the order of the page."""
_AT_STORES: Final = "voucher_reminders"
_CHANNELS: Final = ("email", "sms")


@dataclass(frozen=True, slots=True)
class MessageCell:
    """A group by a channel: `name` is its field's value."""

    name: str
    wanted: bool
    choosable: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A group: a cell for each channel of the table, None where it is not sent by that."""

    label: str
    cells: Sequence[MessageCell | None]
    always: bool


@dataclass(frozen=True, slots=True)
class MessagesSection:
    """What the settings show of messages. Not `known`: it can't be read now."""

    known: bool
    rows: Sequence[MessageRow] = ()
    channels: Sequence[str] = ()
    seen_version: int = 0
    choosable: bool = False


def messages_section(ctx: PageContext, language: Language, known: MessageChoices | None) -> MessagesSection:
    """The rows of what this contact is sent, with a column for each channel that any of it goes by."""
    if known is None:
        return MessagesSection(known=False)
    by_way = {each.way: each for each in known.choices if _concerns(ctx, each)}
    channels = [channel for channel in _CHANNELS if any(way.channel == channel for way in by_way)]
    rows = [
        _row(language, label, [by_way.get(MessageWay(group, channel)) for channel in channels])
        for group, label in GROUPS.items()
        if any(way.group == group for way in by_way)
    ]
    return MessagesSection(
        known=True,
        rows=rows,
        channels=channels,
        seen_version=known.version,
        choosable=any(not row.always for row in rows),
    )


def unsubscribe(ctx: PageContext, token: str) -> str:
    """Asks whether mails of a kind shall end: it says the same of every link."""
    title, url = language_of(ctx).words.gettext("Stop these emails?"), f"{ctx.root}/unsubscribe/"
    return page(ctx, "unsubscribe.html", title, ended=None, url=url + quote(token, safe=""))


def unsubscribed(ctx: PageContext, group: str | None) -> str:
    """Which mails ended; without a group, that the link ends none."""
    say = language_of(ctx).words.gettext
    title = say("These emails are switched off") if group else say("This link ends no emails")
    label = say(GROUPS[group]) if group in GROUPS else ""
    return page(ctx, "unsubscribe.html", title, ended=bool(group), label=label)


def _concerns(ctx: PageContext, choice: MessageChoice) -> bool:
    """Payments at stores are of yen alone; what is switched off is shown in any case."""
    return choice.way.group != _AT_STORES or ctx.business.currency == "JPY" or not choice.wanted


def _row(language: Language, label: str, choices: Sequence[MessageChoice | None]) -> MessageRow:
    cells = [
        each and MessageCell(f"{each.way.group}/{each.way.channel}", each.wanted, each.choosable)
        for each in choices
    ]
    return MessageRow(
        label=language.words.gettext(label),
        cells=cells,
        always=not any(cell and cell.choosable for cell in cells),
    )
