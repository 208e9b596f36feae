# ruff: noqa: E501 - one row of the table is one line
"""What a flash or error code says.

Codes come from forms' answers; an unknown one says something true and mild.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import minijinja
from chassis.words.catalogue import N_, Words, markup
from servicehub_events.money import EXPONENTS

from portal_read.pages.context import FlashMessage, PageContext
from portal_read.pages.language import Language
from portal_read.pages.pay_forms import between
from portal_read.pages.support_links import SupportLinks


@dataclass(frozen=True, slots=True)
class PageMessage:
    """`lead` is the bold first sentence. `tone` bad is announced at once, others politely.

    What is said `once` is said by one answer alone: an open page keeps it over the changes that follow. With
    an `offer_url` it offers a passkey there, to browsers that have them.
    """

    tone: str
    icon: str
    lead: str
    text: str
    once: bool = False
    offer_url: str = ""


# code → (tone, icon, what happened, what to do)
MESSAGES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "address_missing": ("bad", "alert", N_("Please enter your email or mobile number."), N_("Use the one you gave the business.")),
    "address_invalid": ("bad", "alert", N_("That doesn’t look like an email address or phone number."), N_("Check it for typing mistakes.")),
    "slow_down": ("warn", "clock", N_("That was a little fast."), N_("Wait a moment, then try again.")),
    "resend_too_soon": ("warn", "clock", N_("A code was sent a moment ago."), N_("An earlier code still works for its 10 minutes.")),
    "resent": ("good", "mail", N_("Another code is on its way."), N_("An earlier code still works for its 10 minutes.")),
    "no_challenge": ("bad", "alert", N_("This browser has not asked for a code, or it has run out."), N_("Enter your address again to get a new one.")),
    "code_malformed": ("bad", "alert", N_("That is not the whole code."), N_("You find it in the newest message.")),
    "code_wrong": ("bad", "alert", N_("That code isn’t right."), N_("Check the newest message, or send another code.")),
    "code_dead": ("bad", "lock", N_("Too many wrong codes."), N_("Send yourself a new one.")),
    "code_expired": ("bad", "clock", N_("That code has run out."), N_("Send yourself a new one.")),
    "code_outgrown": ("warn", "lock", N_("A longer code is on its way."), N_("Wrong codes are being tried here, so a shorter one no longer works.")),
    "choice_missing": ("bad", "alert", N_("Please choose one of these."), ""),
    "choice_expired": ("warn", "clock", N_("That took too long."), N_("Sign in once more with a new code.")),
    "not_signed_in": ("warn", "lock", N_("You’re not signed in any more."), N_("Sign in again to go on.")),
    "signed_out": ("", "ok", N_("You’re signed out."), N_("This device no longer shows your visits and invoices.")),
    "device_signed_out": ("good", "ok", N_("Signed out there."), ""),
    "feed_made": ("good", "ok", N_("Your calendar address is ready."), N_("Anyone who has it can see your visits, so keep it to yourself.")),
    "feed_ended": ("good", "ok", N_("The calendar address no longer works."), N_("Your calendar may still show what it fetched before.")),
    "passkey_offered": ("", "key", N_("Next time without a code?"), N_("With a passkey you sign in by fingerprint, face or screen lock. The code still works too.")),
    "passkey_added": ("good", "ok", N_("Your passkey is saved."), N_("From now on you can sign in here without a code.")),
    "passkey_removed": ("good", "ok", N_("The passkey is removed."), N_("It no longer signs anyone in here. Your device may still offer it, so delete it there too.")),
    "passkey_expired": ("warn", "clock", N_("That took too long."), N_("Please try again.")),
    "passkey_refused": ("bad", "alert", N_("That passkey doesn’t work here."), N_("It may have been removed, or belong to another business. Sign in with a code instead.")),
    "passkey_invalid": ("warn", "alert", N_("The passkey was not saved."), N_("Please try again.")),
    "passkeys_full": ("warn", "alert", N_("You have as many passkeys as one person can have."), N_("Remove one you no longer use, then add the new one.")),
    "proof_too_old": ("", "lock", N_("To add a passkey, sign in with a code once more."), N_("That way nobody else can add one on a device you left open.")),
    "guarded": ("good", "lock", N_("Thank you for telling us."), N_("For now we send codes only to devices you have signed in on before.")),
    "guard_link_gone": ("warn", "clock", N_("That link has run out."), N_("Nothing was changed. Use the link in the newest message.")),
    "language_saved": ("good", "ok", N_("The language is changed."), N_("For these pages and our messages, on all your devices.")),
    "language_unsaved": ("warn", "sync", N_("The language is changed in this browser alone."), N_("It could not be saved for our messages and your other devices. Please try again in a minute.")),
    "messages_saved": ("good", "ok", N_("Your messages are saved."), ""),
    "messages_stay_off": ("warn", "sync", N_("Some messages stay off."), N_("They were changed elsewhere meanwhile, so only what you switched off was saved. This is how it stands now.")),
    "messages_unsaved": ("warn", "sync", N_("Your messages could not be saved."), N_("Nothing was changed. Please try again in a minute.")),
    "unavailable": ("warn", "sync", N_("That did not work on every device."), N_("You’re signed out here. Please try again in a minute for the others.")),
    "pay_nothing_due": ("", "ok", N_("There is nothing to pay here."), N_("It is paid or withdrawn already, or being processed. Nothing was charged.")),
    "pay_amount_invalid": ("bad", "alert", N_("That amount is not possible."), N_("Nothing was charged.")),
    "pay_amount_not_online": ("warn", "alert", N_("That amount can’t be paid online."), N_("Nothing was charged. Please contact us to pay.")),
    "pay_rest_too_small": ("bad", "alert", N_("That would leave too little."), N_("Nothing was charged.")),
    "pay_tip_invalid": ("bad", "alert", N_("That tip is not possible."), N_("Nothing was charged.")),
    "pay_tip_not_taken": ("warn", "alert", N_("A tip can’t be added here."), N_("Nothing was charged. You can pay without one.")),
    "pay_unavailable": ("warn", "sync", N_("Online payment is not available right now."), N_("Please try again in a few minutes. If you have just paid, you will see it here soon.")),
    "pay_slow": ("warn", "sync", N_("The payment page is taking longer than usual to open."), N_("Please press the button again in a moment. It’s the same payment, so nothing is paid twice.")),
    "pay_signed_out": ("", "lock", N_("You’ve been signed out here."), N_("Sign in to see what became of your payment.")),
    "pay_unconfirmed": ("warn", "clock", N_("We’re still checking an earlier payment."), N_("So that nothing is paid twice, please wait.")),
    "pay_not_online": ("warn", "alert", N_("You can’t pay online at the moment."), N_("Nothing was charged. Please contact us to pay.")),
    "pay_link_closed": ("warn", "alert", N_("Nothing was charged."), ""),
    "pay_not_allowed": ("warn", "lock", N_("Your access does not include paying."), N_("Nothing was charged. Please contact us to change this.")),
    "pay_second_proof": ("", "lock", N_("Nothing was charged yet."), N_("First confirm that it’s you, then pay.")),
    "second_proof_missing": ("warn", "lock", N_("That does not confirm it yet."), N_("It goes with the address you signed in with. Please use your other one.")),
    "pay_in_progress": ("warn", "clock", N_("Somebody is paying this right now."), N_("Please wait a moment, then look again before you pay.")),
    "pay_one_currency": ("warn", "alert", N_("These invoices are in different currencies."), N_("Nothing was charged. Please pay each currency by itself.")),
    "pay_one_invoice": ("warn", "alert", N_("An amount of your own goes to one invoice at a time."), N_("Nothing was charged. Please open one invoice and pay there.")),
    "pay_no_deposit": ("", "ok", N_("No deposit is missing here."), N_("Nothing was charged. You can still pay the whole amount.")),
    "pay_invoice_unknown": ("warn", "lens", N_("We can’t find one of these invoices."), N_("Nothing was charged. These are your invoices as they are now.")),
    "pay_invalid": ("warn", "alert", N_("That did not work."), N_("Nothing was charged. These are your invoices as they are now.")),
    "pay_not_finished": ("", "undo", N_("You came back without paying."), N_("Nothing was charged. You can pay whenever you are ready.")),
    "pay_failed": ("bad", "alert", N_("The payment didn’t go through."), N_("Nothing was charged. Try again, or pay in another way.")),
    "request_sent": ("good", "ok", N_("We have your request."), N_("You’ll find the answer here, and you can withdraw it until then.")),
    "request_withdrawn": ("good", "undo", N_("The request is withdrawn."), N_("Everything stays as it is.")),
    "request_day_missing": ("bad", "alert", N_("Please give at least one day."), N_("What you wrote is still here.")),
    "request_day_invalid": ("bad", "alert", N_("Please give days from today on, within a year."), N_("What you wrote is still here.")),
    "request_reason_missing": ("bad", "alert", N_("Please choose a reason."), N_("What you wrote is still here.")),
    "request_service_missing": ("bad", "alert", N_("Please say which service you would like."), N_("What you wrote is still here.")),
    "request_text_missing": ("bad", "alert", N_("Please write your message."), ""),
    "request_details_missing": ("bad", "alert", N_("Please tick what has changed, and write what it is now."), N_("What you wrote is still here.")),
    "request_text_too_long": ("bad", "alert", N_("Please keep it to 1,000 characters."), N_("What you wrote is still here.")),
    "request_not_offered": ("warn", "alert", N_("That can’t be asked for here."), N_("Please contact us.")),
    "request_over": ("warn", "alert", N_("This visit can’t be changed any more."), N_("Please contact us.")),
    "request_too_late": ("warn", "clock", N_("It’s too late to ask for this here."), N_("Please call, and we can tell you at once what is possible.")),
    "requests_of_day": ("warn", "alert", N_("You have sent as many requests as we take in one day."), N_("To add something, please call. What you wrote is still here.")),
    "requests_open": ("warn", "alert", N_("Many of your requests are still waiting for an answer."), N_("Withdraw one you no longer need, or please call.")),
    "period_invalid": ("bad", "alert", N_("These days make no period."), N_("Please give a first day, and a last day that is not before it.")),
    "statement_too_long": ("warn", "alert", N_("That period is too long for a PDF."), N_("Please choose a shorter one, or take the CSV.")),
    "too_many_files": ("warn", "clock", N_("That was many files in a short time."), ""),
    "paper_invalid": ("bad", "alert", N_("Please say whom it is made out to."), N_("Up to 100 characters.")),
    "receipt_none": ("warn", "alert", N_("There is no receipt of this payment now."), N_("The money is not there, or it went back.")),
    "refund_note_none": ("warn", "alert", N_("There is no paper of this refund now."), N_("The refund did not go through, or its payment is being checked.")),
    "paper_unavailable": ("warn", "sync", N_("The PDF could not be made."), N_("Please try again in a minute.")),
    "card_removed": ("good", "ok", N_("The card is removed."), N_("It can’t be used here any more.")),
    "card_unknown": ("warn", "alert", N_("We don’t find that card."), N_("These are the cards you keep here now.")),
    "cards_not_kept": ("warn", "alert", N_("No card can be kept here at the moment."), ""),
    "autopay_on": ("good", "ok", N_("Autopay is on."), N_("New invoices are paid on their due date. We write two days before.")),
    "autopay_off": ("good", "ok", N_("Autopay is off."), N_("New invoices wait for you to pay them.")),
    "autopay_is_on": ("warn", "alert", N_("Autopay is on already, with another card."), N_("Switch it off first.")),
    "autopay_terms_changed": ("warn", "alert", N_("Autopay is not on."), N_("Its words have changed: please read them again.")),
    "cards_unavailable": ("warn", "sync", N_("Your cards can’t be changed right now."), N_("Please try again in a minute.")),
}  # fmt: skip
_UNKNOWN: Final = ("warn", "alert", N_("That did not work."), N_("Please try again."))


def page_message(language: Language, flash: FlashMessage) -> PageMessage:
    """Params, as text: `tries_left`, said first when it is given; said last, `seconds` to wait or `until` when.

    Or an amount's `minimum` and `maximum`, in minor units of `currency`.
    """
    words = language.words
    tone, icon, lead, text = MESSAGES.get(flash.code, _UNKNOWN)
    parts = [
        _tries_left(words, flash),
        words.gettext(text) if text else "",
        _wait(words, flash),
        _until(language, flash),
        _bounds(language, flash),
        _rest(language, flash),
    ]
    return PageMessage(tone, icon, words.gettext(lead), _sentences(words, [part for part in parts if part]))


def _tries_left(words: Words, flash: FlashMessage) -> str:
    left = flash.params.get("tries_left", "")
    return words.ngettext("{n} try left.", "{n} tries left.", int(left)) if left.isdecimal() else ""


def _wait(words: Words, flash: FlashMessage) -> str:
    seconds = flash.params.get("seconds", "")
    if not seconds.isdecimal() or not int(seconds):
        return ""
    return wait(words, int(seconds))


def _until(language: Language, flash: FlashMessage) -> str:
    """When new devices are sent codes again, or one can pay: a time as ISO 8601, which no browser writes."""
    try:
        until = datetime.fromisoformat(flash.params.get("until", ""))
    except ValueError:
        return ""
    say, time = language.words.gettext, language.format.stamp(until)
    if flash.code == "pay_unconfirmed":
        return say("You can pay again from {time}.", time=time)
    return say("New devices can sign in again from {time}.", time=time)


def _bounds(language: Language, flash: FlashMessage) -> str:
    minimum, maximum, currency = (flash.params.get(key, "") for key in ("minimum", "maximum", "currency"))
    if not (minimum.isdecimal() and maximum.isdecimal() and currency in EXPONENTS):
        return ""
    bounds = between(language, int(minimum), int(maximum), currency)
    return language.words.gettext("Please enter an amount from {bounds}.", bounds=bounds)


def _rest(language: Language, flash: FlashMessage) -> str:
    rest, minimum, currency = (flash.params.get(key, "") for key in ("rest", "minimum", "currency"))
    if not (rest.isdecimal() and minimum.isdecimal() and currency in EXPONENTS):
        return ""
    return language.words.gettext(
        "{rest} would be left, and online payments start at {minimum}. Please pay it all, or leave at least {minimum}.",
        rest=language.format.money(int(rest), currency),
        minimum=language.format.money(int(minimum), currency),
    )


def wait(words: Words, seconds: int) -> str:
    """How long to wait, in seconds up to a minute and a half, then in minutes, then in hours, rounded up."""
    if seconds <= 90:
        return words.ngettext("Please try again in {n} second.", "Please try again in {n} seconds.", seconds)
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return words.ngettext("Please try again in {n} minute.", "Please try again in {n} minutes.", minutes)
    hours = -(-minutes // 60)
    return words.ngettext("Please try again in {n} hour.", "Please try again in {n} hours.", hours)


def _sentences(words: Words, parts: list[str]) -> str:
    """Markup of these texts, each of which may be markup; Japanese sentences follow each other without a space."""
    return minijinja.safe(("" if words.locale == "ja" else " ").join(map(markup, parts)))


def page_messages(ctx: PageContext, language: Language, support: SupportLinks) -> list[PageMessage]:
    """What the last form led to, said once, and that the page may be incomplete or out of date."""
    messages = [_once(ctx, language, ctx.flash)] if ctx.flash else []
    if ctx.incomplete:
        messages.append(_incomplete(language, support))
    return [*messages, _stale(ctx, language, support)] if ctx.stale else messages


def _once(ctx: PageContext, language: Language, flash: FlashMessage) -> PageMessage:
    offer_url = f"{ctx.root}/settings#passkeys" if flash.code == "passkey_offered" else ""
    return replace(page_message(language, flash), once=True, offer_url=offer_url)


def _incomplete(language: Language, support: SupportLinks) -> PageMessage:
    say = language.words.gettext
    parts = [say("Part of it can’t be shown at the moment.")]
    if support.phone_link:
        parts.append(language.words.rich("To be sure, call {phone}.", phone=support.phone_link))
    return PageMessage(
        "warn", "alert", say("Something is missing on this page."), _sentences(language.words, parts)
    )


def _stale(ctx: PageContext, language: Language, support: SupportLinks) -> PageMessage:
    say = language.words.gettext
    parts: list[str] = []
    if ctx.as_of:
        same_day = ctx.as_of.astimezone(language.format.zone).date() == language.today
        moment = language.format.time(ctx.as_of) if same_day else language.format.stamp(ctx.as_of)
        parts.append(say("It shows how things stood at {time}.", time=moment))
    if support.phone_link:
        parts.append(language.words.rich("To be sure, call {phone}.", phone=support.phone_link))
    return PageMessage("warn", "sync", say("This may be out of date."), _sentences(language.words, parts))
