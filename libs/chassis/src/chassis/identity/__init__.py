"""Who is asking: session tokens, and what a service knows of businesses, customers and ended sessions."""

from chassis.identity.changes import CustomerChanges, ErasedCustomer
from chassis.identity.lookups import SlugOwner, find_business, find_slug_owner, find_viewer
from chassis.identity.session_tokens import SessionSigner, SessionToken, SessionVerifier, cookie_name
from chassis.identity.upserts import (
    forget_session_ends,
    upsert_businesses,
    upsert_customers,
    upsert_session_ends,
    without_erased,
)
from chassis.identity.viewer import CustomerAccess, KnownSession, Viewer, ViewerState, who_is_asking

__all__ = [
    "CustomerAccess",
    "CustomerChanges",
    "ErasedCustomer",
    "KnownSession",
    "SessionSigner",
    "SessionToken",
    "SessionVerifier",
    "SlugOwner",
    "Viewer",
    "ViewerState",
    "cookie_name",
    "find_business",
    "find_slug_owner",
    "find_viewer",
    "forget_session_ends",
    "upsert_businesses",
    "upsert_customers",
    "upsert_session_ends",
    "who_is_asking",
    "without_erased",
]
