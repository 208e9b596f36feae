"""The three pages before the portal opens: address, code, and which account."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicehub_events import Contact, Customer, RevocationReason

from portal_read.pages.context import FlashMessage, PageContext
from portal_read.pages.flash_messages import PageMessage, page_message
from portal_read.pages.invoice_sums import addressed
from portal_read.pages.language import Language, language_of
from portal_read.pages.shell import page


@dataclass(frozen=True, slots=True)
class AccountOption:
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class EndedSession:
    """When and why the session ended that this browser had, as far as that is known here."""

    at: datetime | None
    reason: RevocationReason | None


def sign_in(
    ctx: PageContext,
    address: str = "",
    error: FlashMessage | None = None,
    *,
    by_passkey: bool = True,
    ended: EndedSession | None = None,
) -> str:
    """One field; `address` is what was typed before, kept beside its error. A passkey does `by_passkey`.

    `ended` says why somebody is here who had been signed in.
    """
    language = language_of(ctx)
    shown = page_message(language, error) if error else None
    title = _with_error(language.words.gettext("Sign in"), bool(error), language)
    return page(
        ctx,
        "sign_in.html",
        title,
        here="sign-in",
        takes_passkeys=by_passkey,
        address=address,
        error=shown,
        by_passkey=by_passkey,
        ended=_ended(language, ended) if ended else None,
    )


def _ended(language: Language, ended: EndedSession) -> PageMessage:
    """A person's own doing is told apart from the business's."""
    say = language.words.gettext
    if ended.reason == "address_changed":
        lead = say("You were signed out because your email or number was changed.")
    elif ended.reason in ("access_withdrawn", "contact_removed"):
        lead = say("You were signed out because your access was changed.")
    else:
        lead = say("You were signed out from another of your devices.")
    texts = [say("Sign in again to go on.")]
    if ended.at:
        texts.insert(0, say("That was on {time}.", time=language.format.stamp(ended.at)))
    separator = "" if language.format.japanese else " "
    return PageMessage("", "lock", lead, separator.join(texts))


def code(
    ctx: PageContext,
    address_shown: str | None,
    error: FlashMessage | None = None,
    *,
    digits: int = 6,
    back: str = "",
    remembered: bool = False,
) -> str:
    """`address_shown` is what the reader typed, posted again by "Send another code"; `digits` of the code.

    `back` is the page that asked who is signed in, `remembered` or not, for a second proof.
    What is said of mail and texts depends on the address as it was typed alone: it tells nobody who is known.
    """
    language = language_of(ctx)
    shown = page_message(language, error) if error else None
    title = _with_error(language.words.gettext("Enter your code"), bool(error), language)
    return page(
        ctx,
        "code.html",
        title,
        script="code.js",
        address=address_shown,
        by_text=_is_number(address_shown or ""),
        digits=digits,
        error=shown,
        back=back,
        remembered=remembered,
    )


def choose(
    ctx: PageContext,
    choices: Sequence[tuple[Customer, Contact]],
    error: FlashMessage | None = None,
    *,
    switching: bool = False,
) -> str:
    """After the proof: one address may belong to several contacts, each a choice of its own, in order.

    Who is `switching` has an account to go back to.
    """
    language = language_of(ctx)
    shown = page_message(language, error) if error else None
    title = _with_error(language.words.gettext("Choose an account"), bool(error), language)
    offered = [_account_option(language, customer, contact) for customer, contact in choices]
    return page(
        ctx, "choose.html", title, choices=offered, error=shown, back_url=ctx.home if switching else None
    )


def not_me(ctx: PageContext, token: str) -> str:
    """What "it was not me" does, with the one button that does it, and who helps in the meantime."""
    title = language_of(ctx).words.gettext("Was it not you?")
    return page(ctx, "not_me.html", title, token=token)


def _is_number(address: str) -> bool:
    """Whether what was typed is no mail address, so that a text is what to look for."""
    return bool(address) and "@" not in unicodedata.normalize("NFKC", address)


def _account_option(language: Language, customer: Customer, contact: Contact) -> AccountOption:
    details = [site.label for site in customer.sites[:2]]
    if contact.name != customer.display_name:
        details.insert(0, contact.name)
    if not contact.may("visits"):
        details.append(language.words.gettext("Invoices only"))
    elif not contact.may("invoices"):
        details.append(language.words.gettext("Visits only"))
    return AccountOption(addressed(language, customer.display_name, customer), " · ".join(details))


def _with_error(title: str, failed: bool, language: Language) -> str:
    """A screen reader hears the title first, so a failed form says so there."""
    return language.words.gettext("Error: {title}", title=title) if failed else title
