"""A business that takes payments: the platform itself, or an account connected to it."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Metadata, Shape, empty_list, no_address, nulls


class Account(Shape, kw_only=True):
    """`account`, of the type `standard`. What a test may turn is `charges_enabled`."""

    object: Literal["account"] = "account"
    business_profile: Json
    business_type: str | None = "company"
    capabilities: Json
    charges_enabled: bool
    controller: Json = msgspec.field(default_factory=lambda: {"type": "account"})
    country: str
    default_currency: str
    details_submitted: bool = True
    email: str | None
    external_accounts: Json
    future_requirements: Json
    groups: None = None
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    payouts_enabled: bool
    requirements: Json
    settings: Json
    tos_acceptance: Json
    type: Literal["standard"] = "standard"


def account(
    identifier: str, created: int, country: str, default_currency: str, *, charges_enabled: bool
) -> Account:
    """A complete account. `country` is ISO 3166 alpha-2, `default_currency` lower case."""
    on = "active" if charges_enabled else "inactive"
    konbini: Json = {"konbini_payments": on} if country == "JP" else {}
    return Account(
        id=identifier,
        created=created,
        business_profile=_business_profile(),
        capabilities={"card_payments": on, **konbini, "transfers": on},
        charges_enabled=charges_enabled,
        country=country,
        default_currency=default_currency,
        email=f"{identifier.removeprefix('acct_').lower()}@merchant.example",
        external_accounts=empty_list(f"/v1/accounts/{identifier}/external_accounts"),
        future_requirements=_requirements(None),
        payouts_enabled=charges_enabled,
        requirements=_requirements(None if charges_enabled else "requirements.past_due"),
        settings=_settings(identifier),
        tos_acceptance={"date": None, "ip": None, "user_agent": None},
    )


def display_name(shape: Account) -> str:
    """What its customers read on the pay page."""
    return shape.id.removeprefix("acct_").replace("_", " ").title()


def _business_profile() -> Json:
    names = ("annual_revenue", "estimated_worker_count", "mcc", "minority_owned_business_designation", "name")
    support = ("product_description", "support_email", "support_phone", "support_url", "url")
    return {**nulls(*names, *support), "support_address": no_address()}


def _requirements(disabled_reason: str | None) -> Json:
    due: list[object] = [] if disabled_reason is None else ["external_account"]
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


def _settings(identifier: str) -> Json:
    prefix = ("statement_descriptor_prefix", "statement_descriptor_prefix_kana")
    descriptors = ("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji")
    kanji = "statement_descriptor_prefix_kanji"
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": nulls("icon", "logo", "primary_color", "secondary_color"),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            **nulls(*prefix, kanji),
        },
        "dashboard": {"display_name": identifier.removeprefix("acct_").title(), "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": nulls(*descriptors, prefix[1], kanji),
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
