"""Opening a Checkout Session."""

from typing import cast

import msgspec

from stand_in_stripe.api.requests import CreateSession
from stand_in_stripe.checkout.checks import (
    LONGEST_SECONDS,
    check,
    refuse_account_without_charges,
    refuse_what_is_not_here,
)
from stand_in_stripe.checkout.lines import currency_of, line_item
from stand_in_stripe.checkout.methods import methods_of, options_of
from stand_in_stripe.currencies import check_total
from stand_in_stripe.ids import session_id
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Account, Json, LineItems, Session
from stand_in_stripe.shapes.account import display_name


def create(sandbox: Sandbox, account: Account, owner: str, wanted: CreateSession) -> Session:
    """Open a session of `owner`. Raises StripeError."""
    refuse_what_is_not_here(wanted)
    check(wanted, sandbox.now())
    refuse_account_without_charges(account)
    currency = currency_of(wanted)
    lines = [
        line_item(item, number, currency, sandbox.now()) for number, item in enumerate(wanted.line_items)
    ]
    total = sum(line.amount_total for line in lines)
    check_total(total, currency)
    session = _session(sandbox, account, wanted, currency, total)
    sandbox.books.put(owner, session, due=session.expires_at)
    details = [item.price_data.product_data.description for item in wanted.line_items]
    kept = LineItems(
        id=session.id, created=session.created, items=lines, details=details, intent=_intent(wanted)
    )
    sandbox.books.put(owner, kept)
    return session


def _session(sandbox: Sandbox, account: Account, wanted: CreateSession, currency: str, total: int) -> Session:
    identifier, now = session_id(), sandbox.now()
    session = Session(
        id=identifier,
        created=now,
        amount_subtotal=total,
        amount_total=total,
        allow_promotion_codes=wanted.allow_promotion_codes,
        billing_address_collection=wanted.billing_address_collection,
        cancel_url=wanted.cancel_url,
        client_reference_id=wanted.client_reference_id,
        currency=currency,
        customer_creation=wanted.customer_creation,
        customer_email=wanted.customer_email,
        expires_at=wanted.expires_at or now + LONGEST_SECONDS,
        excluded_payment_method_types=wanted.excluded_payment_method_types,
        integration_identifier=wanted.integration_identifier,
        locale=wanted.locale,
        metadata=wanted.metadata,
        origin_context=wanted.origin_context,
        payment_method_collection=wanted.payment_method_collection,
        payment_method_types=methods_of(wanted, account, currency, total),
        payment_method_options=options_of(wanted),
        submit_type=wanted.submit_type,
        success_url=wanted.success_url,
        url=f"{sandbox.origin}/c/pay/{identifier}",
    )
    _decorate(session, account, wanted)
    return session


def _decorate(session: Session, account: Account, wanted: CreateSession) -> None:
    session.branding_settings["display_name"] = display_name(account)
    if wanted.custom_text:
        texts = cast("Json", msgspec.to_builtins(wanted.custom_text))
        session.custom_text |= {name: text for name, text in texts.items() if text}
    if wanted.phone_number_collection:
        session.phone_number_collection = {"enabled": wanted.phone_number_collection.enabled}
    if wanted.adaptive_pricing:
        session.adaptive_pricing = {"enabled": wanted.adaptive_pricing.enabled}


def _intent(wanted: CreateSession) -> Json:
    asked = wanted.payment_intent_data
    return cast("Json", msgspec.to_builtins(asked)) if asked else {}
