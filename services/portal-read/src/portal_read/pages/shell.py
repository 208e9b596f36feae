"""What surrounds every page: head, brand, navigation, language, footer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.words.catalogue import N_
from chassis.words.languages import LANGUAGE_NAMES, spoken_locales
from servicehub_events import Business, Icon, Logo, Role

from portal_read.domain.requests import OF_NO_VISIT, offered
from portal_read.pages.appointment_item import initials
from portal_read.pages.assets import assets
from portal_read.pages.context import PageContext
from portal_read.pages.flash_messages import PageMessage, page_messages
from portal_read.pages.html import render, web_link, web_name
from portal_read.pages.invoice_sums import addressed
from portal_read.pages.language import Language, language_of
from portal_read.pages.support_links import SupportLinks, support_links

TAB_ICONS: Final = (32, 192)
"""Sizes in pixels of a tab, and of search results and Android's start screen."""
TOUCH_ICON: Final = 180
"""What an iPhone's home screen asks for."""
POWERED_BY_URL: Final = "https://leadduo.com/"
_NAVIGATION: Final[tuple[tuple[str, str, str, Role | None], ...]] = (
    ("home", "/", N_("Home"), None),
    ("appointments", "/appointments", N_("Visits"), "visits"),
    ("invoices", "/invoices", N_("Invoices"), "invoices"),
    ("history", "/history", N_("History"), "visits"),
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    url: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    locale: str
    name: str


@dataclass(frozen=True, slots=True)
class WebsiteLink:
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Shell:
    locale: str
    title: str
    business: str
    root: str
    home: str
    slug: str
    path: str
    stylesheet: str
    script: str | None
    passkeys_script: str | None
    live_url: str | None
    worker_url: str | None
    reader: str
    theme_url: str | None
    logo: Logo | None
    initial: str
    icons: Sequence[Icon]
    touch_icon: str | None
    share_image: str | None
    indexed: bool
    canonical: str
    navigation: Sequence[NavigationItem]
    languages: Sequence[OtherLanguage]
    messages: Sequence[PageMessage]
    support: SupportLinks
    website: WebsiteLink | None
    disclosure_url: str | None
    imprint: str | None
    signed_in: bool
    account: str | None
    asks_label: str | None
    second_proof: bool
    refresh: int | None
    powered_by: str = POWERED_BY_URL


def shell(
    ctx: PageContext,
    language: Language,
    title: str,
    here: str = "",
    script: str | None = None,
    refresh: int | None = None,
    *,
    takes_passkeys: bool = False,
) -> Shell:
    """`here` is the name of the current navigation item; `script` one of our assets beside the live one.

    One that `takes_passkeys` has what only a browser with passkeys shows, as has one that offers them.
    """
    business, support = ctx.business, support_links(ctx.business)
    live = ctx.live_url if ctx.contact else None
    script = script or ("live.js" if live else None)
    messages = page_messages(ctx, language, support)
    takes_passkeys = takes_passkeys or any(message.offer_url for message in messages)
    website, icons = web_link(business.website), _plain_icons(business)
    return Shell(
        locale=ctx.locale,
        title=f"{title} · {business.name}",
        business=business.name,
        root=ctx.root,
        home=ctx.home,
        slug=business.slug,
        path=ctx.path,
        stylesheet=assets()["portal.css"].url,
        script=assets()[script].url if script else None,
        passkeys_script=assets()["passkeys.js"].url if takes_passkeys else None,
        live_url=live,
        worker_url=ctx.worker_url if live else None,
        reader=ctx.reader,
        theme_url=web_link(business.theme_url),
        logo=business.logo if business.logo and web_link(business.logo.url) else None,
        initial=initials(business.name)[:1],
        icons=[icon for icon in icons if icon.size in TAB_ICONS],
        touch_icon=next((icon.url for icon in icons if icon.size == TOUCH_ICON), None),
        share_image=_absolute(web_link(business.og_image_url), ctx.origin),
        indexed=here == "sign-in",
        canonical=f"{ctx.origin}{ctx.root}/sign-in",
        navigation=_navigation(ctx, language, here) if ctx.contact else (),
        languages=_other_languages(ctx),
        messages=messages,
        support=support,
        website=WebsiteLink(website, web_name(website)) if website else None,
        disclosure_url=web_link(business.disclosure_url),
        imprint=_imprint(business),
        signed_in=ctx.contact is not None,
        account=_account(language, ctx),
        asks_label=_asks_label(ctx, language) if ctx.contact else None,
        second_proof=ctx.second_proof,
        refresh=refresh,
    )


def page(
    ctx: PageContext,
    template: str,
    title: str,
    here: str = "",
    script: str | None = None,
    refresh: int | None = None,
    *,
    takes_passkeys: bool = False,
    **values: object,
) -> str:
    """One whole HTML page. Without scripts it loads itself again after `refresh` seconds."""
    language = language_of(ctx)
    around = shell(ctx, language, title, here, script, refresh, takes_passkeys=takes_passkeys)
    return render(ctx.locale, template, page=around, **values)


def _account(language: Language, ctx: PageContext) -> str | None:
    """Whose visits and invoices these are, for who has those of several customers."""
    if ctx.customer is None or not ctx.switches:
        return None
    return addressed(language, ctx.customer.display_name, ctx.customer)


def _asks_label(ctx: PageContext, language: Language) -> str | None:
    """What leads to the page of requests, where the business takes any that concern no visit."""
    kinds = offered(ctx.business, OF_NO_VISIT)
    if not kinds:
        return None
    say = language.words.gettext
    return say("Write to us") if kinds == ["message"] else say("Ask {business}", business=ctx.business.name)


def _navigation(ctx: PageContext, language: Language, here: str) -> list[NavigationItem]:
    return [
        NavigationItem(ctx.root + path, language.words.gettext(label), name == here)
        for name, path, label, role in _NAVIGATION
        if role is None or ctx.may_see(role)
    ]


def _other_languages(ctx: PageContext) -> list[OtherLanguage]:
    """The business's other languages, as far as the pages have them."""
    offered = spoken_locales(ctx.business.locales)
    return [
        OtherLanguage(locale, name)
        for locale, name in LANGUAGE_NAMES.items()
        if locale in offered and locale != ctx.locale
    ]


def _imprint(business: Business) -> str | None:
    """Who stands behind the portal, in law, and where post reaches them."""
    if not (business.legal_name or business.postal_address):
        return None
    return "\n".join(filter(None, (business.legal_name or business.name, business.postal_address)))


def _plain_icons(business: Business) -> list[Icon]:
    """Those that no mask cuts, the smallest first."""
    plain = [icon for icon in business.icons if icon.purpose == "any" and web_link(icon.url)]
    return sorted(plain, key=lambda icon: icon.size)


def _absolute(url: str | None, origin: str) -> str | None:
    """Who shows a shared link fetches its picture from elsewhere: a path says nothing there."""
    return f"{origin}{url}" if url and url.startswith("/") else url
