"""Which of a customer's places: what it is called, and whether there is more than one to tell apart."""

from collections.abc import Iterable

from servicehub_events import InvoiceSite, Site

from portal_read.pages.context import PageContext


def site_label(ctx: PageContext, site: Site | InvoiceSite | None) -> str | None:
    """What the site is called: by the visit or invoice, else by the customer whose site it is."""
    if site is None or site.label:
        return site.label if site else None
    sites = ctx.customer.sites if ctx.customer and site.site_id else ()
    return next((known.label for known in sites if known.site_id == site.site_id), None)


def tells_sites_apart(ctx: PageContext, sites: Iterable[Site | InvoiceSite | None] = ()) -> bool:
    """Whether rows name their place: the customer has several, or these are of several."""
    if ctx.customer is not None and len(ctx.customer.sites) > 1:
        return True
    return len({site_name(ctx, site) for site in sites if site}) > 1


def site_name(ctx: PageContext, site: Site | InvoiceSite | None) -> str | None:
    """What tells the site from others in a row: its label, else its address."""
    return site_label(ctx, site) or (site.address if isinstance(site, Site) else None)


def is_at(ctx: PageContext, site: Site | InvoiceSite | None, site_id: str) -> bool:
    """Whether this is the customer's site of that id, by its own id or else by its label."""
    if site is None or site.site_id:
        return site is not None and site.site_id == site_id
    sites = ctx.customer.sites if ctx.customer else ()
    return any(known.site_id == site_id and known.label == site.label for known in sites)
