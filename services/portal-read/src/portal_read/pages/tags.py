"""States as an icon and a word; the colour only repeats what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from chassis.words.catalogue import N_, Words


@dataclass(frozen=True, slots=True)
class Tag:
    """`tone` is good, warn, bad or empty for calm: the class of the colours."""

    icon: str
    word: str
    tone: str = ""


APPOINTMENT_TAGS: Final[Mapping[str, Tag]] = {
    "scheduled": Tag("ok", N_("Confirmed"), "good"),
    "en_route": Tag("go", N_("On the way"), "good"),
    "started": Tag("work", N_("In progress"), "good"),
    "completed": Tag("ok", N_("Done"), "good"),
    "missed": Tag("alert", N_("Did not take place"), "warn"),
    "cancelled": Tag("void", N_("Cancelled"), "bad"),
}
CONFIRMATION_TAGS: Final[Mapping[str, Tag]] = {
    "pending": Tag("clock", N_("Not confirmed yet"), "warn"),
    "on_hold": Tag("pause", N_("On hold"), "warn"),
}
NEW_TIME: Final = Tag("sync", N_("New time"), "warn")

REQUEST_TAGS: Final[Mapping[str, Tag]] = {
    "waiting": Tag("clock", N_("Waiting for an answer")),
    "answered": Tag("ok", N_("Answered"), "good"),
    "declined": Tag("mail", N_("Answered"), "warn"),
    "withdrawn": Tag("undo", N_("Withdrawn")),
    "over": Tag("dot", N_("No longer open")),
}

# The words of states that need an amount or a date are in invoice_item.py; these stand alone.
MONEY_TAGS: Final[Mapping[str, Tag]] = {
    "void": Tag("void", N_("Void, nothing to pay")),
    "uncollectible": Tag("void", N_("Closed, nothing to pay")),
    "disputed": Tag("flag", N_("Disputed with your bank"), "warn"),
    "being_checked": Tag("lens", N_("Payment being checked"), "warn"),
    "processing": Tag("clock", N_("Processing")),
    "partly_paid": Tag("half", N_("Part paid")),
    "due": Tag("clock", N_("To pay"), "warn"),
    "overpaid": Tag("plus", N_("Paid, with a credit"), "good"),
    "taken_back": Tag("flag", N_("Taken back by your bank"), "warn"),
    "refunded": Tag("undo", N_("Refunded")),
    "partly_refunded": Tag("undo", N_("Part refunded")),
    "credited": Tag("undo", N_("Credited, nothing to pay")),
    "paid": Tag("ok", N_("Paid"), "good"),
}


def spoken(tag: Tag, words: Words) -> Tag:
    """The tag with its word in the reader's language."""
    return replace(tag, word=words.gettext(tag.word))
