"""Who is asking: session tokens, and what a service knows of businesses, customers and ended sessions."""

from chassis.identity.changes import CustomerChanges, CustomerKey, ErasedCustomer
from chassis.identity.lookups import SlugOwner, find_business, find_slug_owner, find_viewer
from chassis.identity.session_tokens import SessionSigner, SessionToken, SessionVerifier, cookie_name
from chassis.identity.session_uses import USE_COOKIES, SessionUses, use_cookie
from chassis.identity.upserts import (
    forget_session_ends,
    lock_erased,
    upsert_businesses,
    upsert_customers,
    upsert_session_ends,
    without_erased,
)
from chassis.identity.viewer import (
    CustomerAccess,
    KnownSession,
    Viewer,
    ViewerState,
    needs_second_proof,
    who_is_asking,
)

__all__ = [
    "USE_COOKIES",
    "CustomerAccess",
    "CustomerChanges",
    "CustomerKey",
    "ErasedCustomer",
    "KnownSession",
    "SessionSigner",
    "SessionToken",
    "SessionUses",
    "SessionVerifier",
    "SlugOwner",
    "Viewer",
    "ViewerState",
    "cookie_name",
    "find_business",
    "find_slug_owner",
    "find_viewer",
    "forget_session_ends",
    "lock_erased",
    "needs_second_proof",
    "upsert_businesses",
    "upsert_customers",
    "upsert_session_ends",
    "use_cookie",
    "who_is_asking",
    "without_erased",
]
