"""Slugs that no business gets: in an address they would pass for the portal itself, or for who runs it."""

from typing import Final

from servicehub_events import RESERVED_SLUGS

_PORTAL: Final = """
    portal portals branding billing notifications auth businesses webhooks assets static public images cdn
    internal health healthz ready live metrics status robots favicon well-known sitemap
"""
_ENTRANCE: Final = """
    admin administrator root system staff operator login logout signin signout signup sign-in sign-out
    sign-up register password reset verify code codes session sessions account accounts oauth sso saml
"""
_SERVICES: Final = "api apis app apps www web mail email smtp imap ftp dns docs blog dev staging sandbox"
_VOICES: Final = """
    support help helpdesk contact about legal privacy terms imprint security abuse postmaster webmaster
    hostmaster noreply no-reply servicehub leadduo stripe
"""
_PAGES: Final = "pay payment payments invoice invoices appointments settings language choose search new edit"
_EMPTY: Final = "null none nil undefined true false"

RESERVED_WORDS: Final = RESERVED_SLUGS | frozenset(
    f"{_PORTAL} {_ENTRANCE} {_SERVICES} {_VOICES} {_PAGES} {_EMPTY}".split()
)
