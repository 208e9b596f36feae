"""Quiet pages: what calms, then whom to call. Never a status code."""

from dataclasses import dataclass

from portal_read.pages.assets import assets
from portal_read.pages.context import PageContext
from portal_read.pages.flash_messages import wait
from portal_read.pages.html import render
from portal_read.pages.language import language_of, words_of
from portal_read.pages.shell import POWERED_BY_URL, page


@dataclass(frozen=True, slots=True)
class Action:
    """A plain link; the page's one filled button."""

    url: str
    label: str


def portal_off(ctx: PageContext) -> str:
    say = language_of(ctx).words.gettext
    text = say(
        "Your visits still happen and your invoices are safe. "
        "To ask about a visit or to pay, contact {business}.",
        business=ctx.business.name,
    )
    return _quiet(ctx, "pause", say("Online access is off"), say("This page is switched off for now"), text)


def access_off(ctx: PageContext) -> str:
    say = language_of(ctx).words.gettext
    text = say(
        "Online access is not switched on for you. Your visits still happen and your invoices are safe. "
        "To change this, contact {business}.",
        business=ctx.business.name,
    )
    return _quiet(
        ctx, "lock", say("Online access is off"), say("You can’t use this page at the moment"), text
    )


def not_found(ctx: PageContext) -> str:
    """Also for what belongs to another customer: the two must look the same."""
    say = language_of(ctx).words.gettext
    text = say(
        "The link may be old, or it may belong to another account. "
        "Your visits and invoices are all on your home page."
    )
    action = Action(ctx.home, say("Go to my home page"))
    return _quiet(ctx, "lens", say("Not found"), say("We can’t find that page"), text, action)


def pay_link_closed(ctx: PageContext) -> str:
    """The same whatever the reason: paid, void, ended, too old, or no link at all."""
    say = language_of(ctx).words.gettext
    text = say(
        "The invoice may be paid already, it may have changed, or the link may be too old. "
        "Sign in to see how it stands. Nothing was charged here."
    )
    action = Action(f"{ctx.root}/invoices", say("Sign in to see your invoices"))
    return _quiet(
        ctx, "invoice", say("This payment link is closed"), say("You can’t pay with this link"), text, action
    )


def too_often(ctx: PageContext, seconds: int) -> str:
    """Too many came from this network; `seconds` until it is worth trying again."""
    words = language_of(ctx).words
    say = words.gettext
    action = Action(ctx.path, say("Try again"))
    return _quiet(
        ctx, "clock", say("Try again"), say("That was a little fast."), wait(words, seconds), action
    )


def signed_out(ctx: PageContext) -> str:
    say = language_of(ctx).words.gettext
    text = say("This device no longer shows your visits and invoices.")
    action = Action(f"{ctx.root}/sign-in", say("Sign in again"))
    return _quiet(ctx, "ok", say("Signed out"), say("You’re signed out"), text, action)


def service_unavailable(ctx: PageContext) -> str:
    say = language_of(ctx).words.gettext
    text = say("Nothing is lost: your visits and invoices are safe. Please try again in a minute.")
    return _quiet(
        ctx,
        "sync",
        say("Try again"),
        say("We can’t show this right now"),
        text,
        Action(ctx.path, say("Try again")),
    )


def failed(ctx: PageContext) -> str:
    """A page that cannot be made, for a reason that is in the logs alone."""
    say = language_of(ctx).words.gettext
    text = say(
        "Something went wrong on our side. Your visits and invoices are safe. Please try again in a minute."
    )
    action = Action(ctx.path, say("Try again"))
    return _quiet(ctx, "alert", say("We can’t show this page"), say("We can’t show this page"), text, action)


def unknown_business(locale: str) -> str:
    """No business, hence no brand and nobody to call."""
    say = words_of(locale).gettext
    return render(
        locale,
        "unknown.html",
        locale=locale,
        title=say("We can’t find this portal"),
        stylesheet=assets()["portal.css"].url,
        powered_by=POWERED_BY_URL,
    )


def _quiet(
    ctx: PageContext, seal: str, title: str, heading: str, text: str, action: Action | None = None
) -> str:
    return page(ctx, "quiet.html", title, seal=seal, heading=heading, text=text, action=action)
