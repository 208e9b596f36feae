"""Pay links: the address in a mail by which one invoice is paid without signing in. Pure.

A link is a text that is signed under a key ring of its own (HMAC-SHA-256), for one business. It is stored
nowhere: whoever makes one only signs, and whoever is shown one reads from the rows of now what it opens.
"""

import re
from typing import Final

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from servicehub_events import Business

from chassis.settings.keys import KeyRing
from chassis.web.signed_cookie import SIGNER

_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{1,512}\Z")


class PayLink(msgspec.Struct, frozen=True, array_like=True):
    """Which invoice it is for, and whom it was sent to; `issued_at` in Unix seconds.

    `generation` is the business's, as a session's is: a portal that was switched off since ends it.
    """

    invoice_id: str
    contact_id: str
    generation: int
    issued_at: int


def sign_pay_link(keys: KeyRing, business_id: str, link: PayLink) -> str:
    """The token, which may stand in a path."""
    return str(_serializer(keys, business_id).dumps(msgspec.to_builtins(link)))


def read_pay_link(keys: KeyRing, business_id: str, token: str) -> PayLink | None:
    """The link, if it was signed for this business; that it is genuine does not mean that it still opens."""
    if not may_be_pay_link(token):
        return None
    try:
        return msgspec.convert(_serializer(keys, business_id).loads(token), PayLink)
    except (BadData, msgspec.ValidationError):
        return None


def may_be_pay_link(token: str) -> bool:
    """Whether a text has the letters and the length of one."""
    return _TOKEN.match(token) is not None


def sends_pay_links(business: Business) -> bool:
    """Whether its mails carry them: who has to prove a second address can't pay by a mail alone."""
    return business.pay_links and not business.second_proof_to_pay and business.stripe_account is not None


def _serializer(keys: KeyRing, business_id: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        keys.current_last, salt=f"portal.pay-link.{business_id}", signer_kwargs=dict(SIGNER)
    )
