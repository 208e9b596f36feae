"""Who is asking: session tokens, and what a service knows of businesses, customers and ended sessions."""

from chassis.identity.session_tokens import SessionSigner, SessionToken, SessionVerifier, cookie_name

__all__ = ["SessionSigner", "SessionToken", "SessionVerifier", "cookie_name"]
