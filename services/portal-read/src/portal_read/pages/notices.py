"""What a flash or error code says. Codes come from forms' answers; an unknown one says something true and mild."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal_read.pages.context import Notice, PageContext
from portal_read.pages.i18n import N_, Words
from portal_read.pages.language import Language
from portal_read.pages.support import Support


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`lead` is the bold first sentence. `tone` bad is announced at once, others politely."""

    tone: str
    icon: str
    lead: str
    text: str


# code → (tone, icon, what happened, what to do)
_SAYINGS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "address_missing": ("bad", "alert", N_("Please enter your email or mobile number."), N_("Use the one you gave the business.")),
    "address_invalid": ("bad", "alert", N_("That doesn’t look like an email address or phone number."), N_("Check it for typing mistakes.")),
    "code_missing": ("bad", "alert", N_("Please enter the code."), N_("It has 6 digits and is in the newest message.")),
    "code_wrong": ("bad", "alert", N_("That code isn’t right."), N_("Check the newest message, or send another code.")),
    "code_expired": ("bad", "clock", N_("That code has run out."), N_("Send another code to sign in.")),
    "challenge_missing": ("bad", "alert", N_("This browser has not asked for a code, or it has run out."), N_("Enter your address again to get a new one.")),
    "too_many_tries": ("bad", "lock", N_("Too many tries."), N_("Wait a while and then send another code.")),
    "too_many_codes": ("warn", "clock", N_("We have sent several codes already."), N_("An earlier code still works for its 10 minutes.")),
    "code_sent": ("good", "mail", N_("Another code is on its way."), N_("An earlier code still works for its 10 minutes.")),
    "choice_missing": ("bad", "alert", N_("Please choose one."), N_("Then press the button.")),
    "choice_expired": ("warn", "clock", N_("That took too long."), N_("Sign in once more with a new code.")),
    "signed_in": ("good", "ok", N_("You’re signed in."), ""),
    "signed_out": ("", "ok", N_("You’re signed out."), ""),
    "session_ended": ("warn", "lock", N_("You were signed out."), N_("Sign in again to go on.")),
    "language_changed": ("good", "ok", N_("The language is changed."), ""),
    "temporarily_unavailable": ("warn", "sync", N_("That did not work just now."), N_("Please try again in a minute.")),
}  # fmt: skip
_UNKNOWN: Final = ("warn", "alert", N_("That did not work."), N_("Please try again."))


def notice_view(words: Words, notice: Notice) -> NoticeView:
    """`tries_left` (a number as text) is said after the first sentence when it is given."""
    tone, icon, lead, text = _SAYINGS.get(notice.code, _UNKNOWN)
    said = words.gettext(text) if text else ""
    left = notice.params.get("tries_left", "")
    if left.isdecimal():
        tries = words.ngettext("{n} try left.", "{n} tries left.", int(left))
        said = words.gettext("{first} {then}", first=tries, then=said)
    return NoticeView(tone, icon, words.gettext(lead), said)


def page_notices(ctx: PageContext, language: Language, support: Support) -> list[NoticeView]:
    """The flash of the last form, and that the page may be out of date."""
    shown = [notice_view(language.words, ctx.notice)] if ctx.notice else []
    return [*shown, _stale(ctx, language, support)] if ctx.stale else shown


def _stale(ctx: PageContext, language: Language, support: Support) -> NoticeView:
    say = language.words.gettext
    parts: list[str] = []
    if ctx.as_of:
        same_day = ctx.as_of.astimezone(language.format.zone).date() == language.today
        moment = language.format.time(ctx.as_of) if same_day else language.format.stamp(ctx.as_of)
        parts.append(say("It shows how things stood at {time}.", time=moment))
    if support.phone:
        parts.append(say("To be sure, call {phone}.", phone=support.phone))
    text = ("" if language.format.japanese else " ").join(parts)
    return NoticeView("warn", "sync", say("This may be out of date."), text)
